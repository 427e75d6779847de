import type { Sender } from "../../relay/outlet";
import { sendOn } from "../connection";

/** MSG_DONTWAIT and MSG_NOSIGNAL; and that more follows at once, which spares a packet. */
const FLAGS = 0x4040;
const MORE_FOLLOWS = 0x8000;
/** More pieces are put together by nginx. */
const MAX_PIECES = 4;

/**
 * Gives the system what is to be sent without a copy of it, and the socket only what the system does not take at once: the socket
 * then waits until it does. For a connection without TLS.
 */
export class DirectSender implements Sender {
  /** The first time the socket does it, which then also tells the system not to hold small packets back. */
  declare private isBegun: boolean;

  static {
    DirectSender.prototype.isBegun = false;
  }

  /** @param handle of the socket's connection. @param owner what that belongs to */
  constructor(
    private readonly socket: NgxTcpSocket,
    private readonly handle: number,
    private readonly owner: number,
  ) {}

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
