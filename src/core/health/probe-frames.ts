import { wordBytes } from "./probe-ports";

/** The little of RFC 6455 section 5 that a probe needs: frames of its own, and what a peer says until it answers them. */

export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;
/** What `next` returns while a frame is not there yet, or if none will be. */
export const NO_FRAME = -1;

/** Beyond these the peer says too much for a probe. */
export const MAX_FRAMES = 1000;
export const MAX_BYTES = 1024 * 1024;

const FINAL = 0x80;
const MASKED = 0x80;
const RESERVED = 0x70;
const OPCODE = 0x0f;
const LENGTH = 0x7f;
const LENGTH_IN_2 = 126;
const LENGTH_IN_8 = 127;
const MAX_CONTROL = 125;
const LAST_DATA_OPCODE = 0x2;
/** Bytes of a length that fits into a number with room to spare. */
const HIGH_BYTES = 3;

const PING_HEAD = String.fromCharCode(FINAL | PING, MASKED | 8);
const CLOSE_HEAD = String.fromCharCode(FINAL | CLOSE, MASKED | 2);
/** Normal closure, in the first two bytes of a word. */
const CODE_1000 = 1000 << 16;

/** A ping whose payload is the bytes of two words, as a client sends it. */
export function pingFrame(first: number, second: number, mask: number): string {
  return PING_HEAD + wordBytes(mask) + wordBytes(first ^ mask) + wordBytes(second ^ mask);
}

/** A Close 1000 as a client sends it. */
export function closeFrame(mask: number): string {
  return CLOSE_HEAD + wordBytes(mask) + wordBytes(CODE_1000 ^ mask).substring(0, 2);
}

/**
 * Reads the frames of a server from chunks of any size. Of control frames it keeps the payload, of others nothing: their bytes
 * are counted and dropped as they come.
 */
export class FrameReader {
  /** Of the control frame that `next` has found. */
  payload = "";
  /** Why no frame will be found any more; `undefined` as long as one may. */
  fault: string | undefined;
  private received = 0;
  private frames = 0;
  private buffer = "";
  private at = 0;
  /** Bytes of a data frame that are still to come. */
  private skipped = 0;

  push(chunk: string): void {
    this.received += chunk.length;
    if (this.received > MAX_BYTES) this.fault = "it sends too much";
    const left = this.buffer.length - this.at;
    this.buffer = left === 0 ? chunk : this.buffer.substring(this.at) + chunk;
    this.at = 0;
  }

  /** The opcode of the next control frame that is there whole, or `NO_FRAME`. */
  next(): number {
    while (this.fault === undefined && this.skip()) {
      const opcode = this.readFrame();
      if (opcode > LAST_DATA_OPCODE || opcode === NO_FRAME) return opcode;
    }
    return NO_FRAME;
  }

  /** @returns whether a frame begins where the reader is */
  private skip(): boolean {
    const step = Math.min(this.skipped, this.buffer.length - this.at);
    this.at += step;
    this.skipped -= step;
    return this.skipped === 0;
  }

  /** Takes a control frame whole, or the head of another one. */
  private readFrame(): number {
    const { buffer, at } = this;
    if (buffer.length - at < 2) return NO_FRAME;
    const first = buffer.charCodeAt(at);
    const second = buffer.charCodeAt(at + 1);
    const opcode = first & OPCODE;
    const length = second & LENGTH;
    if (!isSound(first, second)) return this.fail("malformed frame");
    if (opcode <= LAST_DATA_OPCODE) return this.readDataHead(opcode, length);
    if (buffer.length - at < 2 + length) return NO_FRAME;
    this.payload = buffer.substring(at + 2, at + 2 + length);
    this.at = at + 2 + length;
    return this.counted(opcode);
  }

  private readDataHead(opcode: number, length: number): number {
    const { buffer, at } = this;
    const lengthBytes = length === LENGTH_IN_2 ? 2 : length === LENGTH_IN_8 ? 8 : 0;
    if (buffer.length - at < 2 + lengthBytes) return NO_FRAME;
    let size = lengthBytes === 0 ? length : 0;
    for (const index of $range(0, lengthBytes - 1)) {
      const byte = buffer.charCodeAt(at + 2 + index);
      if (lengthBytes === 8 && index < HIGH_BYTES && byte !== 0) return this.fail("it sends too much");
      size = size * 256 + byte;
    }
    this.at = at + 2 + lengthBytes;
    this.skipped = size;
    return this.counted(opcode);
  }

  private counted(opcode: number): number {
    this.frames += 1;
    if (this.frames > MAX_FRAMES) return this.fail("it sends too much");
    return opcode;
  }

  private fail(fault: string): number {
    this.fault = fault;
    return NO_FRAME;
  }
}

/** Whether the first two bytes can begin a frame of a server that has agreed to no extension. */
function isSound(first: number, second: number): boolean {
  if ((first & RESERVED) !== 0 || (second & MASKED) !== 0) return false;
  const opcode = first & OPCODE;
  if (opcode <= LAST_DATA_OPCODE) return true;
  return opcode >= CLOSE && opcode <= PONG && (first & FINAL) !== 0 && (second & LENGTH) <= MAX_CONTROL;
}
