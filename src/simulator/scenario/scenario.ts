/** A scenario as its file has it, once the schema has accepted it. Defaults are filled in by the schema. */

export type Json = Readonly<Record<string, unknown>>;

export interface PeerCount {
  readonly count: number;
  readonly prefix: string;
  /** Given out in turn, as are the zones. */
  readonly weights: readonly number[];
  readonly zones: readonly string[];
  readonly max_conns: number;
  readonly backup: boolean;
}

/** As the configuration has them, or so many alike. */
export type GivenPeers = readonly Json[] | PeerCount;

/** How old the counts are that a gateway sees of the others' sessions; `"never"`: it sees none of them. */
export type Staleness = number | "never";

export interface Gateways {
  readonly count: number;
  readonly workers: number;
  readonly staleness_ms: Staleness;
  /** Where the gateways stand, given out in turn; their own zone's peers come first. */
  readonly zones: readonly string[];
}

export type Comparison =
  string | { readonly label: string; readonly upstream: Json; readonly staleness_ms?: Staleness };

export interface Phase {
  readonly for_s?: number;
  readonly rate: number;
  /** What the rate grows or falls to over the phase. */
  readonly to_rate?: number;
}

export interface Arrivals {
  readonly process: "poisson" | "even";
  readonly phases: readonly Phase[];
}

export type Length =
  | { readonly type: "exponential"; readonly mean_s: number }
  | { readonly type: "pareto"; readonly shape: number; readonly min_s: number }
  | { readonly type: "fixed"; readonly seconds: number };

export interface Keys {
  readonly count: number;
  readonly distribution: "uniform" | "zipf";
  readonly exponent: number;
}

export interface Handshake {
  readonly latency_ms: number;
  /** A latency is drawn evenly from `1 - jitter` to `1 + jitter` times the mean. */
  readonly jitter: number;
  /** Mean latencies that differ, by peer. */
  readonly peers: Readonly<Record<string, number>>;
  /** So many a second a peer answers, the others wait; 0: any number. */
  readonly capacity_per_s: number;
}

export interface Reconnect {
  readonly delay_ms: number;
  readonly jitter_ms: number;
  /** After a refusal: how often a client tries again, each time after `backoff` times the wait before. */
  readonly attempts: number;
  readonly backoff: number;
  readonly max_delay_ms: number;
}

export type Event = { readonly at_s: number } & (
  | { readonly do: "join"; readonly peers: GivenPeers }
  | { readonly do: "remove"; readonly peers: readonly string[]; readonly clients: "stay" | "reconnect" }
  | { readonly do: "crash"; readonly peers: readonly string[]; readonly noticed_after_ms: number }
  | { readonly do: "recover" | "ready"; readonly peers: readonly string[] }
  | { readonly do: "drain"; readonly peers: readonly string[]; readonly close_over_s?: number }
  | {
      readonly do: "roll";
      readonly peers?: readonly string[];
      readonly every_s: number;
      readonly close_over_s: number;
      readonly down_s: number;
    }
  | { readonly do: "disconnect"; readonly share: number }
  | { readonly do: "latency"; readonly peers: readonly string[]; readonly latency_ms: number }
  | { readonly do: "set"; readonly upstream: Json }
  | { readonly do: "set_peers"; readonly peers: readonly string[]; readonly fields: Json }
);

export interface Scenario {
  readonly title: string;
  readonly seed: number;
  readonly duration_s: number;
  readonly sample_s: number;
  /** What happens before counts for no figure. */
  readonly warmup_s: number;
  /** The load is balanced while no peer has more than this many times the mean. */
  readonly balanced_at: number;
  readonly gateways: Gateways;
  /** As in the configuration, but for `peers`. */
  readonly upstream: Json & { readonly peers: GivenPeers };
  readonly compare: readonly Comparison[];
  readonly arrivals: Arrivals;
  readonly length: Length;
  readonly keys?: Keys;
  readonly handshake: Handshake;
  readonly reconnect: Reconnect;
  readonly events: readonly Event[];
}
