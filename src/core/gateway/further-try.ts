import type { UpstreamConfig } from "../config/snapshot";
import type { Pool } from "../pool/pool";
import type { Session } from "../session/session";

/** Why there is no further try after a failure that `retry_on` names. */
export type TryRefusal = "budget" | "deadline";

/**
 * @param ageS how long ago the request began
 * @param hasSent whether the peer may have got anything of the request: what has not is no load, wherever it goes next
 */
export function refusalOf(
  session: Session,
  pool: Pool,
  ageS: number,
  hasSent: boolean,
): TryRefusal | undefined {
  const { config, retryBudget } = pool;
  if (leftMs(session, config, ageS) <= 0) return "deadline";
  return !hasSent || retryBudget.allows(session, config.retryBudget) ? undefined : "budget";
}

/**
 * What is left to the session of `total_timeout`, which only handshakes have: a plain request may have taken its time to arrive,
 * and its answer may be a long poll.
 */
export function leftMs({ isUpgrade }: Session, { totalTimeoutMs }: UpstreamConfig, ageS: number): number {
  if (totalTimeoutMs === 0 || !isUpgrade) return Infinity;
  return Math.max(0, totalTimeoutMs - ageS * 1000);
}
