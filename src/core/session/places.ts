/** No place: the end of the chain of vacant ones. */
const NONE = -1;

/**
 * Numbered places, from 0 on. What is in one stays there until it leaves, and places that were vacated are taken again first,
 * so their number is the most that were ever in at a time since none was. Nothing is allocated but the array itself.
 */
export class Places<T extends object> {
  /** Places that were ever taken since all were vacant: everything is below. */
  highWater = 0;
  /** Those taken. */
  count = 0;
  /** What is there, or the next vacant place. */
  private readonly places: (T | number)[] = [];
  private vacant = NONE;

  put(occupant: T): number {
    this.count += 1;
    let place = this.vacant;
    if (place === NONE) {
      place = this.highWater;
      this.highWater += 1;
    } else {
      this.vacant = this.places[place] as number;
    }
    this.places[place] = occupant;
    return place;
  }

  vacate(place: number): void {
    this.count -= 1;
    this.places[place] = this.vacant;
    this.vacant = place;
    if (this.count > 0) return;
    this.highWater = 0;
    this.vacant = NONE;
  }

  /** @param place below `highWater` */
  at(place: number): T | undefined {
    const occupant = this.places[place];
    return typeof occupant === "number" ? undefined : occupant;
  }
}
