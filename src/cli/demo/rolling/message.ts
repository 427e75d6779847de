import type { WebSocket } from "ws";
import { bodyOf, isBodyOf } from "./pattern";
import type { Kind } from "./pattern";

/**
 * What clients and backends say to each other: a line of words, then a body that follows from the message's number, so that whoever
 * reads it can tell whether it is whole. A message of one byte is answered by the same byte.
 */
export interface Message {
  readonly kind: Kind;
  /** Of a client: counted from 1 over its whole life. Of a backend: from 0 on each connection. */
  readonly number: number;
  /** What it is about; see `ClientTopic` and `BackendTopic`. */
  readonly topic: string;
  readonly body: Buffer;
}

/** "say ANSWER_BYTES": to be acknowledged with so long a body. "bye": the backend's acknowledgement is its last message. */
export const CLIENT_TOPIC = { say: "say", bye: "bye" } as const;

/**
 * "hello BACKEND VISIT RESUME...": the first on a connection; "ack BACKEND NUMBER": the client's message with that number has arrived whole;
 * "bad BACKEND NUMBER": it has arrived, and is not as it was sent; "own": sent without being asked.
 */
export const BACKEND_TOPIC = { hello: "hello", ack: "ack", bad: "bad", own: "own" } as const;

const LINE_END = 0x0a;

export function encode(kind: Kind, number: number, topic: string, bodyBytes: number): Buffer {
  return Buffer.concat([
    Buffer.from(`${kind} ${number} ${bodyBytes} ${topic}\n`),
    bodyOf(kind, number, bodyBytes),
  ]);
}

/** `undefined` for what is not as `encode` made it. */
export function decode(data: Buffer, isBinary: boolean): Message | undefined {
  const end = data.indexOf(LINE_END);
  const [kind, number, bytes, ...topic] = data.toString("latin1", 0, Math.max(end, 0)).split(" ");
  const body = data.subarray(end + 1);
  if (kind !== (isBinary ? "binary" : "text") || Number(bytes) !== body.length) return undefined;
  const isWhole = isBodyOf(kind, Number(number), body);
  return isWhole ? { kind, number: Number(number), topic: topic.join(" "), body } : undefined;
}

/** Sends a message, in so many frames. */
export function sendInPieces(socket: WebSocket, kind: Kind, data: Buffer, pieces: number): void {
  const bytes = Math.ceil(data.length / pieces);
  for (let piece = 1; piece <= pieces; piece += 1) {
    const part = data.subarray((piece - 1) * bytes, piece * bytes);
    socket.send(part, { binary: kind === "binary", fin: piece === pieces });
  }
}

export function kindOf(number: number): Kind {
  return number % 2 === 0 ? "text" : "binary";
}

/** How many bytes the body of a message has: mostly few, and now and then up to the largest. */
export function sizeOf(turn: number, largestBytes: number): number {
  if (turn % 199 === 0) return largestBytes;
  if (turn % 41 === 0) return Math.min(largestBytes, 100_000);
  if (turn % 13 === 0) return Math.min(largestBytes, 17_000);
  if (turn % 5 === 0) return Math.min(largestBytes, 1_500);
  return (turn * 37) % 180;
}
