import type { Rng } from "../ports";

/** What a `websocket` probe asks of the world beside its connection. */
export interface ProbePorts {
  readonly rng: Rng;
  /** 20 bytes. */
  sha1(this: void, text: string): string;
  base64(this: void, bytes: string): string;
}

const BYTE_VALUES = 256;
const KEY_BYTES = 16;
/** RFC 6455 section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export function randomBytes(rng: Rng, count: number): string {
  let bytes = "";
  for (const _ of $range(1, count)) bytes += String.fromCharCode(rng.integer(BYTE_VALUES) - 1);
  return bytes;
}

/** A value for Sec-WebSocket-Key. */
export function randomKey(ports: ProbePorts): string {
  return ports.base64(randomBytes(ports.rng, KEY_BYTES));
}

/** What Sec-WebSocket-Accept must be. */
export function acceptOf(key: string, ports: ProbePorts): string {
  return ports.base64(ports.sha1(key + GUID));
}
