import { get_last_failure } from "ngx.balancer";
import { failureKind } from "../core/gateway/failure";
import type { RetryKind } from "../core/config/snapshot";
import { isLate, type Session } from "../core/session/session";

/** Why the balancer is called again for a session: how its last attempt failed. */
export function lastFailure(session: Session): RetryKind {
  const [, status] = get_last_failure();
  return failureKind(isLate(session), status, hasAnswered(session.attempts));
}

/**
 * Whether the peer of an attempt, the first being 1, has sent a whole response head: nginx lists for each attempt how long
 * that took, or `-`. What separates them differs, and one for the attempt about to begin may be there already.
 */
function hasAnswered(attempt: number): boolean {
  let nth = 0;
  for (const [time] of string.gmatch(ngx.var["upstream_header_time"] ?? "", "[%d.-]+")) {
    nth += 1;
    if (nth === attempt) return time !== "-";
  }
  return false;
}
