import type { CounterStore } from "../../core/ports";
import type { Staleness } from "../scenario/scenario";

/** A counter that all gateways have under the same name. */
interface Shared {
  all: number;
}

interface Counter {
  own: number;
  /** What the gateway last saw of the others. */
  others: number;
  readonly shared: Shared;
}

/** What the counters of one name add up to over all gateways. */
export class Totals {
  private readonly byKey = new Map<string, Shared>();

  of(key: string): Shared {
    let shared = this.byKey.get(key);
    if (shared === undefined) {
      shared = { all: 0 };
      this.byKey.set(key, shared);
    }
    return shared;
  }
}

/**
 * The shared dict of one gateway. What its own workers count is exact at once; of the other gateways it sees what there
 * was at the last refresh, or all of it, or nothing.
 */
export class GatewayCounters implements CounterStore {
  private readonly byKey = new Map<string, Counter>();
  private readonly isExact: boolean;

  constructor(
    private readonly totals: Totals,
    stalenessMs: Staleness,
  ) {
    this.isExact = stalenessMs === 0;
  }

  add(key: string, delta: number): number {
    let counter = this.byKey.get(key);
    if (counter === undefined) {
      counter = { own: 0, others: 0, shared: this.totals.of(key) };
      this.byKey.set(key, counter);
    }
    counter.own += delta;
    counter.shared.all += delta;
    return this.isExact ? counter.shared.all : counter.own + counter.others;
  }

  read(key: string): number {
    const counter = this.byKey.get(key);
    if (counter === undefined) return this.isExact ? this.totals.of(key).all : 0;
    return this.isExact ? counter.shared.all : counter.own + counter.others;
  }

  remove(key: string): void {
    const counter = this.byKey.get(key);
    if (counter === undefined) return;
    counter.shared.all -= counter.own;
    this.byKey.delete(key);
  }

  /** Makes sure that a counter of the others is seen too at the next refresh. */
  watch(key: string): void {
    this.add(key, 0);
  }

  refresh(): void {
    for (const counter of this.byKey.values()) counter.others = counter.shared.all - counter.own;
  }
}
