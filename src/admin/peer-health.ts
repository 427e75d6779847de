import type { AgentWish } from "../core/health/record";
import type { Peer } from "../core/pool/peer";
import { toRfc3339 } from "../core/rfc3339";

type Fields = Record<string, unknown>;

/**
 * Adds what is known of the health of a configured peer, or of one of its addresses. It is up if one address is, since the
 * first of those is; else it is down since the last of them is, for the reason of the first.
 */
export function putHealth(fields: Fields, addresses: readonly Peer[]): void {
  let decisive: Peer | undefined;
  let sinceS = 0;
  let isOnTrial = false;
  let agent: AgentWish | undefined;
  for (const peer of addresses) {
    isOnTrial = isOnTrial || peer.isOnTrial;
    agent ??= peer.agent;
    if (decisive === undefined || (peer.isUp && !decisive.isUp)) {
      decisive = peer;
      sinceS = peer.healthSinceS;
    } else if (peer.isUp) sinceS = Math.min(sinceS, peer.healthSinceS);
    else if (!decisive.isUp) sinceS = Math.max(sinceS, peer.healthSinceS);
  }
  fields["health"] = decisive === undefined || decisive.isUp ? "up" : "down";
  fields["health_reason"] = decisive === undefined ? "" : decisive.healthReason;
  if (sinceS > 0) fields["health_since"] = toRfc3339(sinceS);
  fields["on_trial"] = isOnTrial;
  if (agent !== undefined) fields["agent"] = agentFields(agent);
}

function agentFields({ isDraining, weight, weightPercent, maxConns }: AgentWish): Fields {
  const fields: Fields = { state: isDraining ? "drain" : "ready" };
  if (weight !== undefined) fields["weight"] = weight;
  if (weightPercent !== undefined) fields["weight_percent"] = weightPercent;
  if (maxConns !== undefined) fields["max_conns"] = maxConns;
  return fields;
}
