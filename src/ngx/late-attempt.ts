import type { Session } from "../core/session/session";
import { hasUpstream, shutDown, upstreamHandle } from "./connection";
import { log } from "./world";

/** Ends an attempt at a handshake whose time is over; nginx then sees its end as if the peer had closed it. */
export function endLateAttempt(this: void, session: Session): void {
  // The handshake of a relay keeps its time itself.
  if (!hasUpstream(session.requestHandle)) return;
  if (!shutDown(upstreamHandle(session.requestHandle))) {
    log.write("warn", `session ${session.id} is late, and its connection to the peer was not found`);
  }
}
