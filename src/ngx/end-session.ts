import type { CloseReason, Session } from "../core/session/session";
import { clientHandle, shutDown } from "./connection";

/**
 * Ends an open session by closing both of its sockets, as a frame cannot be written into a tunnel; its log phase follows,
 * and gives the reason as its outcome.
 * @returns whether this call did it: not where the session is not open, or is being closed already
 */
export function endSession(this: void, session: Session, why: CloseReason): boolean {
  if (!session.isOpen || session.verdict !== "") return false;
  const isClientDown = shutDown(clientHandle(session.requestHandle));
  const isPeerDown = shutDown(session.upstreamHandle);
  if (!isClientDown && !isPeerDown) return false;
  session.verdict = why;
  return true;
}
