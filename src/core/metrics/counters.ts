import type { Layout } from "./layout";

/** Whom counters belong to. They end with it. */
export interface CounterOwner {
  readonly isRemoved: boolean;
}

/** The numbers of one owner in one worker that wait to be added to those that all workers share. */
export class Counters {
  /** By the places of the layout. */
  readonly values: number[] = [];
  isDirty = false;
  /** The owner, if it is a route. */
  route: RouteCounters | undefined;

  /** @param name what the owner is counted under, over all kinds of owners */
  constructor(
    readonly name: string,
    readonly layout: Layout,
    readonly owner: CounterOwner,
  ) {
    for (const _ of layout.codes) this.values.push(0);
  }
}

/** A route as its sessions are counted. */
export class RouteCounters {
  isRemoved = false;
  /** Sessions of this worker that it has now, and how many of them the others know of. */
  open = 0;
  told = 0;
  readonly counters: Counters;

  constructor(
    readonly id: string,
    name: string,
    layout: Layout,
  ) {
    this.counters = new Counters(name, layout, this);
    this.counters.route = this;
  }
}
