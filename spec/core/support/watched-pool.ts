import type { UpstreamConfig } from "../../../src/core/config/snapshot";
import type { HealthRecord } from "../../../src/core/health/record";
import type { Peer } from "../../../src/core/pool/peer";
import type { Pool } from "../../../src/core/pool/pool";
import type { PoolDeps } from "../../../src/core/pool/pool-deps";
import { newSession, type Session } from "../../../src/core/session/session";
import { MemoryCounters } from "./memory-counters";
import { WATCHED } from "./health-config";
import { MemoryHealth } from "./memory-health";
import { aPool, peerOf, poolDeps } from "./pool-fixture";
import { RecordingLog } from "./recording-log";
import { anUpstream, aPeerConfig } from "./upstream-fixture";

/** A worker whose peers have health. */
export class WatchedPools {
  now = 1000;
  readonly store = new MemoryCounters();
  readonly health = new MemoryHealth(() => this.now);
  private serial = 0;

  deps(): PoolDeps {
    return { ...poolDeps(this.store, new RecordingLog(), () => this.now), health: this.health };
  }

  poolOf(fields: Partial<UpstreamConfig>, ...ids: string[]): Pool {
    return aPool(this.deps(), watchedUpstream(fields, ...ids));
  }

  session(): Session {
    this.serial += 1;
    const made = newSession();
    made.id = `s${this.serial}`;
    return made;
  }

  /** New sessions, which stay. */
  picks(pool: Pool, count: number): string {
    const keys: string[] = [];
    for (const _ of $range(1, count)) keys.push(pool.pick(this.session())?.key ?? "none");
    return keys.join(" ");
  }
}

/** The upstream `chat` with health that learns from handshakes. */
export function watchedUpstream(fields: Partial<UpstreamConfig>, ...ids: string[]): UpstreamConfig {
  return anUpstream({ peers: ids.map((id) => aPeerConfig({ id })), health: WATCHED, ...fields });
}

/** The pool is told of one peer. */
export function put(pool: Pool, key: string, make: (peer: Peer) => HealthRecord): void {
  const peer = peerOf(pool, key);
  pool.applyHealth(peer, make(peer));
  pool.settleHealth();
}

export function reasonOf(pool: Pool): string {
  const [found, reason] = pool.preview("");
  return found === undefined ? `none: ${reason}` : `${found.peer.key}: ${found.reason}`;
}
