import type { RetryKind } from "../../core/config/snapshot";
import type { Peer } from "../../core/pool/peer";
import type { Pool } from "../../core/pool/pool";

/** An open WebSocket to a peer. */
export interface Dialled {
  readonly socket: NgxTcpSocket;
  /** Its connection in nginx, as in `connection.ts`; 0 if it was not found. */
  readonly handle: number;
  /** What the peer has sent behind the head of its answer. */
  readonly rest: string;
  /** As the peer agreed to; `""` for none. */
  readonly subprotocol: string;
  readonly extensions: string;
  /** From the start of the connect to the 101, in milliseconds. */
  readonly latencyMs: number;
}

export interface DialFailure {
  readonly kind: RetryKind;
  /** In words, for the log and the health of the peer. */
  readonly reason: string;
  /** Whether the peer may have got anything of the request. */
  readonly hasSent: boolean;
}

/** What a handshake with a peer takes beside the current request. */
export interface DialOptions {
  /** For connect and answer together, in milliseconds. */
  readonly timeoutMs: number;
  /** The value of `Switchboard-Resume`; absent for the first peer of a session. */
  readonly resume?: string;
}

/**
 * Opens a WebSocket to a peer with the fields of the current request. To be called in a request, at any time as long as it lasts; it
 * waits.
 */
export function dial(
  _peer: Peer,
  _pool: Pool,
  _options: DialOptions,
): LuaMultiReturn<[line: Dialled] | [line: undefined, failure: DialFailure]> {
  return $multi(undefined, { kind: "error", reason: "not there", hasSent: false });
}
