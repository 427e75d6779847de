import { newSession, resetSession, type Session } from "./session";

/** More finished objects than this are left to the collector. */
const SPARES_KEPT = 256;

/**
 * The sessions of one worker, by their request: whoever takes a slot puts the session here, and the slot is given back when
 * it leaves. It also keeps the handshakes under way in a list, so that the deadline sweep visits nothing else.
 */
export class SessionTable {
  private readonly sessions = new LuaMap<number, Session>();
  private readonly spares: Session[] = [];
  private spareCount = 0;
  private serial = 0;
  private pending: Session | undefined;
  /** Sessions in the table. */
  size = 0;

  /** @param prefix makes ids unique over workers, restarts and reused process ids */
  constructor(private readonly prefix: string) {}

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

  find(request: number): Session | undefined {
    return this.sessions.get(request);
  }

  close(session: Session): void {
    this.endHandshake(session);
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
    session.next = this.pending;
    session.previous = undefined;
    if (this.pending !== undefined) this.pending.previous = session;
    this.pending = session;
  }

  endHandshake(session: Session): void {
    if (session.deadline === 0) return;
    session.deadline = 0;
    const { next, previous } = session;
    if (next !== undefined) next.previous = previous;
    if (previous !== undefined) previous.next = next;
    else this.pending = next;
    session.next = undefined;
    session.previous = undefined;
  }

  /** Calls `act` once for each attempt whose deadline has passed. `act` must not open or close sessions. */
  eachLate(now: number, act: (this: void, session: Session) => void): void {
    let session = this.pending;
    while (session !== undefined) {
      const next: Session | undefined = session.next;
      if (!session.isLate && session.deadline <= now) {
        session.isLate = true;
        act(session);
      }
      session = next;
    }
  }
}
