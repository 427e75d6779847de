import type { Agreement } from "../../core/handshake/extensions";
import type { Peer } from "../../core/pool/peer";
import type { Pool } from "../../core/pool/pool";
import type { Session } from "../../core/session/session";
import type { Line } from "../../relay/line";
import { Outlet, type Threads } from "../../relay/outlet";
import type { ToClient } from "../../relay/to-client";
import { canSend } from "../send-queue";
import type { Dialled } from "./dial";

const REST_S = 0.005;
/** What a socket takes at once if it takes anything: a Close is of 131 bytes at most. */
const BYTES_AT_ONCE = 512;

/** For the outlets of a session. */
export const threads: Threads = {
  rest: () => {
    ngx.sleep(REST_S);
  },
  // A thread that has ended stays in memory as long as the one that began it: there is one only where the socket is full.
  flush: (outlet, connection, bytes) => {
    if (bytes <= BYTES_AT_ONCE && canSend(connection)) outlet.flush();
    else ngx.thread.spawn(flush, outlet);
  },
};

function flush(this: void, outlet: Outlet): void {
  outlet.flush();
}

/** A session's connection to a peer, with its socket. */
export interface PeerLine extends Line, Agreement {
  readonly socket: NgxTcpSocket;
  /** Its connection in nginx. */
  readonly handle: number;
  /** Who holds the slot there until the session does; absent where it does already. */
  slot: Session | undefined;
  /** What the peer has sent with its 101. */
  readonly early: string;
}

/** @param beganWith messages that the client has sent before */
export function newLine(
  peer: Peer,
  { socket, handle, subprotocol, extensions, rest: early }: Dialled,
  toClient: ToClient,
  beganWith: number,
  slot?: Session,
): PeerLine {
  return {
    peer,
    socket,
    handle,
    subprotocol,
    extensions,
    early,
    slot,
    toClient,
    beganWith,
    outlet: new Outlet(socket, threads, handle),
    heardAtS: 0,
    isPassing: false,
    hasEnded: false,
  };
}

/** How long a socket of an open session may be silent, or take nothing. */
export function waitAsLongAs({ config }: Pool, socket: NgxTcpSocket): void {
  socket.settimeouts(config.connectTimeoutMs, config.idleTimeoutMs, config.idleTimeoutMs);
}
