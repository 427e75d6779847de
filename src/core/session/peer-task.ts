import type { Closing } from "../config/snapshot";
import { isClosing, isDismissed, isWithdrawn, type Peer } from "../pool/peer";
import type { Clock, Rng } from "../ports";
import { Pace } from "./pace";
import type { Relayed } from "./relayed";
import type { Task } from "./rounds";
import type { CloseReason, Session } from "./session";
import { Turns } from "./turns";

export interface PeerTaskDeps {
  readonly clock: Clock;
  readonly rng: Rng;
  /** Absent for a tunnel. */
  relayed(this: void, session: Session): Relayed | undefined;
  /** Closes the session. */
  end(this: void, session: Session, why: CloseReason): unknown;
}

/** Why a session has to leave its peer, by a move or by its end. */
type LeaveReason = "drained" | "maint" | "removed" | "down";

/** A peer that is closing may still get sessions: handshakes that were under way, and bound sessions. */
const LOOK_AGAIN_S = 0.5;
/** Who stayed may find a place by then. */
const ASK_AGAIN_S = 3;

/** Open sessions of one peer that are to leave it. */
export abstract class PeerTask implements Task {
  abstract readonly turns: Turns;
  protected peer!: Peer;
  protected why: LeaveReason = "drained";

  /** @param only whose sessions these are; absent: of all that count for the peer */
  constructor(
    private readonly only: Peer | undefined,
    private readonly spread: Closing,
    protected readonly deps: PeerTaskDeps,
  ) {}

  abstract act(session: Session): void;

  isFor(only: Peer | undefined, { atS, spreadMs }: Closing): boolean {
    return this.only === only && this.spread.atS === atS && this.spread.spreadMs === spreadMs;
  }

  means(session: Session): boolean {
    const { only } = this;
    if (only === undefined) return session.peer?.totalKey === this.peer.totalKey;
    // Whoever came when it was down already is its trial, which is to show whether it works again.
    return session.peer === only && !(only.isOnTrial && this.cameAtS(session) >= only.healthSinceS);
  }

  private cameAtS(session: Session): number {
    const movedAtS = this.deps.relayed(session)?.movedAtS ?? 0;
    return movedAtS === 0 ? session.openedAt : movedAtS;
  }
}

/** Closes them: all that cannot be moved. */
export class CloseTask extends PeerTask {
  readonly turns: Turns;

  /** @param closing as of the peer */
  constructor(only: Peer | undefined, closing: Closing, deps: PeerTaskDeps) {
    super(only, closing, deps);
    this.turns = new Turns(new Pace(closing, deps.clock.now(), deps.rng), LOOK_AGAIN_S);
  }

  update(peer: Peer): void {
    this.peer = peer;
    this.why = peer.closing === undefined ? "down" : reasonOf(peer);
  }

  act(session: Session): void {
    if (this.means(session)) this.deps.end(session, this.why);
  }
}

/** Asks them to move, and again in rounds as long as they are there; never faster than in the round that had the most. */
export class MoveTask extends PeerTask {
  readonly turns: Turns;
  private hasRefuge = false;
  private most = 0;

  /** @param spread of the round that has the most */
  constructor(only: Peer | undefined, spread: Closing, deps: PeerTaskDeps) {
    super(only, spread, deps);
    const { clock, rng } = deps;
    this.turns = new Turns(new Pace(spread, clock.now(), rng), ASK_AGAIN_S, (nowS, count) => {
      this.most = Math.max(this.most, count);
      return new Pace({ atS: nowS, spreadMs: (spread.spreadMs * count) / this.most }, nowS, rng);
    });
  }

  /** @param hasRefuge whether somebody could take them */
  update(peer: Peer, hasRefuge: boolean): void {
    this.peer = peer;
    this.hasRefuge = hasRefuge;
    this.why = isDismissed(peer) || isWithdrawn(peer) ? reasonOf(peer) : "down";
  }

  /** Whether it is one of those that are moved rather than closed. */
  canMove(session: Session): boolean {
    return this.deps.relayed(session)?.canMove(this.why) === true;
  }

  /** Nobody is asked to go where nobody can go; but for those that must, which are told. */
  mayAsk(): boolean {
    return this.hasRefuge || this.mustLeave();
  }

  act(session: Session): void {
    if (!this.means(session) || !this.mayAsk()) return;
    this.deps.relayed(session)?.move(this.why, this.mustLeave());
  }

  private mustLeave(): boolean {
    return isClosing(this.peer, this.deps.clock.now());
  }
}

function reasonOf(peer: Peer): LeaveReason {
  if (peer.isRemoved) return "removed";
  return peer.state === "maint" ? "maint" : "drained";
}
