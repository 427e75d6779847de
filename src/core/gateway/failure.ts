import type { RetryKind } from "../config/snapshot";

/**
 * What kind of failure an attempt ended with, by what nginx tells of it.
 * @param state `next` for an answer that counts as a failure, `failed` for a connection that did not work
 * @param isLate the gateway ended the attempt at its deadline
 */
export function failureKind(
  state: string | undefined,
  status: number | undefined,
  isLate: boolean,
): RetryKind {
  if (isLate || (state === "failed" && status === 504)) return "timeout";
  if (state !== "next") return "error";
  if (status === 502) return "http_502";
  if (status === 503) return "http_503";
  return status === 504 ? "http_504" : "error";
}
