import { hasTried, type Session } from "../session/session";
import type { Ledger } from "./ledger";
import { isClosing, type Peer } from "./peer";
import type { SlowStart } from "./slow-start";

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
  /** Of the peers that are no backups and take sessions. */
  private readyCount = 0;
  private upCount = 0;
  private threshold = 0;
  /** Counts the picks. */
  private turn = 0;
  /** By family of several, the last pick that has counted it: as a negative number if it found it full. */
  private counted = new LuaMap<readonly Peer[], number>();

  constructor(
    private readonly ledger: Ledger,
    private readonly slowStart: SlowStart,
  ) {}

  /** After every change of the peers. @param threshold part of them that is to be up, 0 to 1 */
  use(primary: readonly Peer[], threshold: number): void {
    this.threshold = threshold;
    this.readyCount = 0;
    this.upCount = 0;
    for (const peer of primary) {
      if (takesSessions(peer)) {
        this.readyCount += 1;
        if (peer.isUp) this.upCount += 1;
      }
    }
    this.counted = new LuaMap();
    this.judge();
  }

  setUp(peer: Peer, isUp: boolean): void {
    if (peer.isUp === isUp) return;
    peer.isUp = isUp;
    if (peer.isBackup || peer.isRemoved || !takesSessions(peer)) return;
    this.upCount += isUp ? 1 : -1;
    this.judge();
  }

  /** Some peer that is no backup may be eligible. */
  hasPrimariesUp(): boolean {
    return this.upCount > 0;
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
    if (peer.maxConns === 0) return false;
    return (peer.family.length > 1 ? this.ledger.activeOfFamily(peer) : total) > peer.maxConns;
  }

  private mayTake(peer: Peer): boolean {
    if (peer.isRemoved || (!peer.isUp && !this.isPanic)) return false;
    const { session } = this;
    if (session !== undefined && hasTried(session, peer)) return false;
    return peer.maxConns === 0 || this.hasRoomFor(peer);
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

  /** With none up at all there is nobody to spare: sessions are refused at once, or go to backups. */
  private judge(): void {
    this.isPanic = this.upCount > 0 && this.upCount < this.threshold * this.readyCount;
  }
}

function takesSessions(peer: Peer): boolean {
  return peer.state === "ready" && peer.fullWeight > 0;
}
