import { dataHead } from "../core/frame/build";
import type { FrameFault } from "../core/frame/fault";
import { CONTROL, FAULT, type FrameScanner } from "../core/frame/scanner";

const FINAL = 0x80;
const CLOSE = 0x8;
const PONG = 0xa;
const CONTINUATION = 0x0;

/** Whether a pong answers a ping of the gateway, and is not for the other side. */
export type OwnPong = (this: void, payload: string) => boolean;

/**
 * Makes of what a peer sends what goes to the client. A frame is held until it is whole, so that the client is between two frames
 * whenever the peer breaks off, and can be told; one that is too large for that goes on in pieces, each of them a frame (RFC 6455 section
 * 5.4), for the same reason.
 */
export class ToClient {
  /** The payload of the Close that has come; nothing behind it is looked at. */
  close: string | undefined;
  fault: FrameFault | undefined;
  /** What has gone to the client ends where a message ends. */
  declare isBetween: boolean;
  /** Messages are held until they are whole, as far as they fit. */
  declare holdsMessages: boolean;
  declare private carry: string;
  /** The beginning of what is not whole yet; the first `heldWhole` pieces end where a frame ends. */
  private held: string[] | undefined;
  declare private heldBytes: number;
  declare private heldWhole: number;
  /** Payload that is still to come of a frame that goes in pieces; its last piece ends it if `isStreamFinal`. */
  declare private streamLeft: number;
  declare private streamFirst: number;
  declare private isStreamFinal: boolean;
  private out: string[] | undefined;

  /** Most sessions have no other: they stand here, and not in each session. */
  static {
    const { prototype } = ToClient;
    prototype.isBetween = true;
    prototype.holdsMessages = false;
    prototype.carry = "";
    prototype.heldBytes = 0;
    prototype.heldWhole = 0;
    prototype.streamLeft = 0;
    prototype.streamFirst = 0;
    prototype.isStreamFinal = false;
  }

  constructor(
    private readonly scanner: FrameScanner,
    private readonly holdBytes: number,
    private readonly isOwnPong: OwnPong | undefined,
  ) {}

  /** Data messages that have come whole, and bytes of payload. */
  messages(): number {
    return this.scanner.messages;
  }

  payloadBytes(): number {
    return this.scanner.payloadBytes;
  }

  /** How many bytes end the frame under way; 0 if none is. To read no more spares cutting the text. */
  wanted(): number {
    return this.scanner.left;
  }

  /** The client is between two messages, and the peer is not known to be among the fragments of another. */
  isAtRest(): boolean {
    return (
      this.isBetween && (this.scanner.isBetweenMessages() || (this.scanner.left > 0 && this.scanner.isFinal))
    );
  }

  /** @returns what is to be sent to the client; `""` for nothing */
  take(chunk: string): string | readonly string[] {
    if (this.carry === "" && this.isPlain() && this.scanner.takeMessage(chunk)) {
      this.isBetween = true;
      return chunk;
    }
    return this.takeAny(chunk);
  }

  private takeAny(chunk: string): string | readonly string[] {
    const { scanner } = this;
    const text = this.carry === "" ? chunk : this.carry + chunk;
    scanner.begin();
    let from = this.streamLeft > 0 ? this.stream(text) : 0;
    let result = scanner.next(text);
    while (result === CONTROL) {
      if (scanner.opcode === CLOSE) return this.takeClose(text, from);
      if (scanner.opcode === PONG && this.isOwnPong?.(scanner.payload) === true) {
        this.pass(text, from, scanner.start, scanner.start);
        from = scanner.at;
      }
      result = scanner.next(text);
    }
    if (result === FAULT) {
      this.fault = scanner.fault;
      this.pass(text, from, scanner.start, scanner.start);
      return this.taken();
    }
    const { at } = scanner;
    this.carry = at === text.length ? "" : text.substring(at);
    if (this.isTooLarge()) this.beginStream(text, from);
    else if (from === 0 && at === text.length && scanner.frameEnd === at && this.isPlain()) {
      this.isBetween = scanner.messageEnd === at;
      return text;
    } else if (at > from) this.pass(text, from, at, scanner.frameEnd);
    return this.taken();
  }

