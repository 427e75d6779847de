import { scaled } from "./key-hash";
import type { Slices } from "./slices";

/** A chain of places that follow one another; the end of it. */
const END = -1;

/**
 * The places of some hashes in ascending order of the hashes; equal ones by their names, or as they come. Hashes are spread
 * evenly, so a list for each of as many ranges has about one in it, and all of it is linear.
 */
export function hashOrder(
  hashes: readonly number[],
  names: readonly string[] | undefined,
  slices: Slices,
): readonly number[] {
  const count = hashes.length;
  const heads: number[] = [];
  const next: number[] = [];
  for (let step = 1; step <= count; step++) heads.push(END);
  for (let place = 0; place < count; place++) {
    const range = scaled(hashes[place]!, count);
    let before = END;
    let after = heads[range]!;
    while (after !== END && !isAhead(place, after, hashes, names)) {
      before = after;
      after = next[after]!;
    }
    next.push(after);
    if (before === END) heads[range] = place;
    else next[before] = place;
    slices.spend(4);
  }
  const order: number[] = [];
  for (let range = 0; range < count; range++) {
    let place = heads[range]!;
    while (place !== END) {
      order.push(place);
      place = next[place]!;
    }
    slices.spend(2);
  }
  return order;
}

function isAhead(
  place: number,
  other: number,
  hashes: readonly number[],
  names: readonly string[] | undefined,
): boolean {
  const hash = hashes[place]!;
  const otherHash = hashes[other]!;
  if (hash !== otherHash) return hash < otherHash;
  return names !== undefined && names[place]! < names[other]!;
}
