import { scaled } from "./key-hash";
import type { Roster } from "./roster";
import { placeOfPoint } from "./running-sums";

/** Says where hashes belong: each of a roster has a share of them in proportion to its full weight. */
export interface HomeTable {
  /** The place in the roster of the one that the hash belongs to; the roster is of one peer at least. It allocates nothing. */
  home(hash: number): number;
}

const TWO_32 = 4294967296;

/**
 * The shares laid end to end: made in a moment, good until a real table is there. A hash may have another home as soon as
 * anybody comes or goes.
 */
export class WeightLine implements HomeTable {
  private readonly ends: number[] = [];
  private length = 0;

  constructor(roster: Roster) {
    for (const weight of roster.weights) {
      this.length += weight;
      this.ends.push(this.length);
    }
  }

  home(hash: number): number {
    return placeOfPoint(this.ends, (hash / TWO_32) * this.length);
  }
}

/** So many bytes name a place of a roster: more than 65,536 peers no upstream has. */
const PLACE_BYTES = 2;
export const MAX_PLACES = 65_536;

/** Slots of equal width, each with its owner: two bytes a slot, where an array of numbers has eight or sixteen. */
export class SlotTable implements HomeTable {
  constructor(
    private readonly owners: string,
    private readonly size: number,
  ) {}

  home(hash: number): number {
    return unpackPlace(this.owners, scaled(hash, this.size));
  }
}

export function packPlace(place: number): string {
  const high = Math.floor(place / 256);
  return String.fromCharCode(high, place - high * 256);
}

export function unpackPlace(packed: string, index: number): number {
  const at = index * PLACE_BYTES;
  return packed.charCodeAt(at) * 256 + packed.charCodeAt(at + 1);
}
