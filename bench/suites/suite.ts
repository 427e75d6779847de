import type { BackendMethods } from "../load/backend";
import type { ClientMethods } from "../load/clients";
import type { Helper } from "../load/helper";
import type { Proxy, RunningProxy } from "../proxies/proxy";

/** The two ends between which the proxies stand. */
export interface Ends {
  readonly clients: Helper<ClientMethods>;
  readonly backend: Helper<BackendMethods>;
}

/** What one round measured, by metric. */
export type Sample = Readonly<Record<string, number>>;

export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly digits: number;
}

/** A benchmark: the same fixed work for each proxy in each round. */
export interface Suite {
  readonly what: string;
  readonly metrics: readonly Metric[];
  /** The first is what the others are compared with. */
  readonly proxies: readonly Proxy[];
  /** In their place with `--mode relay`; absent: this benchmark knows no modes. */
  readonly relayProxies?: readonly Proxy[];
  readonly rounds: number;
  readonly warmUpRounds: number;
  /** Whether each round has processes of its own, because memory once used is not given back. */
  readonly isFresh: boolean;
  /** How many backends stand behind each proxy; absent: one. */
  readonly backendsEach?: number;
  /** @param backendPorts of the backends behind this proxy */
  measure(proxy: RunningProxy, ends: Ends, backendPorts: readonly number[]): Promise<Sample>;
}

/** The benchmark in relay mode. */
export function inRelayMode(suite: Suite): Suite | undefined {
  if (suite.relayProxies === undefined) return undefined;
  return { ...suite, what: `${suite.what}; relay mode`, proxies: suite.relayProxies };
}
