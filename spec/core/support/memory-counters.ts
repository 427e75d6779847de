import type { CounterStore } from "../../../src/core/ports";

/** Counters in memory. A full one creates no counter any more, and those it has go on: as a shared dict does. */
export class MemoryCounters implements CounterStore {
  isFull = false;
  private readonly values = new LuaMap<string, number>();

  add(key: string, delta: number): number | undefined {
    const before = this.values.get(key);
    if (before === undefined && this.isFull) return undefined;
    const after = (before ?? 0) + delta;
    this.values.set(key, after);
    return after;
  }

  read(key: string): number {
    return this.values.get(key) ?? 0;
  }

  remove(key: string): void {
    this.values.delete(key);
  }

  /** What is there, in order: `key=value`. */
  list(): string[] {
    const entries: string[] = [];
    for (const [key, value] of this.values) entries.push(`${key}=${value}`);
    return entries.sort();
  }
}
