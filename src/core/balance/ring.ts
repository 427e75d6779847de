import { hashOrder } from "./hash-order";
import { MAX_PLACES, type HomeTable } from "./home-table";
import { rehash } from "./key-hash";
import type { Roster } from "./roster";
import type { Slices } from "./slices";

/** Eight bytes each: 2 MB for a ring. */
export const MAX_POINTS = 262_144;

/**
 * A ring in the manner of ketama: each peer has points on it in proportion to its weight, and a hash belongs to the first
 * point that is not before it. A peer's points depend on its own key alone, so one that comes takes keys and moves no others.
 * If the points are more than `MAX_POINTS`, everybody has half of them, its first ones, and so on until they are not.
 * @param pointsPerWeight of a peer of weight 1; everybody has one at least
 */
export function buildRing(roster: Roster, pointsPerWeight: number, slices: Slices): HomeTable {
  const hashes: number[] = [];
  const owners: number[] = [];
  const density = allowedDensity(roster, pointsPerWeight);
  const count = Math.min(roster.keys.length, MAX_PLACES);
  for (let index = 0; index < count; index++) {
    const hash = roster.hashes[index]!;
    for (let point = pointsOf(roster.weights[index]!, density); point > 0; point--) {
      hashes.push(rehash(hash, point));
      owners.push(index);
      slices.spend(4);
    }
  }
  const points: number[] = [];
  for (const place of hashOrder(hashes, undefined, slices)) {
    points.push(hashes[place]! * MAX_PLACES + owners[place]!);
    slices.spend(2);
  }
  return new Ring(points);
}

class Ring implements HomeTable {
  /** @param points in ascending order; each is its hash times `MAX_PLACES`, and the place of its owner added */
  constructor(private readonly points: readonly number[]) {}

  home(hash: number): number {
    const { points } = this;
    const count = points.length;
    const least = hash * MAX_PLACES;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (points[middle]! < least) low = middle + 1;
      else high = middle;
    }
    return points[low === count ? 0 : low]! % MAX_PLACES;
  }
}

function allowedDensity({ weights }: Roster, pointsPerWeight: number): number {
  let density = pointsPerWeight;
  while (true) {
    let sum = 0;
    for (const weight of weights) sum += pointsOf(weight, density);
    // One for each is the least there can be.
    if (sum <= Math.max(MAX_POINTS, weights.length)) return density;
    density /= 2;
  }
}

function pointsOf(weight: number, density: number): number {
  return Math.max(Math.floor(weight * density + 0.5), 1);
}
