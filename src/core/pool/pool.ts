import { cookieAffinityOf, type CookieAffinity } from "../affinity/cookie";
import { KeyHome } from "../affinity/key-home";
import type { Balancer, PickInput, Sample } from "../balance/contract";
import type { Template } from "../config/template";
import { isEqual } from "../config/equality";
import type { UpstreamConfig } from "../config/snapshot";
import type { Fallible } from "../fallible";
import type { Counters } from "../metrics/counters";
import type { HealthRecord } from "../health/record";
import { goOn, type Pause } from "../pause";
import type { Session } from "../session/session";
import { Eligibility } from "./eligibility";
import { findLeaving } from "./leaving";
import { backupOf, primaryOf, type Peer } from "./peer";
import type { PoolDeps } from "./pool-deps";
import { PoolHealth } from "./pool-health";
import { carryOut, PeerPlanner, retire, type Lookup, type PeerPlan } from "./peers";
import { lookAhead, type Preview } from "./preview";
import { Rest } from "./rest";
import { RetryBudget } from "./retry-budget";
import { SlowStart } from "./slow-start";
import { Slots } from "./slots";
import { hostHeaderOf, serverNameOf } from "./templates";
import { Tiers } from "./tiers";

/**
 * The peers of one upstream in one worker, and the question which of them a session may go to. A config change updates
 * it in place: peers that stay keep their health and their turn, whatever else changes.
 */
export class Pool {
  config: UpstreamConfig;
  peers: readonly Peer[] = [];
  /** What no config has any more, and had open sessions when that was looked at last. Never picked. */
  removed: readonly Peer[] = [];
  /** Those of both whose open sessions are to be closed. */
  closing: readonly Peer[] = [];
  /** Those of both whose open sessions are to be moved where they can be. */
  leaving: readonly Peer[] = [];
  /** What the Host header and the name of TLS are made of; absent where the config says the usual. */
  hostHeader: Template | undefined;
  serverName: Template | undefined;
  /** Which peer a client's cookie names; absent where the upstream has no such cookie. */
  affinity: CookieAffinity | undefined;
  /** Which peer a key belongs to; absent where sessions are not bound by their key. */
  keyHome: KeyHome | undefined;
  isRemoved = false;
  readonly retryBudget = new RetryBudget();
  /** What this worker has counted of the upstream; absent before its first session. */
  counters: Counters | undefined;
  /** Whether sessions need a key here. */
  needsKey = false;
  /** A session that is bound to a peer goes nowhere else. */
  isStrict = false;
  private hashesKeys = false;
  private readonly rest: Rest;
  private readonly tiers: Tiers;
  private readonly eligibility: Eligibility;
  private readonly slowStart: SlowStart;
  private readonly health: PoolHealth;
  private readonly slots: Slots;
  private readonly input: PickInput;
  private readonly reweighed: (this: void, peer: Peer) => void;

  constructor(
    config: UpstreamConfig,
    private readonly deps: PoolDeps,
  ) {
    this.config = config;
    const { ledger, zone, clock } = deps;
    const slowStart = new SlowStart(zone);
    const eligibility = new Eligibility(ledger, slowStart, clock);
    const tiers = new Tiers(zone, this.balancers());
    this.slowStart = slowStart;
    this.rest = new Rest(clock);
    this.health = new PoolHealth({
      view: deps.health,
      clock,
      eligibility,
      slowStart,
      tiers,
      rest: this.rest,
    });
    this.slots = new Slots(ledger, eligibility, this.health, tiers);
    this.eligibility = eligibility;
    this.tiers = tiers;
    this.reweighed = (peer) => {
      tiers.refresh(peer);
    };
    this.input = {
      key: "",
      active: (peer) => ledger.active(peer),
      eligible: (peer) => eligibility.isEligible(peer),
    };
  }

