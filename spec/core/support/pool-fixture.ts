import { BalancerRegistry } from "../../../src/core/balance/registry";
import type { UpstreamConfig } from "../../../src/core/config/snapshot";
import { NO_HEALTH } from "../../../src/core/health/health-view";
import { Ledger } from "../../../src/core/pool/ledger";
import type { Peer } from "../../../src/core/pool/peer";
import type { Lookup } from "../../../src/core/pool/peers";
import { Pool } from "../../../src/core/pool/pool";
import type { PoolDeps } from "../../../src/core/pool/pool-deps";
import type { CounterStore, Log } from "../../../src/core/ports";
import { seededRng } from "./seeded-rng";
import { toyMac } from "./toy-mac";
import { keys } from "./upstream-fixture";

/** No name has an address yet. */
export const noAnswers: Lookup = () => undefined;

export function poolDeps(store: CounterStore, log: Log, now: () => number = () => 1000): PoolDeps {
  return {
    ledger: new Ledger(store, log),
    registry: new BalancerRegistry(),
    rng: seededRng(1),
    clock: { now: () => now() },
    keys,
    zone: "",
    affinity: { mac: toyMac, secrets: () => ["a secret of spec"] },
    health: NO_HEALTH,
  };
}

export function aPool(deps: PoolDeps, config: UpstreamConfig, lookup = noAnswers): Pool {
  const pool = new Pool(config, deps);
  pool.apply(config, lookup);
  return pool;
}

export function peerOf(pool: Pool, key: string): Peer {
  return pool.peers.find((peer) => peer.key === key)!;
}
