import type { RetryKind } from "../config/snapshot";

/**
 * What an attempt failed with. nginx reports a connection that did not work and an answer of 502 or 504 alike: by these
 * statuses.
 * @param isLate the gateway has ended it because its time was up
 * @param isAnswered the head of an answer had come
 */
export function failureKind(isLate: boolean, isAnswered: boolean, status: number): RetryKind {
  if (isLate) return "timeout";
  if (!isAnswered) return status === 504 ? "timeout" : "error";
  if (status === 502) return "http_502";
  if (status === 503) return "http_503";
  return status === 504 ? "http_504" : "error";
}

const NEXT_ATTEMPT = ", -";
const MINUS = 45;

/**
 * Whether the attempt before the current one was answered, by nginx's `$upstream_header_time`: the times of all
 * attempts, such as `0.012, -, -`, where the last is the current one's and `-` stands for none.
 */
export function wasAnswered(headerTimes: string): boolean {
  const end = headerTimes.length - NEXT_ATTEMPT.length;
  return end > 0 && headerTimes.charCodeAt(end - 1) !== MINUS;
}
