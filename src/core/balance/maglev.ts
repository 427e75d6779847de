import { packPlace, SlotTable, MAX_PLACES, type HomeTable } from "./home-table";
import { keyHash, rehash, scaled } from "./key-hash";
import type { Roster } from "./roster";
import type { Slices } from "./slices";

/** Seeds of the two hashes that make a peer's order of preference. */
const OFFSET_STEP = 1;
const SKIP_SEED = 2;

/** The end of a list, and a slot that nobody has. */
const NONE = -1;

/** Strings are joined by so many: one of the whole table at once would hold the worker up. */
const SLOTS_PER_PART = 1024;

/**
 * The lookup table of Maglev (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016,
 * section 3.4): each peer goes through the slots in an order of its own and claims the next free one whenever it is its
 * turn. A peer of weight w has its turns at the times (n + phase) / w, so that whoever comes or goes changes nobody else's.
 * @param size of the table: a prime, so that every order visits every slot
 */
export function buildMaglev(roster: Roster, size: number, slices: Slices): HomeTable {
  return new Claims(roster, size, slices).table();
}

class Claims {
  private readonly owners: number[] = [];
  private readonly positions: number[] = [];
  private readonly skips: number[] = [];
  private readonly count: number;
  private free: number;

  constructor(
    private readonly roster: Roster,
    private readonly size: number,
    private readonly slices: Slices,
  ) {
    this.free = size;
    this.count = Math.min(roster.keys.length, MAX_PLACES);
  }

  table(): HomeTable {
    for (let step = 1; step <= this.size; step++) {
      this.owners.push(NONE);
      this.slices.spend(0.5);
    }
    this.choosePreferences();
    this.takeTurns();
    return new SlotTable(this.packed(), this.size);
  }

  private choosePreferences(): void {
    const { keys, hashes } = this.roster;
    for (let index = 0; index < this.count; index++) {
      this.positions.push(scaled(rehash(hashes[index]!, OFFSET_STEP), this.size));
      this.skips.push(scaled(keyHash(keys[index]!, SKIP_SEED), this.size - 1) + 1);
      this.slices.spend(20);
    }
  }

  /**
   * Time goes in rounds in which the heaviest peer has one turn at most. The others of a round are in a list, in an order
   * that depends on their own turns before and on nobody else.
   */
  private takeTurns(): void {
    const { count, slices } = this;
    const { hashes, weights } = this.roster;
    let sum = 0;
    let heaviest = 0;
    for (let index = 0; index < count; index++) {
      sum += weights[index]!;
      heaviest = Math.max(heaviest, weights[index]!);
      slices.spend(1);
    }
    // A power of two, as otherwise every change of the greatest weight would shift the turns of all.
    const rate = powerOfTwoFrom(heaviest);
    const rounds = Math.ceil(((this.size + count) * rate) / sum) + 1;
    const heads: number[] = [];
    for (let step = 0; step <= rounds; step++) {
      heads.push(NONE);
      slices.spend(0.5);
    }
    const times: number[] = [];
    const next: number[] = [];
    for (let index = 0; index < count; index++) {
      const time = ((hashes[index]! / 4294967296) * rate) / weights[index]!;
      times.push(time);
      next.push(NONE);
      enlist(index, time, heads, next);
      slices.spend(5);
    }
    for (let round = 0; round <= rounds; round++) {
      let index = heads[round]!;
      while (index !== NONE) {
        const following = next[index]!;
        this.claim(index);
        if (this.free === 0) return;
        const time = times[index]! + rate / weights[index]!;
        times[index] = time;
        enlist(index, time, heads, next);
        index = following;
      }
      slices.spend(1);
    }
  }

  private claim(index: number): void {
    const { owners, size, slices } = this;
    const skip = this.skips[index]!;
    let position = this.positions[index]!;
    let steps = 1;
    while (owners[position] !== NONE) {
      position += skip;
      if (position >= size) position -= size;
      steps += 1;
      // The last slots take the longest to find.
      if (steps === 4096) {
        slices.spend(steps);
        steps = 0;
      }
    }
    owners[position] = index;
    this.positions[index] = position;
    this.free -= 1;
    slices.spend(steps);
  }

  private packed(): string {
    const { owners, size, slices } = this;
    const names: string[] = [];
    for (let index = 0; index < this.count; index++) {
      names.push(packPlace(index));
      slices.spend(5);
    }
    const parts: string[] = [];
    for (let first = 0; first < size; first += SLOTS_PER_PART) {
      const part: string[] = [];
      const last = Math.min(first + SLOTS_PER_PART, size) - 1;
      for (let slot = first; slot <= last; slot++) part.push(names[owners[slot]!]!);
      parts.push(part.join(""));
      slices.spend(SLOTS_PER_PART * 2);
    }
    return parts.join("");
  }
}

/** Puts one in the list of the round its time is in; nobody waits for what comes after the last round. */
function enlist(index: number, time: number, heads: number[], next: number[]): void {
  const round = Math.floor(time);
  if (round >= heads.length) return;
  next[index] = heads[round]!;
  heads[round] = index;
}

function powerOfTwoFrom(value: number): number {
  let power = 1;
  while (power < value) power *= 2;
  while (power / 2 >= value) power /= 2;
  return power;
}
