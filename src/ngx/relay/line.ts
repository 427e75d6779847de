import type { Agreement } from "../../core/handshake/extensions";
import type { Peer } from "../../core/pool/peer";
import type { Pool } from "../../core/pool/pool";
import type { Session } from "../../core/session/session";
import type { Line } from "../../relay/line";
import { Outlet, type Threads } from "../../relay/outlet";
import type { ToClient } from "../../relay/to-client";
import { clientHandle, ownerOf } from "../connection";
import { canSend } from "../send-queue";
import type { Dialled } from "./dial";
import { DirectSocket, type Stream } from "./direct-socket";

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
export class PeerLine implements Line, Agreement {
  declare heardAtS: number;
  declare beganWith: number;
  declare isPassing: boolean;
  declare hasEnded: boolean;
  declare subprotocol: string;
  declare extensions: string;
  /** What the peer has sent with its 101. */
  declare early: string;
  /** Who holds the slot there until the session does; absent where it does already. */
  slot?: Session;

  /** Most sessions have no other: they stand here, and not in each session. */
  static {
    const { prototype } = PeerLine;
    prototype.heardAtS = 0;
    prototype.beganWith = 0;
    prototype.isPassing = false;
    prototype.hasEnded = false;
    prototype.subprotocol = "";
    prototype.extensions = "";
    prototype.early = "";
  }

  /** @param handle of the socket's connection in nginx */
  constructor(
    readonly peer: Peer,
    readonly socket: NgxTcpSocket,
    readonly stream: Stream,
    readonly handle: number,
    readonly toClient: ToClient,
    readonly outlet: Outlet,
  ) {}
}

/** @param beganWith messages that the client has sent before */
export function newLine(
  peer: Peer,
  { socket, handle, subprotocol, extensions, rest: early }: Dialled,
  toClient: ToClient,
  beganWith: number,
  hasTls: boolean,
  slot?: Session,
): PeerLine {
  const stream = hasTls || handle === 0 ? socket : new DirectSocket(socket, handle, ownerOf(handle));
  const line = new PeerLine(peer, socket, stream, handle, toClient, new Outlet(stream, threads, handle));
  if (subprotocol !== "") line.subprotocol = subprotocol;
  if (extensions !== "") line.extensions = extensions;
  if (early !== "") line.early = early;
  if (beganWith > 0) line.beganWith = beganWith;
  line.slot = slot;
  return line;
}

/** How long a socket of an open session may be silent, or take nothing. */
export function waitAsLongAs({ config }: Pool, socket: NgxTcpSocket): void {
  socket.settimeouts(config.connectTimeoutMs, config.idleTimeoutMs, config.idleTimeoutMs);
}

export function hasTls({ pool }: Session): boolean {
  return pool?.config.tls !== undefined;
}

/** What the session's client is heard and told by. To be called in its request. */
export function clientStream({ requestHandle }: Session, socket: NgxTcpSocket): Stream {
  return ngx.var["scheme"] === "https"
    ? socket
    : new DirectSocket(socket, clientHandle(requestHandle), requestHandle);
}
