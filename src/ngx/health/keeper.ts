import type { HealthConfig } from "../../core/config/snapshot";
import type { Gateway } from "../../core/gateway/gateway";
import { probeTask, type ProbeTask } from "../../core/health/probe-task";
import type { HealthChange, ProbeOutcome } from "../../core/health/record";
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
  /** Tells people. */
  tell(this: void, upstream: string, changes: readonly HealthChange[]): void;
}

/** How often it is looked whether an upstream has sessions. */
const IDLE_LOOK_S = 1;
/** Of reports in one go. */
const REPORTS_PER_STEP = 256;
const RENEW_EVERY_S = 600;
/** How long a record that there was no room for waits. */
const RETRY_S = 1;

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
  private readonly changeLog: ChangeLog;
  private isLeading = false;
  private seenVersion = -1;
  private renewedAt = 0;
  /** By upstream, what there was no room for. */
  private unstored: { readonly upstream: string; readonly change: HealthChange }[] = [];
  private retryAt = 0;
  private hasRefused = false;

  constructor(private readonly deps: KeeperDeps) {
    const { dict, clock, rng, log } = deps;
    this.reports = new Reports(dict);
    this.changeLog = new ChangeLog(dict);
    this.prober = new Prober({
      clock,
      rng,
      log,
      pace: (task) => this.paceOf(task),
      done: (task, outcome) => this.probed(task, outcome),
    });
  }

  isDue(): boolean {
    if (this.deps.lease.hold()) return true;
    this.resign();
    return false;
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
      this.seenVersion = version;
    }
    this.hear(pause);
    // The worker may have begun to exit meanwhile.
    if (!this.isLeading) return;
    this.prober.step();
    this.judge(pause);
    this.tryAgain();
    deps.lastHealth.step(pause);
    if (Math.abs(deps.clock.now() - this.renewedAt) >= RENEW_EVERY_S) this.renew(pause);
  }

  /** Another process leads, or will: what probes that are under way find counts for nothing. */
  resign(): void {
    if (!this.isLeading) return;
    this.isLeading = false;
    this.prober.stop();
    this.kept = new LuaMap();
    this.unstored = [];
  }

  /** Every peer that is to be watched now, and no other. */
  private use(pause: Pause): void {
    const { gateway, rng, clock } = this.deps;
    const before = this.kept;
    this.kept = new LuaMap();
    const tasks: ProbeTask[] = [];
    for (const pool of gateway.allPools()) {
      const { config, peers } = pool;
      const { name, health } = config;
      if (isWatched(health) || health.hasAgent) {
        let entry = before.get(name);
        if (entry?.pool !== pool) entry = undefined;
        if (entry === undefined || entry.peers !== peers || entry.config !== health) {
          entry = this.keep(entry?.health ?? new UpstreamHealth(name, rng), pool, entry, pause);
          entry.health.use(health, watchedOf(pool), (key) => this.recall(pool, key), clock.now());
          if (health.active?.initial === "last") this.noteLast(pool, pause);
        }
        this.kept.set(name, entry);
        for (const peer of peers) {
          const task = peer.state === "maint" ? undefined : probeTask(config, peer);
          if (task !== undefined) tasks.push(task);
        }
        pause();
      }
    }
    for (const [name, entry] of before) {
      if (!this.kept.has(name)) this.forget(name, entry.byKey, undefined);
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
  }

  private recall(pool: Pool, key: string): ReturnType<RecordStore["record"]> {
    return this.deps.store.record(pool.config.name, key);
  }

  private hear(pause: Pause): void {
    const { clock } = this.deps;
    for (const _ of $range(1, REPORTS_PER_STEP)) {
      const reports = this.reports.take();
      if (reports === undefined) return;
      const now = clock.now();
      for (const report of reports) this.kept.get(report.upstream)?.health.attempted(report, now);
      pause();
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
      if (changes.length > 0) this.publish(name, changes);
    }
    pause();
  }

  private publish(upstream: string, changes: readonly HealthChange[]): void {
    const { gateway, lastHealth, tell } = this.deps;
    const stored: string[] = [];
    for (const change of changes) {
      const peer = this.kept.get(upstream)?.byKey.get(change.key);
      if (peer !== undefined && change.event !== undefined) gateway.metrics.healthChanged(peer, change.event);
      if (this.store(upstream, change)) stored.push(change.key);
      else this.unstored.push({ upstream, change });
      lastHealth.note(upstream, change.key, change.record);
    }
    this.changeLog.tell(upstream, stored);
    tell(upstream, changes);
  }

  private store(upstream: string, { key, record, event }: HealthChange): boolean {
    const { store, log } = this.deps;
    // Whoever had the trial before may have kept it longer than the ejection took.
    if (event?.to === "trial") store.endClaim(upstream, key);
    if (record === undefined) {
      store.remove(upstream, key);
      return true;
    }
    const refusal = store.write(upstream, key, record);
    if (refusal !== undefined && !this.hasRefused)
      log.write("error", `what is found of peers' health does not reach the workers: ${refusal}`);
    this.hasRefused = refusal !== undefined;
    return refusal === undefined;
  }

  /** What was refused is written as soon as there is room, in its order. */
  private tryAgain(): void {
    const now = this.deps.clock.now();
    if (this.unstored.length === 0 || Math.abs(now - this.retryAt) < RETRY_S) return;
    this.retryAt = now;
    const waiting = this.unstored;
    this.unstored = [];
    for (const entry of waiting) {
      if (this.store(entry.upstream, entry.change)) this.changeLog.tell(entry.upstream, [entry.change.key]);
      else this.unstored.push(entry);
    }
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
