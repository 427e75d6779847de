import { TOO_BIG } from "./close-code";
import { protocolError } from "./fault";
import type { FrameFault } from "./fault";

/** Lengths of payloads (RFC 6455 section 5.2): up to 125 in seven bits, else these say that two or eight bytes more tell it. */
export const LENGTH_16 = 126;
export const LENGTH_64 = 127;
/** The least that takes eight bytes: a length is told in as few bytes as it takes. */
export const LEAST_OF_64 = 65536;

const TOP_BIT_SET = -1;
const NOT_COUNTABLE = -2;
/** A length is counted up to 2^53 - 1: the eleven bits above are 0. */
const COUNTABLE_HIGH = 2 ** 21;

export function lengthOf16(text: string, at: number): number {
  return text.charCodeAt(at) * 256 + text.charCodeAt(at + 1);
}

/** @returns the length in eight bytes; below 0 if it is none */
export function lengthOf64(text: string, at: number): number {
  if (text.charCodeAt(at) > 127) return TOP_BIT_SET;
  const high = fourBytes(text, at);
  return high < COUNTABLE_HIGH ? high * 2 ** 32 + fourBytes(text, at + 4) : NOT_COUNTABLE;
}

/** @param short the length in seven bits. @param length what it was found to be. @returns `undefined` if nothing is wrong with it */
export function faultOfLength(short: number, length: number): FrameFault | undefined {
  if (length === TOP_BIT_SET) return protocolError("a length with its first bit set");
  if (length === NOT_COUNTABLE) return { code: TOO_BIG, reason: "a frame of more than 2^53 - 1 bytes" };
  if ((short === LENGTH_16 && length < LENGTH_16) || (short === LENGTH_64 && length < LEAST_OF_64)) {
    return protocolError("a length in more bytes than it takes");
  }
  return undefined;
}

function fourBytes(text: string, at: number): number {
  return (
    text.charCodeAt(at) * 2 ** 24 +
    text.charCodeAt(at + 1) * 65536 +
    text.charCodeAt(at + 2) * 256 +
    text.charCodeAt(at + 3)
  );
}
