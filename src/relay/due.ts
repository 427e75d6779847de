import { clientEnded, peerEndedToo, stepEnding, tryClose, wishClose } from "./end";
import type { SocketEnd } from "./line";
import { CLIENT_CODE, CLIENT_REASON } from "./codes";
import { crash, moveDueS, oldDone } from "./move";
import { DRAINING } from "./moving";
import type { RelayState } from "./state";

const NEVER_S = 86_400;

/** What time alone brings about in a session. */

/** Looks whether one of the two is dead, or the session has lasted long enough. */
export function judge(state: RelayState, nowS: number): void {
  const { client, host, liveness, limits, line, moving, toPeer } = state;
  const why = limits?.judge(nowS);
  if (why !== undefined) wishClose(state, why, CLIENT_CODE[why], CLIENT_REASON[why]);
  if (liveness === undefined) return;
  if (liveness.isClientDead(client, nowS)) {
    clientEnded(state, "gone");
    return;
  }
  // A peer that was told to close has its own time for that.
  if (line.hasEnded || (moving !== undefined && moving.phase >= DRAINING)) return;
  if (!liveness.isPeerDead(line.outlet, nowS, toPeer.messages(), host.mask())) return;
  host.cut(line);
  peerEnded(state, "gone");
}

/** The connection to the peer is over. */
export function peerEnded(state: RelayState, how: SocketEnd): void {
  if (state.isOver) return;
  state.line.hasEnded = true;
  if (state.ending !== undefined) peerEndedToo(state);
  else if (state.closeWish !== undefined) tryClose(state);
  else if (state.moving?.phase === DRAINING) oldDone(state);
  else crash(state, how);
}

/** When to look again, in seconds of the `Clock`. */
export function dueAtS(state: RelayState, nowS: number): number {
  const { closeWish, ending, limits, liveness, moving } = state;
  if (ending !== undefined) return stepEnding(state, nowS);
  let atS = Math.min(nowS + NEVER_S, moveDueS(state, nowS));
  if (closeWish !== undefined) atS = Math.min(atS, closeWish.deadlineS);
  if (limits !== undefined) atS = Math.min(atS, limits.dueAtS());
  // With a move under way the peer's pings have to wait.
  if (liveness !== undefined)
    atS = Math.min(atS, moving === undefined ? liveness.nextAtS() : liveness.client.nextAtS);
  return atS;
}
