import type { Log } from "../ports";
import type { Counters, RouteCounters } from "./counters";
import type { Group } from "./layout";
import type { Metrics } from "./metrics";

/** The numbers that all workers share. None of these evicts anything. */
export interface MetricStore {
  /** Says whether the number is there. */
  add(name: string, code: string, delta: number): boolean;
  /** Makes it at 0, if it is not there yet, in a way that the leader removes it when its owner is gone; or has no room. */
  create(name: string, code: string): boolean;
  /** Adds to the sessions that this process has of the owner; or has no room. */
  count(name: string, delta: number): boolean;
  /** Removes what this process has counted of the owner's sessions. */
  closeShare(name: string): void;
}

/**
 * Passes on what a worker has counted. It takes a number out, adds it to the shared one, and puts it back where there is no room:
 * so nothing is counted twice, and a process that is killed loses what it had not passed on yet.
 */
export class Flush {
  private isRefused = false;
  private wasRefused = false;

  constructor(
    private readonly metrics: Metrics,
    private readonly store: MetricStore,
    private readonly log: Log,
  ) {}

  run(pause: (this: void) => void): void {
    const { dirty } = this.metrics;
    this.metrics.dirty = [];
    this.isRefused = false;
    for (const counters of dirty) {
      this.passOn(counters);
      pause();
    }
    if (this.isRefused && !this.wasRefused) {
      this.log.write("error", "the shared dict is full: counters of metrics wait for room");
    }
    this.wasRefused = this.isRefused;
  }

  /** Marks the routes that the config has no more. They are dropped when they have nothing left to tell. */
  keepRoutes(configured: LuaSet<string>): void {
    const gone: RouteCounters[] = [];
    this.metrics.eachRoute((id, route) => {
      route.isRemoved = id !== "" && !configured.has(id);
      if (route.isRemoved && isAtRest(route)) gone.push(route);
    });
    for (const route of gone) this.drop(route);
  }

  /** The process ends, and has no session left. */
  leave(): void {
    this.run(() => undefined);
    this.metrics.eachRoute((_, { counters }) => this.store.closeShare(counters.name));
  }

  private drop(route: RouteCounters): void {
    this.store.closeShare(route.counters.name);
    this.metrics.forget(route.id);
  }

  private passOn(counters: Counters): void {
    counters.isDirty = false;
    const { route } = counters;
    let isDone = route === undefined || this.passOnOpen(route);
    for (const group of counters.layout.groups) if (!this.passOnGroup(counters, group)) isDone = false;
    if (isDone) {
      if (route !== undefined && route.isRemoved && isAtRest(route)) this.drop(route);
      return;
    }
    this.isRefused = true;
    this.metrics.mark(counters);
  }

  private passOnOpen(route: RouteCounters): boolean {
    const delta = route.open - route.told;
    if (delta === 0) return true;
    if (!this.store.count(route.counters.name, delta)) return false;
    route.told += delta;
    return true;
  }

  private passOnGroup(counters: Counters, group: Group): boolean {
    const { values, layout } = counters;
    let isGuarded = group.guard === "";
    for (const place of $range(group.first, group.last)) {
      const delta = values[place]!;
      if (delta !== 0) {
        isGuarded ||= this.put(counters, group.guard, 1);
        if (!isGuarded) return false;
        values[place] = 0;
        if (!this.put(counters, layout.codes[place]!, delta)) {
          values[place]! += delta;
          return false;
        }
      }
    }
    return true;
  }

  /** What belongs to an owner that is gone, and whose numbers are gone with it, is dropped. */
  private put({ name, owner }: Counters, code: string, delta: number): boolean {
    const { store } = this;
    if (store.add(name, code, delta) || owner.isRemoved) return true;
    return store.create(name, code) && store.add(name, code, delta);
  }
}

function isAtRest({ open, told, counters }: RouteCounters): boolean {
  return open === 0 && told === 0 && !counters.isDirty;
}
