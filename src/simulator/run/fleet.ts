import type { Sample } from "../../core/balance/contract";
import { BalancerRegistry } from "../../core/balance/registry";
import type { UpstreamConfig } from "../../core/config/snapshot";
import { NO_HEALTH } from "../../core/health/health-view";
import { Ledger } from "../../core/pool/ledger";
import type { Peer } from "../../core/pool/peer";
import { Pool } from "../../core/pool/pool";
import type { Clock, Log } from "../../core/ports";
import { markTried, newSession, resetSession } from "../../core/session/session";
import type { Gateways, Staleness } from "../scenario/scenario";
import { GatewayCounters, Totals } from "./counters";
import { Randomness, STREAM } from "./randomness";

export const NONE = -1;

interface Worker {
  readonly pool: Pool;
  /** What its pool has for each peer, by the peer's number. */
  readonly peers: (Peer | undefined)[];
}

const QUIET: Log = {
  write: (level, message) => {
    throw new Error(`${level}: ${message}`);
  },
};

export interface FleetOptions {
  readonly seed: number;
  readonly gateways: Gateways;
  readonly stalenessMs: Staleness;
  readonly config: UpstreamConfig;
  /** Every peer that there ever is; its place here is its number. */
  readonly peerIds: readonly string[];
  readonly clock: Clock;
}

/** All workers of all gateways, with the product's own pools. Nothing else of the simulator talks to a pool. */
export class Fleet {
  readonly counters: readonly GatewayCounters[];
  private readonly totals = new Totals();
  private readonly workers: readonly Worker[];
  private readonly numbers: ReadonlyMap<string, number>;
  /** One serves all: it is read and written within one call. */
  private readonly session = newSession();
  private readonly sample: { kind: Sample["kind"]; latencyMs: number; isFailed: boolean } = {
    kind: "handshake",
    latencyMs: 0,
    isFailed: false,
  };

  constructor(options: FleetOptions) {
    const { gateways, stalenessMs, peerIds } = options;
    this.numbers = new Map(peerIds.map((id, number) => [id, number]));
    this.counters = Array.from(
      { length: gateways.count },
      () => new GatewayCounters(this.totals, stalenessMs),
    );
    const registry = new BalancerRegistry();
    this.workers = Array.from({ length: gateways.count * gateways.workers }, (_, number) => {
      const gateway = Math.floor(number / gateways.workers);
      const pool = new Pool(options.config, {
        ledger: new Ledger(this.counters[gateway]!, QUIET),
        registry,
        rng: new Randomness(options.seed, STREAM.workers + number),
        clock: options.clock,
        // Clients of the simulator bring no cookies.
        affinity: { mac: { sign: () => "" }, secrets: () => [] },
        keys: { share: (_upstream, key) => `${number} ${key}`, total: (_upstream, key) => key },
        health: NO_HEALTH,
        zone: gateways.zones.length === 0 ? "" : gateways.zones[gateway % gateways.zones.length]!,
      });
      return { pool, peers: [] };
    });
    this.apply(options.config);
  }

  get size(): number {
    return this.workers.length;
  }

  /** In all workers at once. */
  apply(config: UpstreamConfig): void {
    for (const { pool, peers } of this.workers) {
      pool.apply(config, () => undefined);
      for (const peer of pool.peers) peers[this.numberOf(peer)] = peer;
    }
    for (const counters of this.counters) for (const { id } of config.peers) counters.watch(id);
  }

  /** What the gateways count on all peers together. */
  counted(): number {
    let sum = 0;
    for (const id of this.numbers.keys()) sum += this.totals.of(id).all;
    return sum;
  }

  isObserving(): boolean {
    return this.workers[0]!.pool.isObserving();
  }

  setUp(number: number, isUp: boolean): void {
    for (const { pool, peers } of this.workers) {
      const peer = peers[number];
      if (peer !== undefined) pool.setUp(peer, isUp);
    }
  }

  /** Another handshake begins, which has tried no peer yet. */
  begin(): void {
    resetSession(this.session);
  }

  /** The number of the peer that the handshake goes to, with a slot taken; `NONE` if it is refused. */
  pick(worker: number, key: string): number {
    const peer = this.workers[worker]!.pool.pick(this.session, key);
    return peer === undefined ? NONE : this.numberOf(peer);
  }

  /** The peer that was just picked does not answer. */
  fail(worker: number, number: number): void {
    const { pool, peers } = this.workers[worker]!;
    const peer = peers[number]!;
    this.observe(worker, number, 0, true);
    pool.release(this.session);
    markTried(this.session, peer);
  }

  release(worker: number, number: number): void {
    const { pool, peers } = this.workers[worker]!;
    const { session } = this;
    session.peer = peers[number];
    session.hasSlot = true;
    pool.release(session);
  }

  observe(worker: number, number: number, latencyMs: number, isFailed = false): void {
    const { pool, peers } = this.workers[worker]!;
    this.sample.latencyMs = latencyMs;
    this.sample.isFailed = isFailed;
    pool.observe(peers[number]!, this.sample);
  }

  private numberOf(peer: Peer): number {
    return this.numbers.get(peer.key)!;
  }
}
