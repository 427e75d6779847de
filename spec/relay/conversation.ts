import { CONTROL, FAULT, FrameScanner } from "../../src/core/frame/scanner";
import { mask } from "../../src/core/frame/mask";
import type { Rng } from "../../src/core/ports";
import { frame, KEY } from "../core/frame/frames";

const CLOSE = 0x8;
const FINAL = 0x80;

/** One frame of a stream. */
export interface Sketch {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly payload: string;
}

/** The payloads of pongs that are the gateway's own. */
export const OWN = "own";

export function isOwnPong(payload: string): boolean {
  return payload.startsWith(OWN);
}

export function isOwn({ opcode, payload }: Sketch): boolean {
  return opcode === 0xa && isOwnPong(payload);
}

export function written({ opcode, isFinal, payload }: Sketch, isMasked: boolean): string {
  const first = isFinal ? opcode | FINAL : opcode;
  return frame(isMasked ? { first, payload, key: KEY } : { first, payload });
}

/** What a side would make of a stream: its messages, and the control frames between them. */
export interface Heard {
  /** `opcode:payload`, control frames and messages each in their order. */
  readonly messages: readonly string[];
  readonly controls: readonly string[];
  readonly fault: string;
  /** It ends between two frames, and between two messages. */
  readonly isWhole: boolean;
  readonly isBetween: boolean;
}

/** Hears a whole stream; frame by frame, so as to know their payloads. */
export function hear(text: string, isMasked: boolean): Heard {
  const messages: string[] = [];
  const controls: string[] = [];
  const scanner = new FrameScanner({ isMasked, reserved: 0 });
  let message = "";
  let at = 0;
  let size = 0;
  let isWhole = true;
  let isBetween = true;
  while (at < text.length) {
    size = frameSize(text, at, isMasked);
    const part = text.substring(at, at + size);
    isWhole = at + size <= text.length;
    scanner.begin();
    const found = scanner.next(part);
    if (found === FAULT)
      return { messages, controls, fault: scanner.fault!.reason, isWhole: false, isBetween: false };
    if (!isWhole) break;
    if (found === CONTROL) controls.push(`${scanner.opcode}:${scanner.payload}`);
    else {
      const { headLength, isFinal, opcode } = scanner;
      const payload = part.substring(headLength);
      if (opcode !== 0) message = `${opcode}:`;
      message += isMasked ? mask(payload, part, headLength - 4) : payload;
      isBetween = isFinal;
      if (isFinal) messages.push(message);
    }
    at += size;
  }
  return { messages, controls, fault: "", isWhole, isBetween: isBetween && isWhole };
}

function frameSize(text: string, at: number, isMasked: boolean): number {
  const short = text.charCodeAt(at + 1) & 127;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  let length = lengthBytes === 0 ? short : 0;
  for (let index = 0; index < lengthBytes; index += 1)
    length = length * 256 + text.charCodeAt(at + 2 + index);
  return 2 + lengthBytes + (isMasked ? 4 : 0) + length;
}

export function heardOf(sketches: readonly Sketch[], isMasked: boolean): Heard {
  const kept = sketches.filter((sketch) => !isOwn(sketch));
  return hear(kept.map((sketch) => written(sketch, isMasked)).join(""), isMasked);
}

/** Sound frames, a Close last if at all; the payloads of messages say which they are. */
export function randomStream(rng: Rng, sizes: readonly number[], hasClose: boolean): Sketch[] {
  const stream: Sketch[] = [];
  const count = rng.integer(8);
  for (let number = 0; number < count; number += 1) {
    const frames = rng.integer(3) === 1 ? rng.integer(4) : 1;
    for (let index = 0; index < frames; index += 1) {
      addControls(stream, rng);
      const size = sizes[rng.integer(sizes.length) - 1]!;
      const payload = `${number}.${index}`.repeat(size).substring(0, size);
      stream.push({ opcode: index === 0 ? rng.integer(2) : 0, isFinal: index === frames - 1, payload });
    }
  }
  addControls(stream, rng);
  if (hasClose) stream.push({ opcode: CLOSE, isFinal: true, payload: String.fromCharCode(3, 232) });
  return stream;
}

function addControls(stream: Sketch[], rng: Rng): void {
  while (rng.integer(4) === 1) {
    const kind = rng.integer(3);
    const payload = kind === 1 ? `${OWN}${rng.integer(9)}` : `app${rng.integer(9)}`;
    stream.push({ opcode: kind === 3 ? 0x9 : 0xa, isFinal: true, payload });
  }
}

/** The text in parts of random lengths. */
export function chunksOf(text: string, rng: Rng, mostBytes: number): string[] {
  const chunks: string[] = [];
  let at = 0;
  while (at < text.length) {
    const size = rng.integer(rng.integer(mostBytes));
    chunks.push(text.substring(at, at + size));
    at += size;
  }
  return chunks;
}
