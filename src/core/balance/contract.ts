import type { Clock, Rng } from "../ports";
import type { Peer } from "../pool/peer";

/** A balancer of one's own is written against this file alone: it is what the package's `types` name. */
export type { Clock, Peer, Rng };

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

export interface Sample {
  /** From the start of the connect to the 101, in milliseconds. */
  readonly handshakeMs: number;
  readonly isFailed: boolean;
}

/** One per upstream per worker. It never yields, throws or logs. */
export interface Balancer {
  /** All peers of the tier it serves, whatever their state. Slow path: it may allocate. It copies what it keeps. */
  update(peers: readonly Peer[]): void;
  /** An eligible peer, or `undefined` if there is none. It allocates nothing and its loops are bounded. */
  pick(input: PickInput): Peer | undefined;
  /** What `pick` would say, which changes nothing. Slow path; absent: a new balancer of the kind is asked in its place. */
  peek?(input: PickInput): Peer | undefined;
  /** Told at the end of a handshake. */
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
