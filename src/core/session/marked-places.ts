/** Places that somebody has to look at, each once. Nothing is allocated but the two arrays. */
export class MarkedPlaces {
  count = 0;
  private readonly marked: boolean[] = [];
  private readonly waiting: number[] = [];

  mark(place: number): void {
    if (this.marked[place] === true) return;
    this.marked[place] = true;
    this.waiting[this.count] = place;
    this.count += 1;
  }

  has(place: number): boolean {
    return this.marked[place] === true;
  }

  /** One of them, which is not marked any more. */
  take(): number | undefined {
    if (this.count === 0) return undefined;
    this.count -= 1;
    const place = this.waiting[this.count]!;
    this.marked[place] = false;
    return place;
  }
}
