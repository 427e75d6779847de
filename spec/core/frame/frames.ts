import { mask } from "../../../src/core/frame/mask";

/** Frames as specs send them, sound or not. Bytes above 127 are made by number: in a literal they would be two bytes in Lua. */
export interface FrameSketch {
  /** The first byte: FIN, RSV bits and opcode. */
  readonly first: number;
  readonly payload: string;
  /** Four chars; absent: not masked. */
  readonly key?: string;
  /** In how many bits the length is told; absent: in as few as it takes. */
  readonly lengthBits?: LengthBits;
}

export type LengthBits = 7 | 16 | 64;

export const KEY = bytes(0x12, 0xab, 0, 0xfe);

export function bytes(...values: number[]): string {
  return String.fromCharCode(...values);
}

export function frame(sketch: FrameSketch): string {
  const payload = sketch.key === undefined ? sketch.payload : mask(sketch.payload, sketch.key, 0);
  return head(sketch.first, sketch.payload.length, sketch.key, sketch.lengthBits) + payload;
}

/** @param length told as it is, whatever payload follows */
export function head(first: number, length: number, key?: string, lengthBits?: LengthBits): string {
  const bits = lengthBits ?? (length < 126 ? 7 : length < 65536 ? 16 : 64);
  const short = bits === 7 ? length : bits === 16 ? 126 : 127;
  const told = bits === 7 ? "" : bigEndian(length, bits / 8);
  return bytes(first, short + (key === undefined ? 0 : 128)) + told + (key ?? "");
}

/** Of a head that tells its length in as few bytes as it takes. */
export function headBytes(length: number, isMasked: boolean): number {
  return 2 + (length < 126 ? 0 : length < 65536 ? 2 : 8) + (isMasked ? 4 : 0);
}

function bigEndian(value: number, count: number): string {
  let rest = value;
  let told = "";
  for (let index = 0; index < count; index += 1) {
    told = bytes(rest % 256) + told;
    rest = Math.floor(rest / 256);
  }
  return told;
}
