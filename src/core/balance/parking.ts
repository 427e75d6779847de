const NOWHERE = -1;

/**
 * The slots that are set aside, looked at in rotation. Who is likely to be wanted again soon is looked at next. Only
 * `grow` allocates.
 */
export class Parking {
  size = 0;
  private slots: number[] = [];
  /** Where each slot is in `slots`. */
  private places: number[] = [];
  private next = 0;

  /** Makes room for the next slot. */
  grow(): void {
    this.slots.push(NOWHERE);
    this.places.push(NOWHERE);
  }

  /** Takes away the room of the last slot, which is not in. */
  shrink(): void {
    this.slots.pop();
    this.places.pop();
  }

  /** Only of a slot that is not in. */
  add(slot: number, isNext: boolean): void {
    const { slots, places, next, size } = this;
    this.size = size + 1;
    if (!isNext || next >= size) {
      slots[size] = slot;
      places[slot] = size;
      return;
    }
    const other = slots[next]!;
    slots[size] = other;
    places[other] = size;
    slots[next] = slot;
    places[slot] = next;
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
