import type { EventStore } from "../../../src/core/events/ring";

/** Events in memory. A full store takes numbers and no events: as a shared dict does. */
export class MemoryEvents implements EventStore {
  readonly kept = 1000;
  isFull = false;
  private readonly texts = new LuaMap<number, string>();
  private taken: number;

  constructor(private readonly start = 1) {
    this.taken = start - 1;
  }

  first(): number {
    return this.start;
  }

  last(): number {
    return this.taken;
  }

  take(): number {
    this.taken += 1;
    return this.taken;
  }

  put(number: number, text: string): boolean {
    if (!this.isFull) this.texts.set(number, text);
    return !this.isFull;
  }

  get(number: number): string | undefined {
    return this.texts.get(number);
  }

  drop(number: number): void {
    this.texts.delete(number);
  }

  /** The numbers of the events that are there. */
  numbers(): number[] {
    const numbers: number[] = [];
    for (const [number] of this.texts) numbers.push(number);
    return numbers.sort((a, b) => a - b);
  }
}
