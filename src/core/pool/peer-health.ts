import type { HealthConfig } from "../config/snapshot";
import type { HealthView } from "../health/health-view";
import type { HealthRecord } from "../health/record";
import type { Peer } from "./peer";

const NOT_PROBED = "not probed yet";

/** Whether peers can be found to be down. */
export function isWatched(health: HealthConfig): boolean {
  return health.passive !== undefined || health.active !== undefined;
}

/** What is known of a peer at the address that it has. */
export function recall(peer: Peer, health: HealthConfig, view: HealthView): HealthRecord | undefined {
  if (!isWatched(health) && !health.hasAgent) return undefined;
  const record = view.record(peer.upstream, peer.key);
  return record !== undefined && record.address === peer.address ? record : undefined;
}

/** Of a peer that nobody has seen yet. */
export function beginHealth(peer: Peer, health: HealthConfig, view: HealthView): void {
  const record = recall(peer, health, view);
  if (record === undefined) {
    if (health.active?.initial !== "down") return;
    peer.isUp = false;
    peer.healthReason = NOT_PROBED;
    return;
  }
  setHealth(peer, record, health);
  const { falls, ejections } = record.memory;
  // It came up before this worker was there, and may not have its whole share yet.
  if (peer.isUp && falls + ejections > 0) peer.readySinceS = record.sinceS;
}

/** @param record absent: nothing is known of the peer */
export function setHealth(peer: Peer, record: HealthRecord | undefined, health: HealthConfig): void {
  const known = isWatched(health) ? record : undefined;
  const isOnTrial = known?.isOnTrial === true && !known.isUp;
  if (isOnTrial !== peer.isOnTrial) peer.trialTakenAtS = undefined;
  peer.isUp = known?.isUp ?? true;
  peer.healthReason = known?.reason ?? "";
  peer.healthSinceS = known?.sinceS ?? 0;
  peer.isOnTrial = isOnTrial;
  setAgent(peer, health.hasAgent ? record : undefined);
}

/** What the config of an upstream now says nothing of any more is forgotten; the rest stays until the leader says otherwise. */
export function renewHealth(peer: Peer, record: HealthRecord | undefined, health: HealthConfig): void {
  if (record !== undefined || !isWatched(health)) setHealth(peer, record, health);
  else if (!health.hasAgent) setAgent(peer, undefined);
}

function setAgent(peer: Peer, record: HealthRecord | undefined): void {
  peer.agent = record?.agent;
  // Somebody has said something new meanwhile: what was told last may be news again.
  if (peer.tally !== undefined) peer.tally.toldAgent = "";
}

/** The configured weight as the peer itself wants it to be; what the operator has set to 0 stays so. */
export function wantedWeight({ agent }: Peer, configured: number): number {
  if (agent === undefined || configured === 0) return configured;
  if (agent.weight !== undefined) return agent.weight;
  return agent.weightPercent === undefined ? configured : (configured * agent.weightPercent) / 100;
}

/** Brings the weights in line with that, at the same stage of a slow start. @returns whether they are other ones now */
export function reweigh(peer: Peer): boolean {
  const before = peer.fullWeight;
  const fullWeight = wantedWeight(peer, peer.configuredWeight) / Math.max(1, peer.family.length);
  if (fullWeight === before) return false;
  peer.fullWeight = fullWeight;
  peer.weight = before > 0 ? fullWeight * (peer.weight / before) : fullWeight;
  return true;
}
