import { closeAnswer, closeFrame } from "../core/frame/build";
import {
  GOING_AWAY,
  INTERNAL_ERROR,
  NO_CODE,
  PROTOCOL_ERROR,
  TOO_BIG,
  type CloseSaid,
} from "../core/frame/close-code";
import type { FrameFault } from "../core/frame/fault";
import type { CloseReason } from "../core/session/session";
import { CLIENT_CODE, CLIENT_REASON } from "./codes";
import type { SocketEnd } from "./line";
import { closeClient, closePeer } from "./say-close";
import { isEnding, type RelayState } from "./state";

const MS_PER_S = 1000;
/** A side that has got the other's Close has so long to answer it. */
const CLOSE_ANSWER_S = 30;
/** As long as nginx lingers for a tunnel, so that a side that is still sending gets the last words and not a reset. */
const LINGER_S = 1.5;
/** How much longer a client has that is still taking what is before its Close. */
const STILL_SENDING_S = 1;

/** How a session in relay mode comes to its end. */

/** The gateway ends it, as soon as a message ends. @returns whether this call did it */
export function wishClose(state: RelayState, why: CloseReason, code: number, reason: string): boolean {
  if (isEnding(state)) return false;
  const { clock, config } = state.plan;
  state.host.judge(why);
  state.closeWish = { code, reason, deadlineS: clock.now() + config.moveTimeoutMs / MS_PER_S };
  state.host.wake();
  return true;
}

/** Carries out the wish if the client is between two messages, or it has waited long enough: then between two frames. */
export function tryClose(state: RelayState): void {
  const { closeWish, line } = state;
  if (closeWish === undefined) return;
  if (!line.toClient.isBetween && !line.hasEnded && state.plan.clock.now() < closeWish.deadlineS) return;
  state.closeWish = undefined;
  closeBoth(state, closeWish.code, closeWish.reason, GOING_AWAY, closeWish.reason);
}

/** The client has sent what nobody may send, or more than it may. */
export function clientFault(state: RelayState, { code, reason }: FrameFault): void {
  if (state.ending !== undefined) return;
  state.host.refused("client", code);
  state.host.judge(code === TOO_BIG ? "too_big" : "protocol_error");
  closeBoth(state, code, reason, GOING_AWAY, "the client broke the protocol");
  // Its own Close will not be found among what it sends.
  state.ending!.deadlineS = state.plan.clock.now() + LINGER_S;
}

export function peerFault(state: RelayState, { code, reason }: FrameFault): void {
  const { host, line } = state;
  host.refused("peer", code);
  line.hasEnded = true;
  closePeer(state, code, reason);
  if (state.ending !== undefined) {
    peerDone(state);
    return;
  }
  host.judge("protocol_error");
  closeBoth(state, INTERNAL_ERROR, CLIENT_REASON.protocol_error, PROTOCOL_ERROR, reason);
}

/** The peer is gone without a Close, and the session goes nowhere else. */
export function lost(state: RelayState, how: SocketEnd, code: number, reason: string): void {
  state.line.hasEnded = true;
  if (state.outcome === "") state.outcome = `upstream:${how}`;
  closeBoth(state, code, reason, GOING_AWAY, reason);
}

export function lostCode(state: RelayState): number {
  const { state: admin, isRemoved } = state.line.peer;
  return admin !== "ready" || isRemoved ? CLIENT_CODE.drained : INTERNAL_ERROR;
}

/** The peer has sent a Close, which is the client's. */
export function peerClosed(state: RelayState, said: CloseSaid): void {
  begin(state, `upstream:close_${said.code}`, CLOSE_ANSWER_S);
  state.recorder?.noteCode(said.code);
  state.client.close(closeFrame(said.code === NO_CODE ? 0 : said.code, said.reason));
  peerDone(state);
}

/** The client's Close has gone to the peer. */
export function clientClosed(state: RelayState, said: CloseSaid): void {
  state.recorder?.noteCode(said.code);
  state.line.outlet.noteClose();
  begin(state, `client:close_${said.code}`, CLOSE_ANSWER_S);
  // It may have gone while the Close was on its way to it.
  if (state.line.hasEnded) peerEndedToo(state);
  clientDone(state);
}

/** The client's connection is over. */
export function clientEnded(state: RelayState, how: SocketEnd): void {
  if (state.isOver) return;
  const isFirst = state.ending === undefined;
  begin(state, `client:${how}`, LINGER_S);
  clientDone(state);
  // One that has only ended its sending may still get what is on its way.
  if (isFirst && (how !== "closed" || state.line.hasEnded || !state.host.endSending(state.line))) over(state);
}

/** The peer's connection is over while the session is ending. */
export function peerEndedToo(state: RelayState): void {
  const { close } = state.toPeer;
  if (close !== undefined && !state.client.hasClosed) state.client.close(closeAnswer(close));
  peerDone(state);
}

/** @returns when to look again */
export function stepEnding(state: RelayState, nowS: number): number {
  const { ending, client, toPeer } = state;
  if (ending === undefined) return Infinity;
  if (nowS < ending.deadlineS) return ending.deadlineS;
  if (client.isSending() && nowS < ending.deadlineS + CLOSE_ANSWER_S) return nowS + STILL_SENDING_S;
  if (toPeer.close !== undefined && !client.hasClosed) client.close(closeAnswer(toPeer.close));
  over(state);
  return nowS;
}

function closeBoth(
  state: RelayState,
  code: number,
  reason: string,
  peerCode: number,
  peerReason: string,
): void {
  const { client, line, plan } = state;
  begin(state, "", plan.config.closeTimeoutMs / MS_PER_S);
  closeClient(state, code, reason);
  if (client.fault !== "") state.ending!.clientDone = true;
  if (!line.hasEnded) closePeer(state, peerCode, peerReason);
  if (line.hasEnded) state.ending!.peerDone = true;
  settle(state);
}

function begin(state: RelayState, outcome: string, patienceS: number): void {
  if (state.ending !== undefined) return;
  if (state.outcome === "") state.outcome = outcome;
  state.closeWish = undefined;
  state.ending = { deadlineS: state.plan.clock.now() + patienceS, clientDone: false, peerDone: false };
  endMove(state);
  state.host.wake();
}

/** It goes nowhere any more. */
export function endMove(state: RelayState): void {
  const { host, next, toPeer } = state;
  state.moving = undefined;
  state.next = undefined;
  toPeer.cuts = false;
  if (next !== undefined) host.drop(next);
  host.openGate();
}

function clientDone(state: RelayState): void {
  state.ending!.clientDone = true;
  settle(state);
}

function peerDone(state: RelayState): void {
  state.line.hasEnded = true;
  state.ending!.peerDone = true;
  settle(state);
}

function settle(state: RelayState): void {
  if (state.ending!.clientDone && state.ending!.peerDone) over(state);
}

function over(state: RelayState): void {
  state.isOver = true;
  state.host.wake();
}