  /**
   * Slow path. What takes long is done aside, with pauses; then all of it takes effect at once.
   * @param lookup knows the addresses of the names among the peers
   */
  apply(config: UpstreamConfig, lookup: Lookup, pause: Pause = goOn): void {
    const planner = new PeerPlanner(config, lookup, this.deps, pause);
    const plan = planner.plan(this.peers.concat(this.removed), this.config.peers);
    pause();
    const affinity = cookieAffinityOf(config, this.affinity, this.deps.affinity);
    const tokens = affinity?.prepare(plan.peers, pause);
    const isNewHealth = !isEqual(this.config.health, config.health);
    const records = isNewHealth ? this.health.recallAll(plan.peers, config, pause) : undefined;
    this.swap(config, plan, records);
    if (affinity !== undefined && tokens !== undefined) affinity.use(tokens);
    this.affinity = affinity;
    this.settle(pause);
    this.drop(plan.gone, pause);
  }

  /** The upstream is gone. Sessions that are still open hold their peers themselves. */
  dispose(pause: Pause = goOn): void {
    const { peers } = this;
    this.isRemoved = true;
    this.use([], [], []);
    this.removed = [];
    this.findLeaving();
    this.drop(peers, pause);
  }

  /** The worker ends: its counters go, and the totals stay. */
  leave(): void {
    for (const peer of this.peers) this.deps.ledger.closeShare(peer);
  }

  /**
   * Picks a peer for the session and takes its slot; `undefined` if no peer is eligible.
   * @param key what the session hashes on; `""`: nothing
   * @param bound where the session belongs, if it may go there
   */
  pick(session: Session, key = "", bound?: Peer): Peer | undefined {
    const { slowStart } = this;
    if (slowStart.isIdle) return this.pickAmong(session, key, bound);
    slowStart.advance(this.deps.clock.now(), this.reweighed);
    const peer = this.pickAmong(session, key, bound);
    slowStart.note(peer, session.attempts > 0);
    return peer;
  }

  private pickAmong(session: Session, key: string, bound: Peer | undefined): Peer | undefined {
    const { config, eligibility, input, slots, tiers } = this;
    const hasCap = !this.slowStart.isIdle;
    eligibility.begin(session);
    input.key = key;
    if (bound !== undefined && eligibility.isEligibleWhenBound(bound, this.deps.clock.now())) {
      if (slots.take(session, bound, config)) return bound;
    }
    if (bound !== undefined && this.isStrict) return undefined;
    if (this.rest.isOn(this.peers.length)) return undefined;
    const peer = tiers.pick(input, eligibility, hasCap);
    if (peer === undefined) {
      if (session.tried === undefined) this.rest.begin(this.peers.length);
      return undefined;
    }
    return slots.take(session, peer, config) ? peer : this.pickAgain(session, hasCap);
  }

  /** Apart, as LuaJIT compiles what has no loop as a whole. Each turn that finds a peer full after all leaves one fewer to try. */
  private pickAgain(session: Session, hasCap: boolean): Peer | undefined {
    const { config, eligibility, input, slots, tiers } = this;
    for (const _ of $range(1, this.peers.length)) {
      const peer = tiers.pick(input, eligibility, hasCap);
      if (peer === undefined || slots.take(session, peer, config)) return peer;
    }
    return undefined;
  }

  /**
   * Where a new session would go now, and why; takes no slot and leaves the balancers' turns as they are. Slow path.
   * @returns why it would go nowhere, if so
   */
  preview(key: string): Fallible<Preview> {
    const { config, eligibility, isStrict, peers, tiers } = this;
    const input: PickInput = { ...this.input, key };
    const home = this.keyHome?.home(key);
    const nowS = this.deps.clock.now();
    return lookAhead({ config, eligibility, home, input, isStrict, nowS, peers, tiers });
  }

  /** Gives the session's slot back. */
  release(session: Session): void {
    if (this.slots.release(session)) this.rest.end();
  }

  active(peer: Peer): number {
    return this.deps.ledger.active(peer);
  }

  /** So few peers are up that health is ignored. */
  isInPanic(): boolean {
    return this.eligibility.isPanic;
  }

