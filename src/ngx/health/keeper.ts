import type { HealthConfig } from "../../core/config/snapshot";
import type { Gateway } from "../../core/gateway/gateway";
import { probeTask, type ProbeTask } from "../../core/health/probe-task";
import type { HealthChange, ProbeOutcome } from "../../core/health/record";
import { RecordKeeping } from "../../core/health/record-keeping";
import type { Pace } from "../../core/health/schedule";
import { UpstreamHealth, type Watched } from "../../core/health/upstream-health";
import type { Peer } from "../../core/pool/peer";
import { isWatched } from "../../core/pool/peer-health";
import type { Pool } from "../../core/pool/pool";
import type { Clock, Log, Rng } from "../../core/ports";
import type { Chore, Pause } from "../chore";
import type { Lease } from "../lease";
import { ChangeLog } from "./change-log";
import type { LastHealth } from "./last-health";
import { Prober } from "./prober";
import type { RecordStore } from "./record-store";
import { Reports } from "./reports";

/** An upstream whose peers are watched, as long as it has these peers and this config. */
interface Kept {
  readonly health: UpstreamHealth;
  readonly pool: Pool;
  peers: readonly Peer[];
  config: HealthConfig;
  byKey: LuaMap<string, Peer>;
  /** Whether there was a session the last time that was looked at, and when. */
  isIdle: boolean;
  lookedAt: number;
}

export interface KeeperDeps {
  readonly dict: NgxSharedDict;
  readonly gateway: Gateway;
  readonly lease: Lease;
  readonly store: RecordStore;
  readonly lastHealth: LastHealth;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  /** Another number after every change of the peers. */
  version(this: void): number;
  /** Tells people, of no more than they can read. */
  tell(this: void, upstream: string, changes: readonly HealthChange[]): void;
  /** Tells how many others there were; it is called often. */
  tellOthers(this: void): void;
}

/** How often it is looked whether an upstream has sessions. */
const IDLE_LOOK_S = 1;
/** Of reports in one go. */
const REPORTS_PER_STEP = 256;
/** Of changes, in one piece: a millisecond or so, with their lines in the log. */
const CHANGES_AT_ONCE = 16;
const RENEW_EVERY_S = 600;

/**
 * What the leader does about health: it probes, hears what the workers' handshakes have shown, judges, and tells all workers. It
 * takes up what the leader before it has left, and forgets everything when it leads no more.
 */
export class HealthKeeper implements Chore {
  readonly name = "watching health";
  readonly outlivesExit = false;
  private kept = new LuaMap<string, Kept>();
  private readonly prober: Prober;
  private readonly reports: Reports;
  private readonly records: RecordKeeping;
  private isLeading = false;
  private term = 0;
  private seenVersion = -1;
  private renewedAt = 0;

  constructor(private readonly deps: KeeperDeps) {
    const { dict, store, clock, rng, log } = deps;
    this.reports = new Reports(dict);
    this.records = new RecordKeeping({ records: store, told: new ChangeLog(dict), log });
    this.prober = new Prober({
      clock,
      rng,
      log,
      pace: (task) => this.paceOf(task),
      done: (task, outcome) => this.probed(task, outcome),
    });
  }

  isDue(): boolean {
    const { lease } = this.deps;
    const isHeld = lease.hold();
    // While this process was stopped, another one may have led, and ended.
    if (!isHeld || lease.term !== this.term) this.resign();
    this.term = lease.term;
    return isHeld;
  }

  work(pause: Pause): void {
    const { deps } = this;
    if (!this.isLeading) {
      this.isLeading = true;
      this.seenVersion = -1;
      this.renewedAt = deps.clock.now();
      deps.lastHealth.begin();
    }
    const version = deps.version();
    if (version !== this.seenVersion) {
      this.use(pause);
      if (!this.leadsStill()) return;
      this.seenVersion = version;
    }
    this.hear(pause);
    if (!this.leadsStill()) return;
    this.prober.step();
    this.judge(pause);
    if (!this.leadsStill()) return;
    deps.tellOthers();
    this.records.tryAgain(deps.clock.now());
    deps.lastHealth.step(pause);
    if (Math.abs(deps.clock.now() - this.renewedAt) >= RENEW_EVERY_S) this.renew(pause);
  }

  /** Another process leads, or will: what probes that are under way find counts for nothing. */
  resign(): void {
    if (!this.isLeading) return;
    this.isLeading = false;
    this.prober.stop();
    this.kept = new LuaMap();
    this.records.forget();
  }

  /**
   * To be asked after each pause: the worker may have begun to exit meanwhile, or was stopped for so long that another one leads and
   * knows better.
   */
  private leadsStill(): boolean {
    const { lease } = this.deps;
    return this.isLeading && lease.hold() && lease.term === this.term;
  }

