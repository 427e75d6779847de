import type { SessionPage } from "../core/listing/page";
import type { Fallible } from "../core/fallible";
import type { CloseWords } from "../core/session/close-order";
import type { SessionFilter } from "../core/session/filter";
import { slicer } from "./chore";
import type { Closed, Closing } from "./session-closer";
import { workerInUse } from "./worker";

/** What the admin API does with sessions, in whatever process they are. To be called where `ngx.sleep` may be. */

/**
 * The sessions that the filter means, `limit` at most.
 * @param after `next` of the page before
 * @returns the reason where `after` is no cursor
 */
export function listSessions(filter: SessionFilter, limit: number, after?: string): Fallible<SessionPage> {
  return workerInUse().sessionDirectory.page(filter, limit, after, slicer());
}

/** Open sessions that the list has no room for. */
export function countUnlisted(): number {
  return workerInUse().sessionDirectory.unlisted(slicer());
}

/** @returns the reason where the shared dict has no room for the command */
export function closeSession(id: string, words?: CloseWords): Fallible<Closed> {
  return workerInUse().sessionCloser.closeOne(id, words);
}

/** @returns the reason where the shared dict has no room for the command */
export function closeSessions(filter: SessionFilter, words?: CloseWords): Fallible<Closed> {
  return workerInUse().sessionCloser.closeAll(filter, words);
}

/**
 * @param rate at least 1: so many a second
 * @returns the reason where the shared dict has no room for the command
 */
export function closeSessionsPaced(
  filter: SessionFilter,
  rate: number,
  words?: CloseWords,
): Fallible<Closing> {
  return workerInUse().sessionCloser.closePaced(filter, rate, words);
}
