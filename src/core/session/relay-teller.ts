import type { Peer } from "../pool/peer";
import type { MoveReason, RelayView } from "./relayed";
import type { Session } from "./session";

export type Side = "client" | "peer";

/** Is told what happens to sessions whose frames the gateway relays. Nothing here waits. */
export interface RelayTeller {
  /**
   * The session goes on with another peer.
   * @param pausedS how long nothing of the client's was handed on
   * @param unconfirmed as in `RelayView`
   */
  moved(session: Session, from: Peer, to: Peer, why: MoveReason, pausedS: number, unconfirmed: number): void;
  /** It should have gone to another peer, and none took it. */
  moveFailed(session: Session, from: Peer, why: MoveReason): void;
  /** A side has answered the gateway's ping. */
  roundTrip(session: Session, side: Side, ms: number): void;
  /** A side has sent frames that are not taken. @param code of the Close that it gets: 1002, 1007, 1008 or 1009 */
  frameRefused(session: Session, side: Side, code: number): void;
  /**
   * The session is over; its log phase follows. Each session that is relayed comes here once.
   */
  relayEnded(session: Session, view: RelayView): void;
}
