import { createHash } from "node:crypto";

/** The little of RFC 6455 that load needs, made by hand: the ends of a benchmark must cost less than what is between them. */

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
/** Zero, so that a masked payload is the payload: a proxy copies either alike. */
const MASK = Buffer.alloc(4);
const FINAL = 0x80;
const FINAL_BINARY = FINAL | 0x2;
const OPCODE = 0x0f;
const MASKED = 0x80;
const LENGTH_BITS = 0x7f;
const LENGTH_IN_2 = 126;
const LENGTH_IN_8 = 127;

export const HEAD_END = "\r\n\r\n";

/** Who shakes hands: a program with what RFC 6455 wants, or a browser with some 370 bytes more. */
export type Client = "program" | "browser";

const BROWSER_FIELDS = [
  "Pragma: no-cache",
  "Cache-Control: no-cache",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
  "Origin: https://chat.example.com",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-US,en;q=0.9",
  "Cookie: sid=0123456789abcdef0123456789abcdef",
];

export function handshakeRequest(port: number, path: string, client: Client): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${KEY}`,
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    ...(client === "browser" ? BROWSER_FIELDS : []),
    HEAD_END.slice(2),
  ].join("\r\n");
}

export function handshakeAnswer(requestHead: string): string {
  const key = /^sec-websocket-key: *(\S+)/im.exec(requestHead)?.[1] ?? "";
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptOf(key)}`,
    HEAD_END.slice(2),
  ].join("\r\n");
}

const EXPECTED_ACCEPT = `sec-websocket-accept: ${acceptOf(KEY)}\r\n`.toLowerCase();

export function isAccepted(answerHead: string): boolean {
  return answerHead.startsWith("HTTP/1.1 101 ") && answerHead.toLowerCase().includes(EXPECTED_ACCEPT);
}

function acceptOf(key: string): string {
  return createHash("sha1")
    .update(key + GUID)
    .digest("base64");
}

export function clientFrame(payload: Buffer): Buffer {
  return Buffer.concat([frameHead(payload.length, MASKED), MASK, payload]);
}

/** Of a server. @param payload at most 125 bytes */
export function controlFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([FINAL | opcode, payload.length]), payload]);
}

export function serverFrame(payload: Buffer): Buffer {
  return Buffer.concat([frameHead(payload.length, 0), payload]);
}

function frameHead(length: number, maskBit: number): Buffer {
  if (length < LENGTH_IN_2) return Buffer.from([FINAL_BINARY, maskBit | length]);
  const isShort = length < 0x10000;
  const head = Buffer.alloc(isShort ? 4 : 10);
  head[0] = FINAL_BINARY;
  head[1] = maskBit | (isShort ? LENGTH_IN_2 : LENGTH_IN_8);
  if (isShort) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

export interface ClientFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly rest: Buffer;
}

/** The client frame that the bytes begin with; `undefined` while some of it is missing. */
export function readClientFrame(bytes: Buffer): ClientFrame | undefined {
  if (bytes.length < 2) return undefined;
  const code = bytes[1]! & LENGTH_BITS;
  const lengthEnd = code < LENGTH_IN_2 ? 2 : code === LENGTH_IN_2 ? 4 : 10;
  const start = lengthEnd + MASK.length;
  if (bytes.length < start) return undefined;
  const length =
    lengthEnd === 2 ? code : lengthEnd === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + length) return undefined;
  const payload = bytes.subarray(start, start + length);
  return {
    opcode: bytes[0]! & OPCODE,
    payload: unmask(payload, bytes.subarray(lengthEnd, start)),
    rest: bytes.subarray(start + length),
  };
}

function unmask(payload: Buffer, mask: Buffer): Buffer {
  if (mask.equals(MASK)) return payload;
  return Buffer.from(payload.map((byte, index) => byte ^ mask[index % mask.length]!));
}
