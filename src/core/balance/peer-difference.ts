import type { Peer } from "../pool/peer";

/** The parts of two lists that differ. */
export interface Difference {
  readonly before: readonly Peer[];
  readonly now: readonly Peer[];
}

/**
 * What lies between the ends that two lists have in common: most changes leave nearly all as it is, and cost a comparison.
 * @param weights the full weights of `before`, of then
 * @returns `undefined` if nothing but the order of nobody changed
 */
export function differenceOf(
  before: readonly Peer[],
  weights: readonly number[],
  now: readonly Peer[],
): Difference | undefined {
  const fewer = Math.min(before.length, now.length);
  const shift = now.length - before.length;
  let head = 0;
  while (head < fewer && before[head] === now[head] && weights[head] === now[head]!.fullWeight) head++;
  if (head === fewer && shift === 0) return undefined;
  let end = before.length;
  while (end > head && end + shift > head && before[end - 1] === now[end + shift - 1]) {
    if (weights[end - 1] !== before[end - 1]!.fullWeight) break;
    end--;
  }
  return { before: before.slice(head, end), now: now.slice(head, end + shift) };
}
