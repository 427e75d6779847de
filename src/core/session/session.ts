import type { AnswerCode } from "../answer";
import type { RetryKind } from "../config/snapshot";
import type { Peer } from "../pool/peer";
import type { Pool } from "../pool/pool";

/**
 * Why the gateway ends a session that is open: an operator asked for it, its peer is on its way out or down; and in relay mode, what
 * one side has done or not done.
 */
export type CloseReason =
  | "killed"
  | "drained"
  | "maint"
  | "removed"
  | "down"
  /** The worker exits after a reload, and the route wants its sessions closed then. */
  | "exiting"
  /** A side has sent what is against RFC 6455. */
  | "protocol_error"
  | "too_big"
  | "too_many"
  | "idle_timeout"
  | "max_age";

/**
 * One request on its way through the gateway: a WebSocket from its handshake to its end, or a plain HTTP exchange.
 * Objects are reused, so nobody keeps one after `SessionTable.close`.
 */
export interface Session {
  id: string;
  route: string;
  pool: Pool | undefined;
  /** Where it is, or is about to be, with a slot taken if `hasSlot`. */
  peer: Peer | undefined;
  hasSlot: boolean;
  isUpgrade: boolean;
  /** The peer has answered 101. */
  isOpen: boolean;
  /** When it did, in seconds of the `Clock`; before that, when the attempt under way began. */
  openedAt: number;
  /** Peers that this request does not go to again; absent for nearly all. */
  tried?: Peer[];
  /** Connects so far. */
  attempts: number;
  /** What kind of failure the last attempt ended with and no other followed; `""` while one is under way. */
  failure: RetryKind | "";
  /** What the gateway answered instead of the peer, or why it closes the open session; `""` if it does neither. */
  verdict: AnswerCode | CloseReason | "";
  /** When this attempt at a handshake is late, in seconds of the `Clock`; `LATE` once it is; 0 while none is under way. */
  deadline: number;
  /** What it hashes on, until it is open; `""` for nothing. */
  key: string;
  /** The request and its connection to the peer, as numbers that only the adapter understands; 0 for none. */
  requestHandle: number;
  upstreamHandle: number;
  /** Where the table keeps it: among the handshakes under way, and then among the open sessions. */
  place: number;
}

/** Sixteen fields: with one more, each open WebSocket would hold a table of twice the size. */
export function newSession(): Session {
  return {
    id: "",
    route: "",
    pool: undefined,
    peer: undefined,
    hasSlot: false,
    isUpgrade: false,
    isOpen: false,
    openedAt: 0,
    attempts: 0,
    failure: "",
    verdict: "",
    deadline: 0,
    key: "",
    requestHandle: 0,
    upstreamHandle: 0,
    place: 0,
  };
}

export function resetSession(session: Session): void {
  session.route = "";
  session.pool = undefined;
  session.peer = undefined;
  session.hasSlot = false;
  session.isUpgrade = false;
  session.isOpen = false;
  session.openedAt = 0;
  if (session.tried !== undefined) session.tried = undefined;
  session.attempts = 0;
  session.failure = "";
  session.verdict = "";
  session.deadline = 0;
  session.key = "";
  session.requestHandle = 0;
  session.upstreamHandle = 0;
  session.place = 0;
}

/** The deadline of an attempt that has missed it. */
export const LATE = -1;

export function isLate(session: Session): boolean {
  return session.deadline === LATE;
}

export function markTried(session: Session, peer: Peer): void {
  session.tried ??= [];
  session.tried.push(peer);
}

export function hasTried(session: Session, peer: Peer): boolean {
  return session.tried !== undefined && session.tried.includes(peer);
}
