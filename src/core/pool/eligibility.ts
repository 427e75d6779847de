import { hasTried, type Session } from "../session/session";
import type { Ledger } from "./ledger";
import type { Clock } from "../ports";
import { isClosing, isWithdrawn, takesSessions, type Peer } from "./peer";
import type { SlowStart } from "./slow-start";

/** While another session has the trial of a peer, it is asked for again after so long. */
const TRIAL_AGAIN_S = 1;

/** The one place that says who may be picked, for every balancer. */
export class Eligibility {
  /** Who asks; absent for a look at what anyone would get. */
  session: Session | undefined;
  /** Whether peers that start slowly are held back. */
  isCapped = false;
  /** Since this was set to false, somebody was not eligible for that reason alone. */
  hasHeldBack = false;
  /** So few of the peers that take sessions are up that health is ignored: the few would be overrun. */
  isPanic = false;
  /** Whether what peers say themselves is heeded. */
  private hasAgents = false;
  /** Of the peers that are no backups and take sessions; those on trial are down. */
  private readyCount = 0;
  private upCount = 0;
  private trialCount = 0;
  private threshold = 0;
  /** Counts the picks. */
  private turn = 0;
  /** By family of several, the last pick that has counted it: as a negative number if it found it full. */
  private counted = new LuaMap<readonly Peer[], number>();

  constructor(
    private readonly ledger: Ledger,
    private readonly slowStart: SlowStart,
    private readonly clock: Clock,
  ) {}

  /** After every change of the peers. @param threshold part of them that is to be up, 0 to 1 */
  use(primary: readonly Peer[], threshold: number, hasAgents: boolean): void {
    this.threshold = threshold;
    this.hasAgents = hasAgents;
    this.readyCount = 0;
    this.upCount = 0;
    this.trialCount = 0;
    for (const peer of primary) this.count(peer, 1);
    this.counted = new LuaMap();
    this.judge();
  }

  /** What is about to change of a peer is counted no more; `join` is to follow. */
  leave(peer: Peer): void {
    this.count(peer, -1);
  }

  join(peer: Peer): void {
    this.count(peer, 1);
    this.judge();
  }

  /** Some peer that is no backup may be eligible. */
  hasPrimariesUp(): boolean {
    return this.upCount > 0 || this.trialCount > 0;
  }

  /** Whether a session that is closed can go to a peer that is no backup and is up, and there are not too few of these. */
  hasRefuge(): boolean {
    return this.upCount > 0 && !this.isPanic;
  }

  /** For people: how many of those that take sessions are up. */
  upShare(): string {
    return `${this.upCount.toString()} of ${this.readyCount.toString()}`;
  }

  /** Another pick begins. */
  begin(session: Session | undefined): void {
    this.session = session;
    this.isCapped = false;
    this.recount();
  }

  /** What was counted is not so any more: if one address of a name is full after all, all are. */
  recount(): void {
    this.turn += 1;
  }

  isEligible(peer: Peer): boolean {
    if (peer.state !== "ready" || peer.weight <= 0 || !this.mayTake(peer)) return false;
    if (this.hasAgents && isWithdrawn(peer)) return false;
    if (!this.isCapped || this.slowStart.admits(peer)) return true;
    this.hasHeldBack = true;
    return false;
  }

  /** A session that is bound to the peer may go there also while it drains, whatever its weight, until its sessions are closed. */
  isEligibleWhenBound(peer: Peer, nowS: number): boolean {
    if (peer.state === "maint" || isClosing(peer, nowS)) return false;
    return this.mayTake(peer);
  }

  /** Between the question and the slot another worker may have taken the last one. */
  isOverfull(peer: Peer, total: number): boolean {
    if (this.hasAgents && total > ownLimit(peer)) return true;
    if (peer.maxConns === 0) return false;
    return (peer.family.length > 1 ? this.ledger.activeOfFamily(peer) : total) > peer.maxConns;
  }

  private mayTake(peer: Peer): boolean {
    if (peer.isRemoved || (!peer.isUp && !this.isPanic && !this.mayTry(peer))) return false;
    const { session } = this;
    if (session !== undefined && hasTried(session, peer)) return false;
    if (this.hasAgents && !this.isWithinOwnLimit(peer)) return false;
    return peer.maxConns === 0 || this.hasRoomFor(peer);
  }

  /** A peer on trial takes one handshake at a time. */
  mayTry(peer: Peer): boolean {
    if (!peer.isOnTrial) return false;
    if (peer.trialTakenAtS === undefined) return true;
    const sinceS = this.clock.now() - peer.trialTakenAtS;
    // A time to come: the system's clock was set back.
    return sinceS < 0 || sinceS >= TRIAL_AGAIN_S;
  }

  private isWithinOwnLimit(peer: Peer): boolean {
    const limit = ownLimit(peer);
    return limit === Infinity || this.ledger.active(peer) < limit;
  }

  private hasRoomFor(peer: Peer): boolean {
    const { family, maxConns } = peer;
    if (family.length === 1) return this.ledger.active(peer) < maxConns;
    const { turn, counted } = this;
    const before = counted.get(family);
    if (before === turn) return true;
    if (before === -turn) return false;
    const hasRoom = this.ledger.activeOfFamily(peer) < maxConns;
    counted.set(family, hasRoom ? turn : -turn);
    return hasRoom;
  }

  private count(peer: Peer, by: number): void {
    if (peer.isBackup || peer.isRemoved || !takesSessions(peer)) return;
    this.readyCount += by;
    if (peer.isUp) this.upCount += by;
    else if (peer.isOnTrial) this.trialCount += by;
  }

  /** With none up at all there is nobody to spare: sessions are refused at once, or go to backups. */
  private judge(): void {
    this.isPanic = this.upCount > 0 && this.upCount < this.threshold * this.readyCount;
  }
}

/** What it takes by its own account, each address for itself. */
function ownLimit({ agent }: Peer): number {
  const limit = agent?.maxConns ?? 0;
  return limit === 0 ? Infinity : limit;
}
