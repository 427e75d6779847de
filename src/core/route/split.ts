import type { WeightedUpstream } from "../config/snapshot";

/** What `draw` is drawn from: the sum of the weights. */
export function totalWeight(split: readonly WeightedUpstream[]): number {
  let total = 0;
  for (const part of split) total += part.weight;
  return total;
}

/**
 * The upstream that a draw in `[1, totalWeight(split)]` falls on: each is chosen in proportion to its weight, one of
 * weight 0 never.
 */
export function pickSplit(split: readonly WeightedUpstream[], draw: number): string {
  let left = draw;
  let index = 0;
  while (left > split[index]!.weight) {
    left -= split[index]!.weight;
    index += 1;
  }
  return split[index]!.upstream;
}
