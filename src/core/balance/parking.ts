const NOWHERE = -1;

/** Slots that are set aside, to be looked at in rotation. Only `grow` allocates. */
export class Parking {
  size = 0;
  private slots: number[] = [];
  /** Where each slot is in `slots`. */
  private places: number[] = [];
  private next = 0;

  /** Makes room for the next slot. */
  grow(slot: number): void {
    this.slots[slot] = NOWHERE;
    this.places[slot] = NOWHERE;
  }

  /** Takes away the room of the last slot, which is not in. */
  shrink(): void {
    this.slots.pop();
    this.places.pop();
  }

  has(slot: number): boolean {
    return this.places[slot]! !== NOWHERE;
  }

  /** Only of a slot that is not in. */
  add(slot: number): void {
    const { slots, places, size } = this;
    slots[size] = slot;
    places[slot] = size;
    this.size = size + 1;
  }

  /** Only of a slot that is in. */
  remove(slot: number): void {
    const { slots, places } = this;
    const place = places[slot]!;
    const last = this.size - 1;
    const other = slots[last]!;
    slots[place] = other;
    places[other] = place;
    places[slot] = NOWHERE;
    this.size = last;
  }

  /** What was in as one slot is in as another, which was not. */
  rename(from: number, to: number): void {
    const { slots, places } = this;
    const place = places[from]!;
    places[from] = NOWHERE;
    places[to] = place;
    slots[place] = to;
  }

  /** The one to look at now. Only where `size` is not 0. */
  current(): number {
    if (this.next >= this.size) this.next = 0;
    return this.slots[this.next]!;
  }

  /** It stays: the next one is to be looked at. */
  skip(): void {
    this.next += 1;
  }
}
