import type { Pool } from "../pool/pool";

/** What a page of metrics is made of. */
export interface MetricsWorld {
  /** A number that all workers add to, by its owner's name and its code in the layout; 0 if there is none. */
  read(name: string, code: string): number;
  /** Open sessions of what is counted under the name, over all workers. */
  active(name: string): number;
  /** In the order of their names. */
  pools(): readonly Pool[];
  /** Ids of the routes of the config, in no order. */
  routes(): readonly string[];
  gauges(): GatewayGauges;
}

/** A worker process. */
export interface WorkerGauges {
  readonly pid: number;
  /** Which start or reload of nginx it comes from. */
  readonly cycle: number;
  readonly sessions: number;
}

export interface DictGauges {
  readonly name: string;
  readonly capacityBytes: number;
  readonly freeBytes: number;
}

/** What there is once. */
export interface GatewayGauges {
  readonly version: string;
  readonly generation: number;
  readonly hasConfigError: boolean;
  readonly hasReloadError: boolean;
  readonly hasLeader: boolean;
  readonly workers: readonly WorkerGauges[];
  readonly dicts: readonly DictGauges[];
  /** Sessions that the shared dict had no room to count. */
  readonly uncounted: number;
  /** How often it had no room for a counter of metrics. */
  readonly refusals: number;
}
