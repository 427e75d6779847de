import { faultOfData, limitOf } from "./data-fault";
import { faultOfClose, faultOfHead } from "./fault";
import type { FrameFault } from "./fault";
import { LEAST_OF_64, LENGTH_16, LENGTH_64, lengthOf16, lengthOf64 } from "./length";
import type { FrameLimits } from "./limits";
import { mask } from "./mask";
import { BINARY, CLOSE, CONTINUATION } from "./opcode";

/** What `next` found. */
export const DONE = 0;
/** A whole control frame: `opcode`, `payload`, and where it stands, from `start` up to `at`. */
export const CONTROL = 1;
/** `fault` says what; what lies before `start` is sound, and nothing behind it will be looked at. */
export const FAULT = 2;

/** Is told of the head of each frame, control frames among them, but not of one at fault. */
export interface FrameObserver {
  /** @param length of the payload, in bytes */
  frame(opcode: number, isFinal: boolean, length: number): void;
}

export interface ScannerOptions {
  /** Whether its frames come from a client: those of a client are masked, those of a server are not (RFC 6455 section 5.1). */
  readonly isMasked: boolean;
  /** The RSV bits that an extension gives a meaning, as in the first byte of a frame: 0x40 with permessage-deflate, 0 with none. */
  readonly reserved: number;
  readonly limits?: FrameLimits;
  readonly observer?: FrameObserver;
}

const RESERVED = 0x70;
const FIN = 0x80;
const MASKED = 0x80;
const KEY_BYTES = 4;

/**
 * Finds the frames and messages of one direction of a WebSocket (RFC 6455 section 5) in texts of any size, one char a byte. It copies
 * nothing but the payload of control frames, which it unmasks.
 *
 * Of each text that comes: `begin()`, then `next(text)` until it is not `CONTROL`. Then `at` says up to where it was scanned. What is behind is
 * the beginning of a frame's head or of a control frame (130 bytes at most): it is to be put before the next text.
 */
export class FrameScanner {
  /** Where the frame under way, or the one found last, begins in the text; below 0: in an earlier one. */
  declare start: number;
  /** Up to where the text was scanned. */
  declare at: number;
  /** Behind the last frame that has ended in this text, 0 if none was under way at its begin and none has ended; else -1. */
  declare frameEnd: number;
  /** The same of messages: between them control frames may stand, and a message under way is none that has ended. */
  declare messageEnd: number;
  /** Bytes of payload of the data frame under way that are still to come. */
  declare left: number;
  /** Of the frame under way, or the one found last. */
  declare opcode: number;
  declare isFinal: boolean;
  /** Its whole payload, in bytes. */
  declare length: number;
  /** Bytes of its head. */
  declare headLength: number;
  /** RSV bits of its first byte. */
  declare reserved: number;
  /** Of the control frame just found, unmasked. */
  declare payload: string;
  fault: FrameFault | undefined;
  /** Since the begin: data messages that ended, and bytes of their payloads (of frames begun). */
  declare messages: number;
  declare payloadBytes: number;

  /** Of the fragmented message under way, 0 if there is none or its last frame has begun: frames, and bytes of their payloads. */
  declare private fragments: number;
  declare private messageBytes: number;

  static {
    const { prototype } = FrameScanner;
    prototype.start = 0;
    prototype.at = 0;
    prototype.frameEnd = 0;
    prototype.messageEnd = 0;
    prototype.left = 0;
    prototype.opcode = 0;
    prototype.isFinal = true;
    prototype.length = 0;
    prototype.headLength = 0;
    prototype.reserved = 0;
    prototype.payload = "";
    prototype.messages = 0;
    prototype.payloadBytes = 0;
    prototype.fragments = 0;
    prototype.messageBytes = 0;
  }

  constructor(readonly options: ScannerOptions) {}

  /** Another text begins, with what was left over of the one before. */
  begin(): void {
    this.start -= this.at;
    this.at = 0;
    this.frameEnd = this.left === 0 ? 0 : -1;
    this.messageEnd = this.left === 0 && this.fragments === 0 ? 0 : -1;
  }

  /**
   * Takes a text that is one whole frame and one whole message, as nearly every text of small messages is, in place of `begin` and
   * `next`. There is no loop in it, so that LuaJIT compiles it as a part of whatever calls it.
   * @returns whether it is such a text; then only what is counted has changed, and else nothing
   */
  takeMessage(text: string): boolean {
    const { isMasked, reserved, limits, observer } = this.options;
    const size = text.length;
    if (size < 2 || this.left > 0 || this.fragments > 0 || this.fault !== undefined) return false;
    if (limits !== undefined || observer !== undefined) return false;
    const first = text.charCodeAt(0);
    const opcode = first & 15;
    if (first < FIN || opcode === CONTINUATION || opcode > BINARY) return false;
    if ((first & RESERVED & ~reserved) !== 0) return false;
    let length = text.charCodeAt(1) - (isMasked ? MASKED : 0);
    let head = isMasked ? 2 + KEY_BYTES : 2;
    if (length >= LENGTH_16) {
      if (length !== LENGTH_16 || size < 4) return false;
      length = lengthOf16(text, 2);
      if (length < LENGTH_16) return false;
      head += 2;
    }
    if (length < 0 || head + length !== size) return false;
    this.messages += 1;
    this.payloadBytes += length;
    return true;
  }

  /** @returns `DONE`, `CONTROL` or `FAULT` */
  next(text: string): number {
    if (this.fault !== undefined) return FAULT;
    const size = text.length;
    if (this.left > 0 && !this.goOn(size)) return DONE;
    if (this.at >= size) return DONE;
    return this.scan(text, size);
  }

