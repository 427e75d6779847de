import { mask } from "../../../src/core/frame/mask";

/** Frames as specs send them, sound or not. */
export interface FrameSketch {
  /** The first byte: FIN, RSV bits and opcode. */
  readonly first: number;
  readonly payload: string;
  /** Four chars; absent: not masked. */
  readonly key?: string;
  /** In how many bits the length is told; absent: in as few as it takes. */
  readonly lengthBits?: 7 | 16 | 64;
}

export const KEY = "\x12\xab\x00\xfe";

export function frame(sketch: FrameSketch): string {
  const payload = sketch.key === undefined ? sketch.payload : mask(sketch.payload, sketch.key, 0);
  return head(sketch.first, sketch.payload.length, sketch.key, sketch.lengthBits) + payload;
}

/** @param length up to 2^53 - 1, told as it is */
export function head(first: number, length: number, key?: string, lengthBits?: 7 | 16 | 64): string {
  const bits = lengthBits ?? (length < 126 ? 7 : length < 65536 ? 16 : 64);
  const short = bits === 7 ? length : bits === 16 ? 126 : 127;
  const told = bits === 7 ? "" : bytesOf(length, bits / 8);
  return String.fromCharCode(first, short + (key === undefined ? 0 : 128)) + told + (key ?? "");
}

function bytesOf(value: number, count: number): string {
  let rest = value;
  let bytes = "";
  for (let index = 0; index < count; index += 1) {
    bytes = String.fromCharCode(rest % 256) + bytes;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}
