import type { Pause } from "../pause";
import type { Clock, Rng } from "../ports";
import type { Peer } from "../pool/peer";

/** A balancer of one's own is written against this file alone: it is what the package's `types` name. */
export type { Clock, Pause, Peer, Rng };

/** What a balancer needs to be given at each pick; the config is refused where it cannot be. */
export type Need = "key" | "load" | "latency";

export interface PickInput {
  /** What a session hashes on; `""` when there is none. */
  key: string;
  /** Open sessions of a peer over all workers. */
  active(this: void, peer: Peer): number;
  /** Whether this session may go to the peer: state, health, limits and the peers it already tried. */
  eligible(this: void, peer: Peer): boolean;
}

/** How long a peer took to answer. */
export interface Sample {
  /**
   * From the start of the connect to the 101; or the round trip of a ping on an open session. `none`: a pick led to nothing that
   * can be timed, as with a plain HTTP request, or a client that left.
   */
  readonly kind: "handshake" | "ping" | "none";
  /** In milliseconds; of one that failed, how long it took to fail. */
  readonly latencyMs: number;
  readonly isFailed: boolean;
}

/** One per tier of an upstream per worker. It never yields, throws or logs. */
export interface Balancer {
  /** All peers of the tier it serves, whatever their state. It takes effect at once; slow path: it may allocate. It copies what it keeps. */
  update(peers: readonly Peer[]): void;
  /**
   * What takes long after an update, in pieces of a few milliseconds with a pause after each. Until it has ended, picks go by
   * what was before it.
   */
  settle?(pause: Pause): void;
  /** An eligible peer, or `undefined` if there is none. It allocates nothing and its loops are bounded. */
  pick(input: PickInput): Peer | undefined;
  /** What `pick` would say, which changes nothing. Slow path; absent: a new balancer of the kind is asked in its place. */
  peek?(input: PickInput): Peer | undefined;
  /**
   * What may be remembered of the peer is not so any more: a slot was given back, or its weight, state or health changed. In the
   * request path: it allocates nothing.
   */
  refresh?(peer: Peer): void;
  /** Told once for each pick, as soon as it is clear what became of it, and of each ping that was answered. The sample is valid until it returns. */
  observe?(peer: Peer, sample: Sample): void;
}

export interface BalancerFactory {
  /** The `type` in the config. */
  readonly name: string;
  readonly needs: readonly Need[];
  /** Says what is wrong with the options, in words for the operator; `undefined` if nothing is. */
  validate(options: Readonly<Record<string, unknown>>): string | undefined;
  create(deps: { rng: Rng; clock: Clock }, options: Readonly<Record<string, unknown>>): Balancer;
}
