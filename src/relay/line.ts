import type { MoveReason } from "../core/session/relayed";
import type { CloseReason } from "../core/session/session";
import type { Peer } from "../core/pool/peer";
import type { Outlet } from "./outlet";
import type { ToClient } from "./to-client";

/** A session's connection to a peer. */
export interface Line {
  readonly peer: Peer;
  readonly outlet: Outlet;
  readonly toClient: ToClient;
  /** When something came from it last, in seconds of the `Clock`; known while it drains. */
  heardAtS: number;
  /** Messages that earlier peers were given. */
  beganWith: number;
  /** What came from it waits for the client to take it. */
  isPassing: boolean;
  /** It has sent a Close, or its connection is over. */
  hasEnded: boolean;
}

/** How a connection is over, as far as its reader can tell; `gone`: it answers no ping. */
export type SocketEnd = "closed" | "reset" | "gone";

/** What a session asks of whoever runs it. Nothing here waits. */
export interface Host {
  /** `step` is to be called soon. */
  wake(): void;
  /** The client's thread, which waits because `isClientPaused`, is to look again. */
  openGate(): void;
  /** The peer is to see that nothing more comes, and may go on sending. @returns whether that could be done */
  endSending(line: Line): boolean;
  /** Whatever waits for this peer's socket is to wait no more. */
  cut(line: Line): void;
  /** A line that no one will use. */
  drop(line: Line): void;
  /** Why the gateway ends the session. */
  judge(why: CloseReason): void;
  moved(from: Peer, to: Peer, why: MoveReason, pausedS: number, unconfirmed: number): void;
  moveFailed(from: Peer, why: MoveReason): void;
  /** A side has sent what is not taken. @param code of the Close that it gets */
  refused(side: "client" | "peer", code: number): void;
  /** Gives back the slots of lines that are not in use. */
  abandon(): void;
  /** A masking key. */
  mask(): number;
}
