/** Load, turn and slot of an entry stand side by side: an entry read from memory that is not in the cache costs one line, not three. */
const FIELDS = 3;
const TURN = 1;
const SLOT = 2;

const ABSENT = -1;

/**
 * Up to so many are kept in no order and compared at each look. A heap of few goes another way at every pick, which LuaJIT compiles
 * one by one, each to the end of nginx's phase; some it can't, and tries for ever.
 */
const FLAT = 8;

/**
 * By how much a load counts for more than a turn. Loads that differ do so by 1e-20 or more, and turns stay far below 1e200, so
 * that the sign of one sum says what two comparisons would.
 */
const LOAD_OVER_TURN = 1e250;
/** Brings every difference between two entries to 1 or more. */
const LARGE = 1e30;

/**
 * Slots with the lowest load first, among equal loads the earliest turn: a binary heap where they are many. A slot is a number from 0 on that
 * its owner gave to a peer. Only `grow` allocates.
 */
export class LoadIndex {
  size = 0;
  private entries: number[] = [];
  /** Where each slot is in the heap. */
  private places: number[] = [];
  /** Where the one was that `lowest` said. */
  private first = 0;

  /** Makes room for the next slot. */
  grow(slot: number): void {
    const { entries, places } = this;
    const at = slot * FIELDS;
    entries[at] = 0;
    entries[at + TURN] = 0;
    entries[at + SLOT] = 0;
    places[slot] = ABSENT;
  }

  /** Takes away the room of the last slot, which is not in. */
  shrink(): void {
    const { entries, places } = this;
    places.pop();
    for (const _ of $range(1, FIELDS)) entries.pop();
  }

  has(slot: number): boolean {
    return this.places[slot]! !== ABSENT;
  }

  /** Only where `size` is not 0. */
  lowest(): number {
    this.first = this.size > FLAT ? 0 : this.firstOfFew();
    return this.entries[this.first * FIELDS + SLOT]!;
  }

  /** Its load; nothing may have changed since `lowest`. */
  lowestLoad(): number {
    return this.entries[this.first * FIELDS]!;
  }

  /** Only of a slot that is in. */
  loadOf(slot: number): number {
    return this.entries[this.places[slot]! * FIELDS]!;
  }

  /** Only of a slot that is not in. */
  add(slot: number, load: number, turn: number): void {
    const place = this.size;
    this.size = place + 1;
    if (place < FLAT) {
      this.put(place, load, turn, slot);
      return;
    }
    if (place === FLAT) this.order();
    this.rise(place, load, turn, slot);
  }

  /** Only of a slot that is in. */
  change(slot: number, load: number, turn: number): void {
    this.settle(this.places[slot]!, load, turn, slot);
  }

  /** Only of a slot that is in. */
  remove(slot: number): void {
    const { entries, places } = this;
    const place = places[slot]!;
    const last = this.size - 1;
    this.size = last;
    places[slot] = ABSENT;
    if (place === last) return;
    const at = last * FIELDS;
    this.settle(place, entries[at]!, entries[at + TURN]!, entries[at + SLOT]!);
  }

  /** What was in as one slot is in as another, which was not. */
  rename(from: number, to: number): void {
    const { entries, places } = this;
    const place = places[from]!;
    places[from] = ABSENT;
    places[to] = place;
    entries[place * FIELDS + SLOT] = to;
  }

  private settle(place: number, load: number, turn: number, slot: number): void {
    if (this.size <= FLAT) this.put(place, load, turn, slot);
    else if (place > 0 && this.isAfter(parentOf(place), load, turn)) this.rise(place, load, turn, slot);
    else this.sink(place, load, turn, slot);
  }

  /** Makes a heap of the few that were in no order. */
  private order(): void {
    const { entries } = this;
    for (const place of $range(1, FLAT - 1)) {
      const at = place * FIELDS;
      this.rise(place, entries[at]!, entries[at + TURN]!, entries[at + SLOT]!);
    }
  }

  /** Without a loop: LuaJIT compiles in one piece what has none. */
  private firstOfFew(): number {
    const { size } = this;
    let first = 0;
    if (size > 1) first = this.firstOf(first, 1);
    if (size > 2) first = this.firstOf(first, 2);
    if (size > 3) first = this.firstOf(first, 3);
    if (size > 4) first = this.firstOf(first, 4);
    if (size > 5) first = this.firstOf(first, 5);
    if (size > 6) first = this.firstOf(first, 6);
    if (size > 7) first = this.firstOf(first, 7);
    return first;
  }

  /** Of two places the one that comes first, `one` where they are equal: worked out without a branch. */
  private firstOf(one: number, other: number): number {
    const { entries } = this;
    const a = one * FIELDS;
    const b = other * FIELDS;
    const lead = (entries[a]! - entries[b]!) * LOAD_OVER_TURN + (entries[a + TURN]! - entries[b + TURN]!);
    return one + (other - one) * Math.max(0, Math.min(1, lead * LARGE));
  }

  private rise(from: number, load: number, turn: number, slot: number): void {
    let place = from;
    while (place > 0) {
      const parent = parentOf(place);
      if (!this.isAfter(parent, load, turn)) break;
      this.move(parent, place);
      place = parent;
    }
    this.put(place, load, turn, slot);
  }

  private sink(from: number, load: number, turn: number, slot: number): void {
    const { size } = this;
    let place = from;
    while (true) {
      let child = place * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && this.areSwapped(child)) child += 1;
      if (this.isAfter(child, load, turn)) break;
      this.move(child, place);
      place = child;
    }
    this.put(place, load, turn, slot);
  }

  /** Whether the entry comes after the given one. */
  private isAfter(place: number, load: number, turn: number): boolean {
    const { entries } = this;
    const at = place * FIELDS;
    const itsLoad = entries[at]!;
    if (itsLoad !== load) return itsLoad > load;
    return entries[at + TURN]! > turn;
  }

  /** Whether the entry comes after its right neighbour. */
  private areSwapped(place: number): boolean {
    const { entries } = this;
    const at = (place + 1) * FIELDS;
    return this.isAfter(place, entries[at]!, entries[at + TURN]!);
  }

  private move(from: number, to: number): void {
    const { entries } = this;
    const at = from * FIELDS;
    this.put(to, entries[at]!, entries[at + TURN]!, entries[at + SLOT]!);
  }

  private put(place: number, load: number, turn: number, slot: number): void {
    const { entries } = this;
    const at = place * FIELDS;
    entries[at] = load;
    entries[at + TURN] = turn;
    entries[at + SLOT] = slot;
    this.places[slot] = place;
  }
}

function parentOf(place: number): number {
  return Math.floor((place - 1) / 2);
}
