/** Something that is due at a time, which does not change while it is in the heap. */
interface Due {
  readonly dueS: number;
}

/** A binary heap: what is due first is on top. */
export class DueHeap<T extends Due> {
  private readonly items: T[] = [];

  add(item: T): void {
    const { items } = this;
    let index = items.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (items[above]!.dueS <= item.dueS) break;
      items[index] = items[above]!;
      index = above;
    }
    items[index] = item;
  }

  /** What is due first, if it is due by then. */
  takeDue(timeS: number): T | undefined {
    const first = this.items[0];
    if (first === undefined || first.dueS > timeS) return undefined;
    const last = this.items.pop()!;
    if (this.items.length > 0) this.sink(last);
    return first;
  }

  private sink(item: T): void {
    const { items } = this;
    const count = items.length;
    let index = 0;
    for (;;) {
      let below = index * 2 + 1;
      if (below >= count) break;
      if (below + 1 < count && items[below + 1]!.dueS < items[below]!.dueS) below += 1;
      if (items[below]!.dueS >= item.dueS) break;
      items[index] = items[below]!;
      index = below;
    }
    items[index] = item;
  }
}
