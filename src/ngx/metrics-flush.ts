import { Flush } from "../core/metrics/flush";
import type { Metrics } from "../core/metrics/metrics";
import type { Log } from "../core/ports";
import type { Chore, Pause } from "./chore";
import type { Follower } from "./follower";
import { DictMetrics } from "./metrics-store";
import type { Processes } from "./processes";

/** How often what was counted is passed on: every 200 ms. */
const TICKS_PER_FLUSH = 4;

/** Passes on what this worker has counted, for others to see. */
export class MetricsFlush implements Chore {
  readonly name = "passing on counters";
  readonly outlivesExit = true;
  private readonly flush: Flush;
  private ticks = 0;
  private generation = 0;

  constructor(
    dict: NgxSharedDict,
    processes: Processes,
    private readonly metrics: Metrics,
    private readonly follower: Follower,
    log: Log,
  ) {
    this.flush = new Flush(metrics, new DictMetrics(dict, processes), log);
  }

  /** A worker that is behind might make numbers anew for what is gone. */
  isDue(): boolean {
    this.ticks += 1;
    if (this.ticks < TICKS_PER_FLUSH) return false;
    return (this.metrics.dirty.length > 0 || this.isRouteCheckDue()) && !this.follower.isBehind();
  }

  work(pause: Pause): void {
    this.ticks = 0;
    if (this.isRouteCheckDue()) this.checkRoutes();
    this.flush.run(pause);
  }

  /** The worker ends, and no session is left. */
  leave(): void {
    this.flush.leave();
  }

  private isRouteCheckDue(): boolean {
    return this.follower.generation !== this.generation;
  }

  private checkRoutes(): void {
    this.generation = this.follower.generation;
    const configured = new LuaSet<string>();
    this.follower.eachRoute(({ config }) => configured.add(config.id));
    this.flush.keepRoutes(configured);
  }
}