  /** Brings the weights of peers that start slowly to what they are now. */
  reweigh(): void {
    if (!this.slowStart.isIdle) this.slowStart.advance(this.deps.clock.now(), this.reweighed);
  }

  setUp(peer: Peer, isUp: boolean): void {
    this.health.setUp(peer, isUp);
  }

  /**
   * Slow path: what the leader has found of a peer; `undefined`: nothing. It takes effect at once; `settleHealth` is to follow
   * when all of them are told.
   */
  applyHealth(peer: Peer, record: HealthRecord | undefined): void {
    this.health.apply(peer, record, this.config);
  }

  /** Who is leaving or closing now, and then, aside, what takes long where peers have other weights. */
  settleHealth(pause: Pause = goOn): void {
    this.findLeaving();
    if (!this.health.isReweighed) return;
    this.use(this.peers, primaryOf(this.peers), backupOf(this.peers));
    this.settle(pause);
  }

  /** The session is over, and was on the peer. */
  dropTrial(session: Session, peer: Peer): void {
    this.health.drop(session, peer);
  }

  /** Whether anyone here wants to be told how long peers take. */
  isObserving(): boolean {
    return this.tiers.isObserving();
  }

  observe(peer: Peer, sample: Sample): void {
    this.tiers.observe(peer, sample);
  }

  /** @param records what is known of peers, if their health is to be taken up anew */
  private swap(
    config: UpstreamConfig,
    plan: PeerPlan,
    records: LuaMap<Peer, HealthRecord> | undefined,
  ): void {
    const isNewPolicy = !isEqual(this.config.balancer, config.balancer);
    this.config = config;
    this.isStrict = config.affinity?.isStrict === true;
    if (config.affinity?.type !== "key") this.keyHome = undefined;
    else this.keyHome ??= new KeyHome();
    this.hostHeader = hostHeaderOf(config);
    this.serverName = serverNameOf(config);
    if (isNewPolicy) this.tiers.replace(this.balancers());
    this.needsKey = this.keyHome !== undefined || this.hashesKeys;
    for (const change of plan.changed) carryOut(change);
    // Whichever leaves last of a peer and its successors under the same id takes the counter with it.
    for (const peer of plan.moved.concat(plan.gone)) peer.isRemoved = true;
    for (const retirement of plan.removed) retire(retirement);
    if (records !== undefined) this.health.renewAll(plan.peers, records, config);
    this.use(plan.peers, plan.primary, plan.backup);
    this.removed = plan.removed.map(({ peer }) => peer);
    this.findLeaving();
  }

  private findLeaving(): void {
    const peers = this.peers.concat(this.removed);
    this.leaving = findLeaving(peers);
    this.closing = this.health.findClosing(peers, this.config);
  }

  /** While it pauses, the peers may become others, which are settled in their own time. */
  private settle(pause: Pause): void {
    this.tiers.settle(pause);
    if (this.keyHome !== undefined) this.keyHome.update(primaryOf(this.peers), pause);
  }

  /** Peers that no pick finds any more: their counters go with the last session. */
  private drop(peers: readonly Peer[], pause: Pause): void {
    for (const peer of peers) {
      peer.isRemoved = true;
      this.deps.ledger.closeShare(peer);
      pause();
    }
  }

  private use(peers: readonly Peer[], primary: readonly Peer[], backup: readonly Peer[]): void {
    this.peers = peers;
    this.rest.end();
    this.slowStart.use(this.config.slowStart, peers, this.deps.clock.now());
    this.eligibility.use(primary, this.config.panicThreshold, this.config.health.hasAgent);
    this.health.isReweighed = false;
    this.tiers.update(primary, backup);
  }

  /** Makes balancers of the kind that the config names. */
  private balancers(): (this: void) => Balancer {
    const { registry, rng, clock } = this.deps;
    const { type, options } = this.config.balancer;
    const factory = registry.find(type) ?? registry.fallback;
    this.hashesKeys = factory.needs.includes("key");
    return () => factory.create({ rng, clock }, options);
  }
}
