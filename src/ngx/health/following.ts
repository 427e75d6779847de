import type { Gateway } from "../../core/gateway/gateway";
import type { Peer } from "../../core/pool/peer";
import { isWatched } from "../../core/pool/peer-health";
import type { Pool } from "../../core/pool/pool";
import type { Chore, Pause } from "../chore";
import { ChangeLog } from "./change-log";
import type { RecordStore } from "./record-store";

/** The peers of a pool by key, as long as it has these. */
interface Index {
  readonly peers: readonly Peer[];
  readonly byKey: LuaMap<string, Peer>;
}

/** Brings what the leader finds of the peers to this worker's pools. */
export class HealthFollowing implements Chore {
  readonly name = "following health";
  /** Sessions of peers that went down are closed there, too. */
  readonly outlivesExit = true;
  private readonly changes: ChangeLog;
  private indexes = new LuaMap<Pool, Index>();
  private seenVersion = 0;

  constructor(
    dict: NgxSharedDict,
    private readonly store: RecordStore,
    private readonly gateway: Gateway,
    /** Another number after every change of the peers. */
    private readonly version: (this: void) => number,
  ) {
    this.changes = new ChangeLog(dict);
  }

  isDue(): boolean {
    return this.changes.isBehind() || this.version() !== this.seenVersion;
  }

  work(pause: Pause): void {
    // A peer that is new here was looked up while its config was prepared, and may have changed before it was in force.
    const isNewVersion = this.version() !== this.seenVersion;
    this.seenVersion = this.version();
    if (isNewVersion) this.indexes = new LuaMap();
    const touched = new LuaSet<Pool>();
    let [changed] = this.changes.next();
    while (changed !== undefined) {
      const pool = this.gateway.pool(changed.upstream);
      if (pool !== undefined) {
        const { byKey } = this.indexOf(pool);
        for (const key of changed.keys) this.look(pool, byKey.get(key));
        touched.add(pool);
      }
      pause();
      [changed] = this.changes.next();
    }
    if (this.changes.takeMissed() || isNewVersion) this.lookAtAll(touched, pause);
    const pools: Pool[] = [];
    for (const pool of touched) pools.push(pool);
    for (const pool of pools) this.gateway.settleHealth(pool, pause);
  }

  private lookAtAll(touched: LuaSet<Pool>, pause: Pause): void {
    for (const pool of this.gateway.allPools()) {
      const { name, health } = pool.config;
      if (isWatched(health) || health.hasAgent) {
        for (const peer of pool.peers) {
          // Of whom nothing is known is as it began.
          const record = this.store.record(name, peer.key);
          if (record !== undefined) pool.applyHealth(peer, record);
          pause();
        }
        touched.add(pool);
      }
    }
  }

  private look(pool: Pool, peer: Peer | undefined): void {
    if (peer !== undefined) pool.applyHealth(peer, this.store.record(pool.config.name, peer.key));
  }

  private indexOf(pool: Pool): Index {
    const known = this.indexes.get(pool);
    if (known?.peers === pool.peers) return known;
    const byKey = new LuaMap<string, Peer>();
    for (const peer of pool.peers) byKey.set(peer.key, peer);
    const index = { peers: pool.peers, byKey };
    this.indexes.set(pool, index);
    return index;
  }
}
