import type { CloseReason, Session } from "../core/session/session";
import type { SessionTable } from "../core/session/session-table";
import { clientHandle, shutDown } from "./connection";

/**
 * Ends an open session. One in relay mode gets a Close, and ends when both sides have answered it. A tunnel's sockets are closed, as
 * a frame cannot be written into it; its log phase follows, and gives the reason as its outcome.
 * @param code of the Close, with its reason; absent: what goes with `why`. A tunnel has none
 * @returns whether this call did it: not where the session is not open, or is being closed already
 */
export function endSession(
  sessions: SessionTable,
  session: Session,
  why: CloseReason,
  code?: number,
  reason?: string,
): boolean {
  if (!session.isOpen || session.verdict !== "") return false;
  const relayed = sessions.relayed.get(session);
  if (relayed !== undefined) return relayed.close(why, code, reason);
  const isClientDown = shutDown(clientHandle(session.requestHandle));
  const isPeerDown = shutDown(session.upstreamHandle);
  if (!isClientDown && !isPeerDown) return false;
  session.verdict = why;
  return true;
}
