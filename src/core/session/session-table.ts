import { MarkedPlaces } from "./marked-places";
import { Places } from "./places";
import type { Relayed } from "./relayed";
import { isLate, LATE, newSession, resetSession, type Session } from "./session";

/** More finished objects than this are left to the collector. */
const SPARES_KEPT = 256;

/**
 * The sessions of one worker, by their request: whoever takes a slot puts the session here, and the slot is given back when
 * it leaves. It also keeps the handshakes under way, so that the deadline sweep visits nothing else, and the open
 * sessions, each at a place that is its own until it closes.
 */
export class SessionTable {
  private readonly sessions = new LuaMap<number, Session>();
  private readonly spares: Session[] = [];
  private spareCount = 0;
  private serial = 0;
  /** The first `pendingCount` are the handshakes under way, in no order. */
  private readonly pending: (Session | undefined)[] = [];
  private pendingCount = 0;
  private readonly opened = new Places<Session>();
  /** What may be asked of the open sessions in relay mode; no field of theirs, as most are tunnels. */
  readonly relayed = new LuaMap<Session, Relayed>();
  /** Where a session has opened or closed since somebody looked. */
  readonly changed = new MarkedPlaces();
  /** Sessions in the table. */
  size = 0;

  /** @param prefix makes ids unique over workers, restarts and reused process ids */
  constructor(readonly prefix: string) {}

  /** @param request its handle; no other session of the table may have it */
  open(request: number): Session {
    let session: Session | undefined;
    if (this.spareCount > 0) {
      this.spareCount -= 1;
      session = this.spares[this.spareCount];
    }
    session ??= newSession();
    this.serial += 1;
    session.id = this.prefix + this.serial.toString();
    session.requestHandle = request;
    this.sessions.set(request, session);
    this.size += 1;
    return session;
  }

  /** The last part of its id, which is the prefix and this. */
  serialOf(session: Session): number {
    return Number(session.id.substring(this.prefix.length));
  }

  find(request: number): Session | undefined {
    return this.sessions.get(request);
  }

  close(session: Session): void {
    this.endHandshake(session);
    this.relayed.delete(session);
    if (session.isOpen) {
      this.opened.vacate(session.place);
      this.changed.mark(session.place);
    }
    this.sessions.delete(session.requestHandle);
    this.size -= 1;
    resetSession(session);
    if (this.spareCount < SPARES_KEPT) {
      this.spares[this.spareCount] = session;
      this.spareCount += 1;
    }
  }

  /** From now on the attempt under way is watched by `eachLate`. */
  beginHandshake(session: Session, deadline: number): void {
    const isListed = session.deadline !== 0;
    session.deadline = deadline;
    if (isListed) return;
    session.place = this.pendingCount;
    this.pending[this.pendingCount] = session;
    this.pendingCount += 1;
  }

  endHandshake(session: Session): void {
    if (session.deadline === 0) return;
    session.deadline = 0;
    this.pendingCount -= 1;
    const last = this.pending[this.pendingCount]!;
    this.pending[session.place] = last;
    last.place = session.place;
    this.pending[this.pendingCount] = undefined;
    session.place = 0;
  }

  /** Calls `act` once for each attempt whose deadline has passed. `act` must not open or close sessions. */
  eachLate(now: number, act: (this: void, session: Session) => void): void {
    // From the end: what takes the place of one that leaves was visited.
    for (const place of $range(this.pendingCount - 1, 0, -1)) {
      const session = this.pending[place];
      if (session !== undefined && !isLate(session) && session.deadline <= now) {
        session.deadline = LATE;
        act(session);
      }
    }
  }

  /** The handshake has succeeded. @param now in seconds of the `Clock` */
  markOpen(session: Session, now: number): void {
    this.endHandshake(session);
    session.isOpen = true;
    session.key = "";
    session.openedAt = now;
    session.place = this.opened.put(session);
    this.changed.mark(session.place);
  }

  openCount(): number {
    return this.opened.count;
  }

  /** Every open session's `place` is below. */
  openHighWater(): number {
    return this.opened.highWater;
  }

  /** For scans that are done in slices: a session that stays open is met exactly once. */
  openAt(place: number): Session | undefined {
    return this.opened.at(place);
  }

  /** Calls `act` for each open session. `act` must not open or close sessions. */
  eachOpen(act: (this: void, session: Session) => void): void {
    for (const place of $range(0, this.opened.highWater - 1)) {
      const session = this.opened.at(place);
      if (session !== undefined) act(session);
    }
  }
}
