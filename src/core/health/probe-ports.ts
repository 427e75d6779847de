import type { Rng } from "../ports";

/** What a `websocket` probe asks of the world beside its connection. */
export interface ProbePorts {
  readonly rng: Rng;
  /** 20 bytes. */
  sha1(this: void, text: string): string;
  base64(this: void, bytes: string): string;
}

const WORD_VALUES = 0x100000000;
/** RFC 6455 section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** 32 random bits. */
export function randomWord(rng: Rng): number {
  return rng.integer(WORD_VALUES) - 1;
}

/** The 4 bytes of a word. */
export function wordBytes(word: number): string {
  return String.fromCharCode((word >> 24) & 0xff, (word >> 16) & 0xff, (word >> 8) & 0xff, word & 0xff);
}

/** A value for Sec-WebSocket-Key: 16 bytes. */
export function randomKey(ports: ProbePorts): string {
  const { rng } = ports;
  return ports.base64(
    wordBytes(randomWord(rng)) +
      wordBytes(randomWord(rng)) +
      wordBytes(randomWord(rng)) +
      wordBytes(randomWord(rng)),
  );
}

/** What Sec-WebSocket-Accept must be. */
export function acceptOf(key: string, ports: ProbePorts): string {
  return ports.base64(ports.sha1(key + GUID));
}
