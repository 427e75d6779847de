import type { RouteConfig } from "../config/snapshot";
import type { Peer } from "../pool/peer";
import type { CloseReason } from "./session";

/** Why a session goes to another peer. */
export type MoveReason =
  | "drained"
  | "maint"
  | "removed"
  | "down"
  | "rebalanced"
  /** Its peer is gone without a Close, or answers no ping. */
  | "crashed"
  /** Its peer asked for it. */
  | "redirected";

/** What may be asked of a session whose frames the gateway relays, from anywhere in its worker. Nothing here waits. */
export interface Relayed {
  readonly route: RouteConfig;
  /** How often it went to another peer, and when last, in seconds of the `Clock`; 0: never. */
  readonly moves: number;
  readonly movedAtS: number;
  /** Whether a move is under way. */
  isMoving(): boolean;
  /** Whether its route moves sessions for that reason at all. */
  canMove(why: MoveReason): boolean;
  /**
   * Has it go to another peer at the next boundary. Asking again while a move is under way changes nothing.
   * @param to where; absent: where the balancer puts it
   * @param mustLeave it is closed with 1012 where no peer takes it; else it stays
   * @returns whether a move is under way now
   */
  move(why: MoveReason, mustLeave: boolean, to?: Peer): boolean;
  /**
   * Has it closed with a Close to both sides, at the next boundary towards the client.
   * @param code absent: what goes with the reason
   * @returns whether this call did it: not where it is ending already
   */
  close(why: CloseReason, code?: number, reason?: string): boolean;
  /** Who ended it and how, as in the access log, if it was not the gateway; `""` while it is open. */
  readonly outcome: string;
  /** Its request is over: gives back what it holds on peers beside the session's own slot. */
  abandon(): void;
  /** For an operator who looks at it. */
  describe(): RelayView;
}

/** Numbers since the session was open. */
export interface RelayView {
  readonly moves: number;
  /** Whole data messages, and bytes of payload, from the client and from its peers. */
  readonly messagesFromClient: number;
  readonly messagesFromPeer: number;
  readonly bytesFromClient: number;
  readonly bytesFromPeer: number;
  /** Messages handed to peers that broke off before they confirmed them by a pong. */
  readonly unconfirmedMessages: number;
  /** Round trips of the last pings, in milliseconds; absent: none yet. */
  readonly clientRttMs?: number;
  readonly peerRttMs?: number;
  /** The last frames, the oldest first; absent without `flight_recorder`. */
  readonly frames?: readonly RecordedFrame[];
}

export interface RecordedFrame {
  /** Seconds of the `Clock`. */
  readonly atS: number;
  /** `client`: it came from the client. */
  readonly from: "client" | "peer" | "gateway";
  readonly opcode: number;
  readonly isFinal: boolean;
  /** Of the payload, in bytes. */
  readonly length: number;
  /** Of a Close. */
  readonly code?: number;
}
