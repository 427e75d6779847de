import type { MetricStore } from "../core/metrics/flush";
import { layoutOf } from "../core/metrics/names";
import { METRIC_REFUSALS_KEY, metricKey, sharePrefix, totalKey } from "./keys";
import { processId } from "./process";
import type { Processes } from "./processes";
import { DictCounters } from "./world";

/** New numbers leave this part of the dict free. */
const RESERVE_DIVISOR = 16;

/**
 * The numbers that all workers share, in the shared dict. An owner has numbers only while it has a total, in the list of all that
 * the leader looks after: when it removes the total it removes the numbers too.
 */
export class DictMetrics implements MetricStore {
  private readonly sessions: DictCounters;

  constructor(
    private readonly dict: NgxSharedDict,
    processes: Processes,
  ) {
    this.sessions = new DictCounters(dict, processes, METRIC_REFUSALS_KEY);
  }

  add(name: string, code: string, delta: number): boolean {
    const [value] = this.dict.incr(metricKey(name, code), delta);
    return value !== undefined;
  }

  create(name: string, code: string): boolean {
    if (!this.hasRoom()) {
      this.dict.incr(METRIC_REFUSALS_KEY, 1);
      return false;
    }
    if (this.sessions.add(totalKey(name), 0) === undefined) return false;
    const [isNew, err] = this.dict.safe_add(metricKey(name, code), 0);
    if (isNew === true || err === "exists") return true;
    this.dict.incr(METRIC_REFUSALS_KEY, 1);
    return false;
  }

  /** What a nearly full dict has left is for the counts of sessions, and for changes of the config. */
  private hasRoom(): boolean {
    return this.dict.free_space() * RESERVE_DIVISOR >= this.dict.capacity();
  }

  /** In the order of `Ledger`, so that the total can be corrected by the shares of those that live. */
  count(name: string, delta: number): boolean {
    const share = sharePrefix(processId()) + name;
    const [known] = this.dict.get(share);
    if (known === undefined && !this.hasRoom()) return false;
    if (this.sessions.add(share, delta) === undefined) return false;
    if (this.sessions.add(totalKey(name), delta) !== undefined) return true;
    this.sessions.add(share, -delta);
    return false;
  }

  closeShare(name: string): void {
    this.dict.delete(sharePrefix(processId()) + name);
  }
}

/** The leader's part: nobody has the owner any more. */
export function removeMetrics(dict: NgxSharedDict, name: string): void {
  const { codes, groups } = layoutOf(name);
  for (const code of codes) dict.delete(metricKey(name, code));
  for (const { guard } of groups) if (guard !== "") dict.delete(metricKey(name, guard));
}
