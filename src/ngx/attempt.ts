import { get_last_failure } from "ngx.balancer";
import { failureKind } from "../core/gateway/failure";
import { leftMs } from "../core/gateway/further-try";
import type { RetryKind } from "../core/config/snapshot";
import type { Pool } from "../core/pool/pool";
import { isLate, type Session } from "../core/session/session";
import { requestAge } from "./request-age";
import { clock, log } from "./world";

/** Why the balancer is called again for a session: how its last attempt failed. */
export function lastFailure(session: Session): RetryKind {
  const [, status] = get_last_failure();
  return failureKind(isLate(session), status, hasAnswered(session.attempts));
}

/** Whether the peer may have got anything of the request by the last attempt, which failed that way. */
export function hasSent({ attempts }: Session, kind: RetryKind): boolean {
  return kind !== "error" || ofAttempt("upstream_bytes_sent", attempts) !== "0";
}

/** How long ago the request began, where that matters to its attempts. */
export function ageOf(pool: Pool): number {
  return pool.config.totalTimeoutMs === 0 ? 0 : requestAge();
}

/** How long the attempt may take to connect: no longer than the whole handshake has left. At least 1: 0 is no timeout to nginx. */
export function connectTimeoutMs(session: Session, { config }: Pool, ageS: number): number {
  return Math.min(config.connectTimeoutMs, Math.max(1, leftMs(session, config, ageS)));
}

/** Tells once in a while that handshakes fail for want of a budget. */
export function warnOfBudget({ config, retryBudget }: Pool): void {
  const warning = retryBudget.takeWarning(config.name, clock.now());
  if (warning !== undefined) log.write("warn", warning);
}

/** Whether the peer of an attempt has sent a whole response head: nginx tells how long that took, or `-`. */
function hasAnswered(attempt: number): boolean {
  return (ofAttempt("upstream_header_time", attempt) ?? "-") !== "-";
}

/**
 * What nginx's variable tells of an attempt, the first being 1. What separates the attempts differs, and the one about to begin may
 * be there already.
 */
function ofAttempt(variable: string, attempt: number): string | undefined {
  let nth = 0;
  for (const [value] of string.gmatch(ngx.var[variable] ?? "", "[%d.-]+")) {
    nth += 1;
    if (nth === attempt) return value;
  }
  return undefined;
}
