import { DrainWatch, type DrainEvent, type FormerPeers } from "../core/events/drain-watch";
import { readEvent } from "../core/events/event";
import { oldestKept } from "../core/events/ring";
import type { UpstreamConfig } from "../core/config/snapshot";
import type { Gateway } from "../core/gateway/gateway";
import type { Pool } from "../core/pool/pool";
import type { Chore, Pause } from "./chore";
import { EventDict, events } from "./events";
import { decodeJson } from "./json";
import { totalKey } from "./keys";
import type { Lease } from "./lease";

const LOOK_EVERY_S = 1;
/** A leader that looked last longer ago than this may have been none meanwhile. */
const TRUSTED_FOR_S = 5;

/** The leader's look at peers that drain, once a second: tells how they come along. */
export class DrainTeller implements Chore {
  readonly name = "telling of drains";
  readonly outlivesExit = false;
  private watch = new DrainWatch();
  private lookedAt = 0;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly gateway: Gateway,
    private readonly lease: Lease,
  ) {}

  isDue(): boolean {
    // The clock may be set back.
    return Math.abs(ngx.now() - this.lookedAt) >= LOOK_EVERY_S && this.lease.hold();
  }

  work(pause: Pause): void {
    const now = ngx.now();
    if (Math.abs(now - this.lookedAt) > TRUSTED_FOR_S) this.recall(pause);
    this.lookedAt = now;
    this.watch.beginLook();
    for (const pool of this.gateway.allPools()) {
      this.lookAt(pool, now);
      pause();
    }
    for (const event of this.watch.endLook(this.formerPeers())) this.tell(event);
  }

  /** What leaders before have told is in the store. */
  private recall(pause: Pause): void {
    this.watch = new DrainWatch();
    const store = new EventDict(this.dict);
    const last = store.last();
    for (const number of $range(oldestKept(store, last), last)) {
      const [type, json] = readEvent(store.get(number) ?? "");
      if (type === "drain") {
        const [event] = decodeJson(json);
        this.watch.recall(event as DrainEvent);
      }
      pause();
    }
  }

  private lookAt(pool: Pool, now: number): void {
    const { config } = pool;
    const upstream = config.name;
    let counts: LuaMap<string, number> | undefined;
    for (const { id, state, closing } of config.peers) {
      if (state !== "ready") {
        counts ??= countsOf(pool);
        const isClosing = closing !== undefined && closing.atS <= now;
        const left = counts.get(id) ?? 0;
        this.tell(this.watch.look({ upstream, peer: id, state, isClosing, left }));
      }
    }
    for (const { key, closing } of config.removed ?? []) {
      if (closing !== undefined) {
        const left = this.total(upstream, key);
        this.tell(
          this.watch.look({ upstream, peer: key, state: "removed", isClosing: closing.atS <= now, left }),
        );
      }
    }
  }

  private formerPeers(): FormerPeers {
    return {
      isConfigured: (upstream, peer) => isIn(this.gateway.pool(upstream)?.config, peer),
      left: (upstream, peer) => {
        const pool = this.gateway.pool(upstream);
        return pool !== undefined && isIn(pool.config, peer)
          ? (countsOf(pool).get(peer) ?? 0)
          : this.total(upstream, peer);
      },
    };
  }

  private total(upstream: string, key: string): number {
    const [total] = this.dict.get(totalKey(`${upstream}:${key}`));
    return typeof total === "number" ? total : 0;
  }

  private tell(event: DrainEvent | undefined): void {
    if (event !== undefined) events.tell("drain", { ...event });
  }
}

function isIn(config: UpstreamConfig | undefined, id: string): boolean {
  return config?.peers.some((peer) => peer.id === id) === true;
}

/** All addresses of a configured peer together. */
function countsOf(pool: Pool): LuaMap<string, number> {
  const counts = new LuaMap<string, number>();
  for (const peer of pool.peers) counts.set(peer.id, (counts.get(peer.id) ?? 0) + pool.active(peer));
  return counts;
}
