import type { RetryKind } from "../config/snapshot";

/**
 * What kind of failure an attempt ended with. nginx tells one status for it, and says 502 and 504 of its own accord too where
 * the connection failed or timed out.
 * @param hasAnswered whether the peer itself said that status
 */
export function failureKind(isLate: boolean, status: number | undefined, hasAnswered: boolean): RetryKind {
  if (isLate) return "timeout";
  if (!hasAnswered) return status === 504 ? "timeout" : "error";
  if (status === 503) return "http_503";
  return status === 504 ? "http_504" : "http_502";
}
