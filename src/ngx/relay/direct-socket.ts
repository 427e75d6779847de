import type { Sender } from "../../relay/outlet";
import { receiveOn, sendOn } from "../connection";

/** MSG_DONTWAIT and MSG_NOSIGNAL; and that more follows at once, which spares a packet. */
const FLAGS = 0x4040;
const MORE_FOLLOWS = 0x8000;
/** More pieces are put together by nginx. */
const MAX_PIECES = 4;
/** `lua_socket_buffer_size` in location-base.conf: a read of so much may have left some behind. */
const SOCKET_BUFFER_BYTES = 2048;

export type Received = LuaMultiReturn<[chunk: string, err?: string] | [chunk: undefined, err: string]>;

/** What a session sends on and receives from. */
export interface Stream extends Sender {
  /** Waits until there is something. @returns at most so many bytes */
  receiveany(maxBytes: number): Received;
}

/**
 * The connection of a cosocket that has no TLS. What is to be sent is given to the system without a copy, and the socket gets only
 * what the system does not take at once, and then waits until it does. The socket also waits for what comes, into a buffer that is
 * small, as each session has one; what is behind that is then received in large pieces, into one buffer for all.
 */
export class DirectSocket implements Stream {
  /** The first time the socket does it, which then also tells the system not to hold small packets back. */
  declare private isBegun: boolean;
  /** Nothing is left in the socket's buffer, and the system may have more. */
  declare private mayHaveMore: boolean;

  static {
    DirectSocket.prototype.isBegun = false;
    DirectSocket.prototype.mayHaveMore = false;
  }

  /** @param handle of the socket's connection. @param owner what that belongs to */
  constructor(
    private readonly socket: NgxTcpSocket,
    private readonly handle: number,
    private readonly owner: number,
  ) {}

  receiveany(maxBytes: number): Received {
    if (this.mayHaveMore) {
      const more = receiveOn(this.handle, this.owner, maxBytes);
      this.mayHaveMore = more !== undefined && more.length === maxBytes;
      if (more !== undefined) return $multi(more);
    }
    const [chunk, err] = this.socket.receiveany(maxBytes);
    if (chunk === undefined) return $multi(undefined, err ?? "closed");
    // With less than was asked for, the socket's buffer is empty, however large it is.
    if (chunk.length >= SOCKET_BUFFER_BYTES && chunk.length < maxBytes) this.mayHaveMore = true;
    return $multi(chunk);
  }

  send(
    data: string | readonly string[],
  ): LuaMultiReturn<[sent: number, err?: string] | [sent: undefined, err: string]> {
    if (!this.isBegun) {
      this.isBegun = true;
      return this.socket.send(data);
    }
    return typeof data === "string" ? this.sendText(data) : this.sendPieces(data);
  }

  private sendText(
    text: string,
  ): LuaMultiReturn<[sent: number, err?: string] | [sent: undefined, err: string]> {
    const sent = sendOn(this.handle, this.owner, text, FLAGS);
    if (sent === text.length) return $multi(sent);
    return this.socket.send(sent === 0 ? text : text.substring(sent));
  }

  private sendPieces(
    pieces: readonly string[],
  ): LuaMultiReturn<[sent: number, err?: string] | [sent: undefined, err: string]> {
    const last = pieces.length - 1;
    if (last >= MAX_PIECES) return this.socket.send(pieces);
    for (const index of $range(0, last - 1)) {
      const piece = pieces[index]!;
      const sent = sendOn(this.handle, this.owner, piece, FLAGS + MORE_FOLLOWS);
      if (sent < piece.length) return this.socket.send(restOf(pieces, index, sent));
    }
    return this.sendText(pieces[last]!);
  }
}

/** What follows the first `sent` bytes of a piece. */
function restOf(this: void, pieces: readonly string[], index: number, sent: number): string[] {
  const rest = [pieces[index]!.substring(sent)];
  for (const at of $range(index + 1, pieces.length - 1)) rest.push(pieces[at]!);
  return rest;
}
