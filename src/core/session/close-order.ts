import { matchesSession, type SessionFilter } from "./filter";
import type { Session } from "./session";

/** What the Close of a relay session says; what is absent goes with the verdict. Into a tunnel none can be written. */
export interface CloseWords {
  readonly code?: number;
  /** UTF-8, at most 123 bytes. */
  readonly reason?: string;
}

/** To close the sessions that are open when it is given: one by its id, or those of a filter. */
export interface CloseOrder extends CloseWords {
  /** When it is given, in seconds of the `Clock`. */
  readonly atS: number;
  readonly id?: string;
  readonly filter: SessionFilter;
  /** How many a second, over all workers; absent for all at once. */
  readonly rate?: number;
}

/** Ahead of time by about a tick of a worker, so that a second's last share is taken within it. */
const LEAD_S = 1 / 16;

export function isMeant(order: CloseOrder, session: Session, now: number): boolean {
  if (!session.isOpen || session.verdict !== "") return false;
  // A session from the future is an old one: the clock was set back.
  if (session.openedAt > order.atS && session.openedAt <= now) return false;
  return order.id === undefined ? matchesSession(order.filter, session) : order.id === session.id;
}

/** How many sessions may have been closed at a rate since this second began, or since the order was given in it. */
export function allowance(rate: number, atS: number, now: number): number {
  const inSecondS = now - Math.floor(now);
  const sinceOrderS = now - atS;
  const elapsedS = sinceOrderS >= 0 && sinceOrderS < inSecondS ? sinceOrderS : inSecondS;
  return Math.min(rate, Math.ceil(rate * (elapsedS + LEAD_S)));
}
