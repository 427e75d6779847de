import type { Balancer, PickInput } from "../balance/contract";
import type { BalancerRegistry } from "../balance/registry";
import { DEFAULT_HOST_HEADER } from "../config/defaults";
import { parseTemplate, type Template } from "../config/template";
import { isEqual } from "../config/equality";
import type { UpstreamConfig } from "../config/snapshot";
import type { Fallible } from "../fallible";
import type { Clock, Rng } from "../ports";
import { hasTried, markTried, type Session } from "../session/session";
import type { Ledger } from "./ledger";
import type { Peer } from "./peer";
import { buildPeers, buildRemoved, type Lookup, type PeerKeys } from "./peers";
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

  /** Slow path. `lookup` knows the addresses of the names among the peers. */
  apply(config: UpstreamConfig, lookup: Lookup): void {
    const isNewPolicy = !isEqual(this.config.balancer, config.balancer);
    this.config = config;
    this.hostHeader = config.hostHeader === DEFAULT_HOST_HEADER ? undefined : compile(config.hostHeader);
    this.serverName =
      config.tls === undefined || config.tls.serverName === "" ? undefined : compile(config.tls.serverName);
    if (isNewPolicy) {
      this.primary = this.createBalancer();
      this.backup = this.createBalancer();
    }
    const { keys, ledger } = this.deps;
    const before = this.peers.concat(this.removed);
    this.peers = buildPeers(config, before, lookup, keys);
    const kept = new LuaMap<string, Peer>();
    for (const peer of this.peers) kept.set(peer.key, peer);
    for (const peer of before) {
      const successor = kept.get(peer.key);
      if (successor !== peer) this.drop(peer, successor === undefined);
    }
    this.removed = buildRemoved(config, this.peers, before, keys, (peer) => ledger.active(peer));
    this.closing = this.peers.concat(this.removed).filter((peer) => peer.closing !== undefined);
    this.updateBalancers();
  }

  /** The peers that no config has any more, and on which sessions are open. */
  removedPeers(): readonly Peer[] {
    return this.removed.filter((peer) => this.active(peer) > 0);
  }

  /** The upstream is gone. Sessions that are still open hold their peers themselves. */
  dispose(): void {
    for (const peer of this.peers) this.drop(peer, true);
    this.peers = [];
    this.removed = [];
    this.closing = [];
    this.updateBalancers();
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

  /** Whichever leaves last of a peer and its successors under the same id, with another address, takes the counter with it. */
  private drop(peer: Peer, isGone: boolean): void {
    peer.isRemoved = true;
    if (isGone) this.deps.ledger.closeShare(peer);
  }

  /** A balancer that cannot look ahead is asked as one that begins now. */
  private peek(balancer: Balancer, isBackup: boolean, input: PickInput): Peer | undefined {
    if (balancer.peek !== undefined) return balancer.peek(input);
    const beginner = this.createBalancer();
    beginner.update(this.tier(isBackup));
    return beginner.pick(input);
  }

  private updateBalancers(): void {
    const backup = this.tier(true);
    this.hasBackups = backup.length > 0;
    this.primary.update(this.tier(false));
    this.backup.update(backup);
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

function compile(text: string): Template | undefined {
  const [template] = parseTemplate(text, []);
  return template;
}
