import type { Balancer, PickInput } from "../balance/contract";
import type { BalancerRegistry } from "../balance/registry";
import { DEFAULT_HOST_HEADER } from "../config/defaults";
import { parseTemplate, type Template } from "../config/template";
import { isEqual } from "../config/equality";
import type { UpstreamConfig } from "../config/snapshot";
import type { Fallible } from "../fallible";
import type { Counters } from "../metrics/counters";
import type { Pause } from "../pause";
import type { Clock, Rng } from "../ports";
import { hasTried, markTried, type Session } from "../session/session";
import type { Ledger } from "./ledger";
import type { Peer } from "./peer";
import { carryOut, PeerPlanner, retire, type Lookup, type PeerKeys, type PeerPlan } from "./peers";
import { reasonForNone, reasonForPick, type Preview } from "./preview";

export interface PoolDeps {
  readonly ledger: Ledger;
  readonly registry: BalancerRegistry;
  readonly rng: Rng;
  readonly clock: Clock;
  readonly keys: PeerKeys;
}

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
  /** What the Host header and the name of TLS are made of; absent where the config says the usual. */
  hostHeader: Template | undefined;
  serverName: Template | undefined;
  isRemoved = false;
  /** What this worker has counted of the upstream; absent before its first session. */
  counters: Counters | undefined;
  private primary: Balancer;
  private backup: Balancer;
  private hasBackups = false;
  private session: Session | undefined;
  /** What this pick has last counted, and what came of it: the peers of a family are asked about one after another. */
  private counted: readonly Peer[] | undefined;
  private hasRoom = true;
  private readonly input: PickInput;

  constructor(
    config: UpstreamConfig,
    private readonly deps: PoolDeps,
  ) {
    this.config = config;
    this.primary = this.createBalancer();
    this.backup = this.createBalancer();
    const { ledger } = deps;
    this.input = {
      key: "",
      active: (peer) => ledger.active(peer),
      eligible: (peer) => this.isEligible(peer),
    };
  }

  /**
   * Slow path. What takes long is done aside, with pauses; then all of it takes effect at once.
   * @param lookup knows the addresses of the names among the peers
   */
  apply(config: UpstreamConfig, lookup: Lookup, pause: Pause = goOn): void {
    const { keys, ledger } = this.deps;
    const planner = new PeerPlanner(config, lookup, keys, (peer) => ledger.active(peer), pause);
    const plan = planner.plan(this.peers.concat(this.removed), this.config.peers);
    pause();
    this.swap(config, plan);
    pause();
    this.drop(plan.gone, pause);
  }

  /** The upstream is gone. Sessions that are still open hold their peers themselves. */
  dispose(pause: Pause = goOn): void {
    const { peers } = this;
    this.isRemoved = true;
    this.use([], [], []);
    this.removed = [];
    this.closing = [];
    this.drop(peers, pause);
  }

  /** The peers that no config has any more, and on which sessions are open. */
  removedPeers(): readonly Peer[] {
    return this.removed.filter((peer) => this.active(peer) > 0);
  }

  /** The worker ends: its counters go, and the totals stay. */
  leave(): void {
    for (const peer of this.peers) this.deps.ledger.closeShare(peer);
  }

  /** Picks a peer for the session and takes its slot; `undefined` if no peer is eligible. */
  pick(session: Session): Peer | undefined {
    const { ledger } = this.deps;
    this.session = session;
    while (true) {
      this.counted = undefined;
      let peer = this.primary.pick(this.input);
      if (peer === undefined && this.hasBackups) peer = this.backup.pick(this.input);
      if (peer === undefined) return undefined;
      const total = ledger.take(peer);
      if (total === undefined || !this.isOverfull(peer, total)) {
        session.peer = peer;
        session.hasSlot = total !== undefined;
        return peer;
      }
      ledger.release(peer);
      markTried(session, peer);
    }
  }

  /**
   * Where a new session would go now, and why; takes no slot and leaves the balancer's turn as it is. Slow path.
   * @returns why it would go nowhere, if so
   */
  preview(key: string): Fallible<Preview> {
    this.session = undefined;
    this.counted = undefined;
    const input: PickInput = { ...this.input, key };
    const peer = this.peek(this.primary, false, input) ?? this.peek(this.backup, true, input);
    if (peer === undefined) return $multi(undefined, reasonForNone(this.peers));
    const { type } = this.config.balancer;
    return $multi({ peer, reason: reasonForPick(type, peer, this.peers, input.eligible) });
  }

  /** Gives the session's slot back. */
  release(session: Session): void {
    if (session.peer !== undefined && session.hasSlot) this.deps.ledger.release(session.peer);
    session.hasSlot = false;
  }

  active(peer: Peer): number {
    return this.deps.ledger.active(peer);
  }

  /** The one place that says who may be picked. */
  private isEligible(peer: Peer): boolean {
    if (peer.state !== "ready" || !peer.isUp || peer.weight <= 0) return false;
    const session = this.session;
    if (session !== undefined && hasTried(session, peer)) return false;
    return peer.maxConns === 0 || this.hasRoomFor(peer);
  }

  private hasRoomFor(peer: Peer): boolean {
    if (this.counted !== peer.family) {
      this.counted = peer.family;
      this.hasRoom = this.deps.ledger.activeOfFamily(peer) < peer.maxConns;
    }
    return this.hasRoom;
  }

  /** Between the question and the slot another worker may have taken the last one. */
  private isOverfull(peer: Peer, total: number): boolean {
    if (peer.maxConns === 0) return false;
    return (peer.family.length > 1 ? this.deps.ledger.activeOfFamily(peer) : total) > peer.maxConns;
  }

  private swap(config: UpstreamConfig, plan: PeerPlan): void {
    const isNewPolicy = !isEqual(this.config.balancer, config.balancer);
    this.config = config;
    this.hostHeader = config.hostHeader === DEFAULT_HOST_HEADER ? undefined : compile(config.hostHeader);
    this.serverName =
      config.tls === undefined || config.tls.serverName === "" ? undefined : compile(config.tls.serverName);
    if (isNewPolicy) {
      this.primary = this.createBalancer();
      this.backup = this.createBalancer();
    }
    for (const change of plan.changed) carryOut(change);
    // Whichever leaves last of a peer and its successors under the same id takes the counter with it.
    for (const peer of plan.moved) peer.isRemoved = true;
    for (const retirement of plan.removed) retire(retirement);
    this.use(plan.peers, plan.primary, plan.backup);
    this.removed = plan.removed.map(({ peer }) => peer);
    this.closing = this.peers.concat(this.removed).filter((peer) => peer.closing !== undefined);
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
    this.hasBackups = backup.length > 0;
    this.primary.update(primary);
    this.backup.update(backup);
  }

  /** A balancer that cannot look ahead is asked as one that begins now. */
  private peek(balancer: Balancer, isBackup: boolean, input: PickInput): Peer | undefined {
    if (balancer.peek !== undefined) return balancer.peek(input);
    const beginner = this.createBalancer();
    beginner.update(this.tier(isBackup));
    return beginner.pick(input);
  }

  private tier(isBackup: boolean): readonly Peer[] {
    return this.peers.filter((peer) => peer.isBackup === isBackup);
  }

  private createBalancer(): Balancer {
    const { registry, rng, clock } = this.deps;
    const { type, options } = this.config.balancer;
    const factory = registry.find(type) ?? registry.fallback;
    return factory.create({ rng, clock }, options);
  }
}

function goOn(this: void): void {
  // Who gives no pause has nothing else to do.
}

function compile(text: string): Template | undefined {
  const [template] = parseTemplate(text, []);
  return template;
}