  /** Nothing is held or under way, so that a text goes on as it came. */
  private isPlain(): boolean {
    return this.held === undefined && this.out === undefined && !this.holdsMessages;
  }

  private takeClose(text: string, from: number): string | readonly string[] {
    this.pass(text, from, this.scanner.start, this.scanner.start);
    this.close = this.scanner.payload;
    return this.taken();
  }

  private taken(): string | readonly string[] {
    const { out } = this;
    if (out === undefined) return "";
    this.out = undefined;
    return out;
  }

  /** @param frameEnd where the last frame of the part ends, which is to go on; at or below `from`: none does */
  private pass(text: string, from: number, to: number, frameEnd: number): void {
    // A control frame that goes nowhere may have moved the end of a message behind it.
    const cut = this.holdsMessages ? Math.min(this.scanner.messageEnd, frameEnd) : frameEnd;
    if (cut <= from) this.hold(text, from, to, frameEnd);
    else {
      this.release();
      this.isBetween = this.scanner.messageEnd >= cut;
      this.put(part(text, from, cut));
      this.hold(text, cut, to, frameEnd);
    }
    if (this.heldBytes > this.holdBytes && this.heldWhole > 0) this.releaseWhole();
  }

  private hold(text: string, from: number, to: number, frameEnd: number): void {
    if (frameEnd > from) {
      this.heldWhole = this.holdPiece(part(text, from, frameEnd));
      if (to > frameEnd) this.holdPiece(text.substring(frameEnd, to));
    } else if (to > from) this.holdPiece(part(text, from, to));
  }

  private holdPiece(piece: string): number {
    this.held ??= [];
    this.heldBytes += piece.length;
    return this.held.push(piece);
  }

  private release(): void {
    const { held } = this;
    if (held === undefined) return;
    for (const piece of held) this.put(piece);
    this.forget();
  }

  /** A message is too large to be held: the frames of it that are whole go on. */
  private releaseWhole(): void {
    const { held, heldWhole } = this;
    if (held === undefined) return;
    this.forget();
    this.isBetween = false;
    for (const index of $range(0, held.length - 1)) {
      if (index < heldWhole) this.put(held[index]!);
      else this.holdPiece(held[index]!);
    }
  }

  private forget(): void {
    this.held = undefined;
    this.heldBytes = 0;
    this.heldWhole = 0;
  }

  private put(piece: string): void {
    this.out ??= [];
    this.out.push(piece);
  }

  private isTooLarge(): boolean {
    const { left, length } = this.scanner;
    return left > 0 && length > this.holdBytes && this.streamLeft === 0;
  }

  /** The frame under way is too large to be held: its first piece. */
  private beginStream(text: string, from: number): void {
    const { scanner } = this;
    const { start, headLength } = scanner;
    if (start > from) this.pass(text, from, start, start);
    if (this.held !== undefined) this.isBetween = false;
    this.release();
    this.streamFirst = scanner.reserved | scanner.opcode;
    this.isStreamFinal = scanner.isFinal;
    this.streamLeft = scanner.length;
    const payload = text.substring(start + headLength);
    if (payload !== "") this.putPiece(payload);
  }

  /** @returns where the frame ends in the text, or how long that is */
  private stream(text: string): number {
    const length = Math.min(this.streamLeft, text.length);
    this.putPiece(part(text, 0, length));
    return length;
  }

  private putPiece(payload: string): void {
    this.streamLeft -= payload.length;
    const isLast = this.streamLeft === 0 && this.isStreamFinal;
    this.put(dataHead(isLast ? this.streamFirst | FINAL : this.streamFirst, payload.length));
    this.put(payload);
    this.streamFirst = CONTINUATION;
    this.isBetween = isLast;
  }
}

/** A copy of a whole text costs as much as one of a part. */
function part(text: string, from: number, to: number): string {
  return from === 0 && to === text.length ? text : text.substring(from, to);
}
