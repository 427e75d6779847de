import { closeAnswer } from "../core/frame/build";
import { GOING_AWAY, REDIRECT, SERVICE_RESTART, type CloseSaid } from "../core/frame/close-code";
import type { MoveReason } from "../core/session/relayed";
import type { CloseReason } from "../core/session/session";
import { PEER_LOST } from "./codes";
import { endMove, lost, lostCode, wishClose } from "./end";
import type { Line, SocketEnd } from "./line";
import { DIALLING, DRAINING, newMove, PAUSING, SWITCHING, WISHED, type Moving } from "./moving";
import { closePeer } from "./say-close";
import { allowsMove, type RelayState } from "./state";

const MS_PER_S = 1000;
/** Peers may break off or send it on again and again without a word between; then the session is not moved any more. */
const MAX_BREAKS = 3;
/** A peer that was told to close and goes on and on without closing has so long, beside what the client takes to read it. */
const LAST_WORDS_S = 30;
/** While what the old peer has said waits for a slow client. */
const LOOK_AGAIN_S = 0.25;
/** A session that nobody takes is asked again after so long, and at last only so often. */
const FIRST_REST_S = 2;
const LONGEST_REST_S = 60;
const REDIRECT_PREFIX = "peer=";

/** How a session in relay mode goes to another peer. */

/** There is a connection to another peer. @returns whether the session still wants it */
export function takeNext(state: RelayState, line: Line): boolean {
  const { moving, plan, toPeer, host } = state;
  if (moving === undefined || state.ending !== undefined || state.isOver) return false;
  state.next = line;
  toPeer.cuts = true;
  if (moving.isOrphan) moving.phase = SWITCHING;
  else {
    moving.phase = PAUSING;
    moving.deadlineS = plan.clock.now() + plan.config.moveTimeoutMs / MS_PER_S;
    tryDrain(state);
  }
  host.wake();
  return true;
}

/** Once both directions are at the end of a message, the old peer is told to close. */
export function tryDrain(state: RelayState): void {
  const { host, line, moving, plan, toPeer } = state;
  if (moving?.phase !== PAUSING || state.ending !== undefined) return;
  if (!toPeer.isBetween || state.isSendingToPeer || !line.toClient.isAtRest()) return;
  moving.phase = DRAINING;
  moving.pausedAtS = plan.clock.now();
  moving.deadlineS = moving.pausedAtS + LAST_WORDS_S;
  line.heardAtS = moving.pausedAtS;
  line.toClient.holdsMessages = true;
  closePeer(state, GOING_AWAY, "moved");
  host.wake();
}

/** The old peer has said its last. */
export function oldDone(state: RelayState): void {
  const { host, line, moving } = state;
  if (moving === undefined) return;
  line.hasEnded = true;
  // One that has answered the Close has read what was before it.
  if (line.toClient.close === undefined) noteUnconfirmed(state);
  if (line.toClient.isBetween) moving.phase = SWITCHING;
  else lost(state, "closed", SERVICE_RESTART, "the backend left in the middle of a message");
  host.wake();
}

/** The peer is gone without a Close. */
export function crash(state: RelayState, how: SocketEnd): void {
  state.crashes += 1;
  noteUnconfirmed(state);
  const isAble = allowsMove(state.plan, "crashed");
  const { isBetween } = state.line.toClient;
  if (isAble && isBetween && state.crashes <= MAX_BREAKS) orphan(state, "crashed", "");
  // Only what its client has of a message keeps it from going on: there are peers for it if it comes back.
  else lost(state, how, isAble && !isBetween ? SERVICE_RESTART : lostCode(state), PEER_LOST);
}

/** The peer has closed and says where its client belongs. @returns whether the session goes there */
export function redirect(state: RelayState, said: CloseSaid, payload: string): boolean {
  const { line, host } = state;
  if (said.code !== REDIRECT || !said.reason.startsWith(REDIRECT_PREFIX)) return false;
  if (!allowsMove(state.plan, "redirected")) return false;
  line.outlet.close(closeAnswer(payload, host.mask()));
  state.crashes += 1;
  noteUnconfirmed(state);
  if (line.toClient.isBetween && state.crashes <= MAX_BREAKS)
    orphan(state, "redirected", said.reason.substring(REDIRECT_PREFIX.length));
  else lost(state, "closed", SERVICE_RESTART, PEER_LOST);
  return true;
}

function orphan(state: RelayState, why: MoveReason, to: string): void {
  const { host, line, plan, replay, toPeer } = state;
  // Where no other peer takes the session, what the client says from now on is not the rest of what this one has got.
  line.outlet.abandon();
  toPeer.cuts = true;
  if (toPeer.breakOff() && replay?.isComplete === false) replay.breakOff();
  const moving = state.moving ?? newMove(why, true);
  state.moving = moving;
  moving.why = why;
  moving.mustLeave = true;
  moving.isOrphan = true;
  moving.redirect = to;
  moving.pausedAtS = plan.clock.now();
  if (moving.phase === PAUSING) moving.phase = SWITCHING;
  host.wake();
}

