import Heap from "heap-js";

/**
 * What happens next. An event is a number that stands for whatever its owner says; it is in the queue at most once, and
 * its instant is kept in one array, so that nothing is allocated for it. At the same instant the lower number comes first.
 */
export class EventQueue {
  private atS: Float64Array;
  private readonly heap: Heap<number>;

  constructor(capacity: number) {
    this.atS = new Float64Array(capacity);
    this.heap = new Heap<number>((a, b) => this.atS[a]! - this.atS[b]! || a - b);
  }

  add(event: number, atS: number): void {
    if (event >= this.atS.length) this.grow(event);
    this.atS[event] = atS;
    this.heap.push(event);
  }

  /** @returns `undefined` if there is none */
  next(): number | undefined {
    return this.heap.pop();
  }

  timeOf(event: number): number {
    return this.atS[event]!;
  }

  private grow(event: number): void {
    const larger = new Float64Array(Math.max(event + 1, this.atS.length * 2));
    larger.set(this.atS);
    this.atS = larger;
  }
}
