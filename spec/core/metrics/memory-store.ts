import type { MetricStore } from "../../../src/core/metrics/flush";

/** The numbers that workers share, by owner and code. */
export class MemoryStore implements MetricStore {
  isFull = false;
  readonly numbers = new LuaMap<string, number>();
  readonly shares = new LuaMap<string, number>();

  add(name: string, code: string, delta: number): boolean {
    const before = this.numbers.get(`${name} ${code}`);
    if (before === undefined) return false;
    this.numbers.set(`${name} ${code}`, before + delta);
    return true;
  }

  create(name: string, code: string): boolean {
    if (!this.isFull) this.numbers.set(`${name} ${code}`, 0);
    return !this.isFull;
  }

  count(name: string, delta: number): boolean {
    if (!this.isFull) this.shares.set(name, (this.shares.get(name) ?? 0) + delta);
    return !this.isFull;
  }

  closeShare(name: string): void {
    this.shares.delete(name);
  }

  read(name: string, code: string): number | undefined {
    return this.numbers.get(`${name} ${code}`);
  }
}