  /** Whether all of a message that has begun was scanned: no frame and no fragmented message is under way. */
  isBetweenMessages(): boolean {
    return this.left === 0 && this.fragments === 0;
  }

  /** Goes on with a data frame of an earlier text. @returns whether it has ended */
  private goOn(size: number): boolean {
    const available = size - this.at;
    if (available < this.left) {
      this.left -= available;
      this.at = size;
      return false;
    }
    this.at += this.left;
    this.left = 0;
    this.frameEnd = this.at;
    if (this.isFinal) {
      this.messages += 1;
      this.messageEnd = this.at;
    }
    return true;
  }

  /** Takes data frames in a loop that reads and writes locals alone, up to a frame that is not whole, or that needs a closer look. */
  private scan(text: string, size: number): number {
    const { isMasked, reserved, limits, observer } = this.options;
    const maskBit = isMasked ? MASKED : 0;
    const shortHead = isMasked ? 2 + KEY_BYTES : 2;
    const forbiddenBits = RESERVED & ~reserved;
    const maxFrameBytes = limits === undefined ? Infinity : limitOf(limits.maxFrameBytes);
    const maxMessageBytes = limits === undefined ? Infinity : limitOf(limits.maxMessageBytes);
    const maxFragments = limits === undefined ? Infinity : limitOf(limits.maxFragments);
    let { at, start, frameEnd, messageEnd, messageBytes, fragments, messages, payloadBytes } = this;
    let lastFirst = -1;
    let lastLength = 0;
    let lastHead = 0;
    let left = 0;
    let isOdd = false;
    while (left === 0 && size - at >= 2) {
      const first = text.charCodeAt(at);
      let length = text.charCodeAt(at + 1) - maskBit;
      const opcode = first & 15;
      const isContinuation = opcode === CONTINUATION;
      isOdd =
        opcode > BINARY ||
        isContinuation !== fragments > 0 ||
        length < 0 ||
        length > LENGTH_64 ||
        (first & (isContinuation ? RESERVED : forbiddenBits)) !== 0;
      if (isOdd) break;

      let head = shortHead;
      if (length === LENGTH_16) {
        if (size - at < 4) break;
        length = lengthOf16(text, at + 2);
        head += 2;
        isOdd = length < LENGTH_16;
      } else if (length === LENGTH_64) {
        if (size - at < 10) break;
        length = lengthOf64(text, at + 2);
        head += 8;
        isOdd = length < LEAST_OF_64;
      }
      if (
        isOdd ||
        length > maxFrameBytes ||
        messageBytes + length > maxMessageBytes ||
        fragments >= maxFragments
      ) {
        isOdd = true;
        break;
      }
      const available = size - at - head;
      if (available < 0) break;

      const isFinal = first >= FIN;
      if (observer !== undefined) observer.frame(opcode, isFinal, length);
      start = at;
      lastFirst = first;
      lastLength = length;
      lastHead = head;
      payloadBytes += length;
      messageBytes = isFinal ? 0 : messageBytes + length;
      fragments = isFinal ? 0 : fragments + 1;
      if (length > available) {
        left = length - available;
        at = size;
      } else {
        at += head + length;
        frameEnd = at;
        if (isFinal) {
          messages += 1;
          messageEnd = at;
        }
      }
    }
    if (lastFirst >= 0) {
      this.at = at;
      this.start = start;
      this.frameEnd = frameEnd;
      this.messageEnd = messageEnd;
      this.left = left;
      this.opcode = lastFirst & 15;
      this.isFinal = lastFirst >= FIN;
      this.reserved = lastFirst & RESERVED;
      this.length = lastLength;
      this.headLength = lastHead;
      this.messageBytes = messageBytes;
      this.fragments = fragments;
      this.messages = messages;
      this.payloadBytes = payloadBytes;
    }
    return isOdd ? this.lookCloser(text, size) : DONE;
  }

  /** A control frame, or one at fault, begins at `at`. */
  private lookCloser(text: string, size: number): number {
    const first = text.charCodeAt(this.at);
    const second = text.charCodeAt(this.at + 1);
    const { isMasked, reserved } = this.options;
    const fault = faultOfHead(first, second, isMasked, reserved, this.fragments > 0);
    if (fault !== undefined) return this.refuse(fault);
    const opcode = first & 15;
    const short = second & 127;
    return opcode >= CLOSE
      ? this.control(text, size, opcode, short)
      : this.refuse(faultOfData(text, this.at, short, this.messageBytes, this.options.limits));
  }

  private control(text: string, size: number, opcode: number, length: number): number {
    const start = this.at;
    const { isMasked, observer } = this.options;
    const headLength = isMasked ? 2 + KEY_BYTES : 2;
    const payloadAt = start + headLength;
    if (size - payloadAt < length) return DONE;
    const plain = text.substring(payloadAt, payloadAt + length);
    const payload = isMasked ? mask(plain, text, payloadAt - KEY_BYTES) : plain;
    if (opcode === CLOSE) {
      const fault = faultOfClose(payload);
      if (fault !== undefined) return this.refuse(fault);
    }
    if (observer !== undefined) observer.frame(opcode, true, length);
    this.start = start;
    this.at = payloadAt + length;
    this.frameEnd = this.at;
    if (this.fragments === 0) this.messageEnd = this.at;
    this.opcode = opcode;
    this.isFinal = true;
    this.reserved = 0;
    this.length = length;
    this.headLength = headLength;
    this.payload = payload;
    return CONTROL;
  }

  private refuse(fault: FrameFault): number {
    this.fault = fault;
    this.start = this.at;
    return FAULT;
  }
}