  /** Every peer that is to be watched now, and no other. What probes and workers tell meanwhile goes to those from before. */
  private use(pause: Pause): void {
    const { gateway, rng, clock } = this.deps;
    const before = this.kept;
    const kept = new LuaMap<string, Kept>();
    const tasks: ProbeTask[] = [];
    for (const pool of gateway.allPools()) {
      const { config, peers } = pool;
      const { name, health } = config;
      if (isWatched(health) || health.hasAgent) {
        let entry = before.get(name);
        if (entry?.pool !== pool) entry = undefined;
        if (entry === undefined || entry.peers !== peers || entry.config !== health) {
          entry = this.keep(entry?.health ?? new UpstreamHealth(name, rng), pool, entry, pause);
          entry.health.use(health, watchedOf(pool), (key) => this.recall(pool, key), clock.now(), pause);
          if (health.active?.initial === "last") this.noteLast(pool, pause);
        }
        kept.set(name, entry);
        for (const peer of peers) {
          const task = peer.state === "maint" ? undefined : probeTask(config, peer);
          if (task !== undefined) tasks.push(task);
          pause();
        }
        if (!this.leadsStill()) return;
      }
    }
    this.kept = kept;
    for (const [name, entry] of before) {
      if (!kept.has(name)) this.forget(name, entry.byKey, undefined);
    }
    this.prober.use(tasks, pause);
  }

  private keep(health: UpstreamHealth, pool: Pool, before: Kept | undefined, pause: Pause): Kept {
    const { peers, config } = pool;
    const byKey = new LuaMap<string, Peer>();
    for (const peer of peers) byKey.set(peer.key, peer);
    if (before !== undefined) this.forget(config.name, before.byKey, byKey);
    pause();
    return { health, pool, peers, config: config.health, byKey, isIdle: false, lookedAt: 0 };
  }

  /** What is known of peers that are there no more. */
  private forget(
    upstream: string,
    before: LuaMap<string, Peer>,
    now: LuaMap<string, Peer> | undefined,
  ): void {
    const gone: string[] = [];
    for (const [key] of before) if (now?.has(key) !== true) gone.push(key);
    for (const key of gone) {
      this.deps.store.remove(upstream, key);
      this.deps.lastHealth.note(upstream, key, undefined);
    }
  }

  /** What the leader before may have kept for the next start. */
  private noteLast({ peers, config }: Pool, pause: Pause): void {
    const { lastHealth, store } = this.deps;
    for (const { key } of peers) {
      lastHealth.note(config.name, key, store.record(config.name, key));
      pause();
    }
    lastHealth.renew();
  }

  private recall(pool: Pool, key: string): ReturnType<RecordStore["record"]> {
    return this.deps.store.record(pool.config.name, key);
  }

  private hear(pause: Pause): void {
    const { clock } = this.deps;
    for (const _ of $range(1, REPORTS_PER_STEP)) {
      const reports = this.leadsStill() ? this.reports.take() : undefined;
      if (reports === undefined) return;
      for (const report of reports) {
        this.kept.get(report.upstream)?.health.attempted(report, clock.now());
        pause();
      }
    }
  }

  private probed(task: ProbeTask, outcome: ProbeOutcome): void {
    const kept = this.kept.get(task.upstream);
    if (kept === undefined) return;
    kept.health.probed(task.key, outcome, this.deps.clock.now());
    const peer = kept.byKey.get(task.key);
    if (peer !== undefined) this.deps.gateway.metrics.probed(peer, outcome.isGood);
  }

  private judge(pause: Pause): void {
    const now = this.deps.clock.now();
    for (const [name, { health }] of this.kept) {
      health.advance(now);
      const changes = health.takeChanges();
      for (let first = 0; first < changes.length; first += CHANGES_AT_ONCE) {
        this.publish(name, changes.slice(first, first + CHANGES_AT_ONCE));
        pause();
        if (!this.leadsStill()) return;
      }
    }
    pause();
  }

  private publish(upstream: string, changes: readonly HealthChange[]): void {
    const { gateway, lastHealth, tell } = this.deps;
    this.records.keep(upstream, changes);
    for (const { key, record, event } of changes) {
      const peer = this.kept.get(upstream)?.byKey.get(key);
      if (peer !== undefined && event !== undefined) gateway.metrics.healthChanged(peer, event);
      lastHealth.note(upstream, key, record);
    }
    tell(upstream, changes);
  }

  private renew(pause: Pause): void {
    this.renewedAt = this.deps.clock.now();
    for (const [name, { peers }] of this.kept) {
      for (const { key } of peers) {
        this.deps.store.renew(name, key);
        pause();
      }
    }
  }

  private paceOf({ upstream, key, config }: ProbeTask): Pace {
    const kept = this.kept.get(upstream);
    if (kept === undefined) return "steady";
    if (kept.health.isChanging(key)) return "changing";
    if (config.idleIntervalMs <= config.intervalMs || !kept.health.isUp(key)) return "steady";
    return this.isIdle(kept) ? "idle" : "steady";
  }

  /** Whether the upstream has no session. */
  private isIdle(kept: Kept): boolean {
    const now = this.deps.clock.now();
    if (Math.abs(now - kept.lookedAt) < IDLE_LOOK_S) return kept.isIdle;
    kept.lookedAt = now;
    kept.isIdle = kept.pool.peers.every((peer) => kept.pool.active(peer) === 0);
    return kept.isIdle;
  }
}

function watchedOf(pool: Pool): readonly Watched[] {
  return pool.peers.map(({ key, address, state, isBackup, configuredWeight }) => ({
    key,
    address,
    isCandidate: !isBackup && state === "ready" && configuredWeight > 0,
  }));
}
