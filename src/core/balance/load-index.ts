/** Load, turn and slot of an entry stand side by side: an entry read from memory that is not in the cache costs one line, not three. */
const FIELDS = 3;
const TURN = 1;
const SLOT = 2;

const ABSENT = -1;

/**
 * A binary heap of slots, the lowest load first, among equal loads the earliest turn. A slot is a number from 0 on that
 * its owner gave to a peer. Only `grow` allocates.
 */
export class LoadIndex {
  size = 0;
  private entries: number[] = [];
  /** Where each slot is in the heap. */
  private places: number[] = [];

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
    return this.entries[SLOT]!;
  }

  /** Only where `size` is not 0. */
  lowestLoad(): number {
    return this.entries[0]!;
  }

  /** Only of a slot that is in. */
  loadOf(slot: number): number {
    return this.entries[this.places[slot]! * FIELDS]!;
  }

  /** Only of a slot that is not in. */
  add(slot: number, load: number, turn: number): void {
    const place = this.size;
    this.size = place + 1;
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
    if (place > 0 && this.isAfter(parentOf(place), load, turn)) this.rise(place, load, turn, slot);
    else this.sink(place, load, turn, slot);
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
