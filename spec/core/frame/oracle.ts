import type { Writable } from "node:stream";
import * as ws from "ws";
import { bytes } from "./frames";
import type { Direction } from "./record";

/** What `ws` takes a stream for: its receiver, which its types leave out. */
interface Receiver extends Writable {
  _skipUTF8Validation: boolean;
  dataMessage(done: (error?: Error) => void): void;
}
type ReceiverClass = new (options: { isServer: boolean; extensions: object; maxPayload: number }) => Receiver;

const WsReceiver = (ws as unknown as { Receiver: ReceiverClass }).Receiver;

/** Texts are not judged, as they are not by the gateway; the reasons of Closes are. */
class Oracle extends WsReceiver {
  override dataMessage(done: (error?: Error) => void): void {
    this._skipUTF8Validation = true;
    super.dataMessage(done);
    this._skipUTF8Validation = false;
  }
}

/** Stands for permessage-deflate: what is compressed is taken as it came, so that framing alone is judged. */
const INFLATES_NOTHING = {
  "permessage-deflate": {
    decompress: (data: Buffer, _isFinal: boolean, done: (error: null, data: Buffer) => void) =>
      done(null, data),
  },
};

/** @returns the events that `record` gives, but a fault has its code alone */
export function ask(pieces: readonly string[], direction: Direction): string[] {
  const events: string[] = [];
  let isOver = false;
  const receiver = new Oracle({
    isServer: direction.isMasked,
    extensions: direction.reserved === 0 ? {} : INFLATES_NOTHING,
    maxPayload: direction.limits?.maxMessageBytes ?? 0,
  });
  receiver.on("message", (data: Buffer, isBinary: boolean) => {
    events.push(`message ${isBinary ? 2 : 1} ${data.length}`);
  });
  receiver.on("ping", (data: Buffer) => events.push(`control 9 ${data.toString("latin1")}`));
  receiver.on("pong", (data: Buffer) => events.push(`control 10 ${data.toString("latin1")}`));
  receiver.on("conclude", (code: number, reason: Buffer) => {
    isOver = true;
    const said = code === 1005 ? "" : bytes(code >> 8, code & 255) + reason.toString("latin1");
    events.push(`control 8 ${said}`);
  });
  for (const piece of pieces) {
    if (isOver) break;
    // Not `write`, which would tell of an error later. It unmasks in place: each gets a copy.
    receiver._write(Buffer.from(piece, "latin1"), "latin1", (error) => {
      if (error === undefined || error === null || isOver) return;
      isOver = true;
      events.push(`fault ${statusOf(error)}`);
    });
  }
  return events;
}

function statusOf(error: Error): unknown {
  const symbol = Object.getOwnPropertySymbols(error).find((own) => own.description === "status-code");
  return symbol === undefined ? error.message : (error as unknown as Record<symbol, unknown>)[symbol];
}