/** No peer takes it, or no message comes to its end. */
export function giveUp(state: RelayState, reason: string): void {
  const { host, line, moving, plan } = state;
  if (moving === undefined) return;
  endMove(state);
  host.moveFailed(line.peer, moving.why);
  beginRest(state);
  if (moving.isOrphan) lost(state, "closed", SERVICE_RESTART, reason);
  else if (moving.mustLeave && wishClose(state, closeReason(moving.why), SERVICE_RESTART, reason)) {
    // It has waited for the end of a message already.
    if (moving.phase === PAUSING)
      state.closeWish = { code: SERVICE_RESTART, reason, deadlineS: plan.clock.now() };
  }
}

/** Twice as long each time: an attempt takes memory that is the request's until its end. */
function beginRest(state: RelayState): void {
  const nowS = state.plan.clock.now();
  const { rest } = state;
  const isNew = rest === undefined || nowS >= rest.untilS + rest.lengthS;
  const lengthS = isNew ? FIRST_REST_S : Math.min(2 * rest.lengthS, LONGEST_REST_S);
  state.rest = { untilS: nowS + lengthS, lengthS };
}

export function isResting({ plan, rest }: RelayState): boolean {
  return rest !== undefined && plan.clock.now() < rest.untilS;
}

/** What is to be done about a move now. */
export interface MoveStep {
  readonly dials: boolean;
  readonly switches: boolean;
}

const DIALS: MoveStep = { dials: true, switches: false };
const SWITCHES: MoveStep = { dials: false, switches: true };

export function stepMove(state: RelayState, nowS: number): MoveStep | undefined {
  const { host, line, moving } = state;
  if (moving === undefined) return undefined;
  if (moving.phase === WISHED) {
    moving.phase = DIALLING;
    return DIALS;
  }
  if (moving.phase === PAUSING) {
    tryDrain(state);
    if (moving.phase === PAUSING && nowS >= moving.deadlineS) giveUp(state, "no end of a message came");
  } else if (moving.phase === DRAINING && !line.isPassing) {
    if (nowS >= oldDueS(state, moving)) oldDone(state);
  }
  if (moving.phase !== SWITCHING || state.moving !== moving) return undefined;
  if (state.isSendingToPeer || line.outlet.isSending()) host.cut(line);
  else if (!line.isPassing) return SWITCHES;
  return undefined;
}

/** When `stepMove` has something to do if nothing comes. */
export function moveDueS(state: RelayState, nowS: number): number {
  const { line, moving } = state;
  if (moving === undefined) return Infinity;
  if (moving.phase === PAUSING) return moving.deadlineS;
  if (moving.phase === SWITCHING) return nowS + LOOK_AGAIN_S;
  if (moving.phase !== DRAINING) return Infinity;
  return line.isPassing ? nowS + LOOK_AGAIN_S : oldDueS(state, moving);
}

/** When an old peer that does not close is left. */
function oldDueS({ line, plan }: RelayState, { deadlineS }: Moving): number {
  return Math.min(deadlineS, line.heardAtS + plan.config.closeTimeoutMs / MS_PER_S);
}

/** The old line is done with and nobody reads from it: the next one is in use from now on. */
export function switchOver(state: RelayState): void {
  const { host, line, liveness, moving, next, plan, replay, toPeer } = state;
  if (moving === undefined || next === undefined) return;
  const nowS = plan.clock.now();
  state.moves += 1;
  state.movedAtS = nowS;
  state.line = next;
  next.beganWith = toPeer.givenMessages;
  state.next = undefined;
  state.moving = undefined;
  state.rest = undefined;
  liveness?.restart();
  host.moved(line.peer, next.peer, moving.why, nowS - moving.pausedAtS, state.unconfirmed);
  const again = replay?.get() ?? "";
  if (again !== "") next.outlet.add(again);
  toPeer.cuts = false;
  host.openGate();
}

function noteUnconfirmed(state: RelayState): void {
  const { line, liveness, toPeer } = state;
  const confirmed = Math.max(line.beganWith, liveness?.peer.confirmed ?? 0);
  // Of the last one it may have got but the beginning.
  const partial = toPeer.isBetween ? 0 : 1;
  state.unconfirmed += Math.max(0, toPeer.givenMessages - confirmed) + partial;
}

function closeReason(why: MoveReason): CloseReason {
  return why === "maint" || why === "removed" || why === "down" ? why : "drained";
}
