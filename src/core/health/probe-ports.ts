import type { Digests } from "../handshake/upgrade-answer";
import type { Rng } from "../ports";

/** What a `websocket` probe asks of the world beside its connection. */
export interface ProbePorts extends Digests {
  readonly rng: Rng;
}

const WORD_VALUES = 0x100000000;

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
