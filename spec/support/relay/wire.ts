import { createHash, type Hash } from "node:crypto";
import type net from "node:net";
import type { CloseEvent } from "../client";
import { waitFor } from "../wait-for";

export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

const MASK = Buffer.from([0x11, 0x22, 0x33, 0x44]);
const MASK_BYTES = 4;
const MAX_KEPT_BYTES = 1024;

export interface WireFrame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly isMasked: boolean;
  readonly length: number;
  /** Of frames of up to 1 KB, unmasked. */
  readonly payload: Buffer;
}

export interface FrameChanges {
  readonly isFinal?: boolean;
  /** Reserved bits, in their places. */
  readonly reserved?: number;
  /** What the head says, if the payload is sent later. */
  readonly length?: number;
  /** The masking key; of a client's frame only. */
  readonly mask?: Buffer;
}

/** The head of a frame; `mask` makes it one of a client. */
export function frameHead(
  opcode: number,
  { isFinal = true, reserved = 0, length = 0, mask }: FrameChanges,
): Buffer {
  const first = (isFinal ? 0x80 : 0) | reserved | opcode;
  const bit = mask === undefined ? 0 : 0x80;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = first;
  head[1] = bit | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return mask === undefined ? head : Buffer.concat([head, mask]);
}

/** A whole frame of a server, or with `mask` of a client. */
export function frame(opcode: number, payload: Buffer | string = "", changes: FrameChanges = {}): Buffer {
  const bytes = Buffer.from(payload);
  const { mask } = changes;
  if (mask !== undefined) for (let at = 0; at < bytes.length; at += 1) bytes[at]! ^= mask[at % MASK_BYTES]!;
  return Buffer.concat([frameHead(opcode, { length: bytes.length, ...changes }), bytes]);
}

/** A whole frame of a client. */
export function clientFrame(
  opcode: number,
  payload: Buffer | string = "",
  changes: FrameChanges = {},
): Buffer {
  return frame(opcode, payload, { mask: MASK, ...changes });
}

export function closePayload(code: number, reason = ""): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

/** One end of a WebSocket's connection, byte by byte: what came is told frame by frame, and nothing is answered by itself. */
export class Wire {
  readonly frames: WireFrame[] = [];
  /** Fields of the 101, by lower-case name; of a client. */
  answer: Readonly<Record<string, string>> = {};
  /** Of payload of data frames. */
  dataBytes = 0;
  /** How the connection ended, as far as this end saw. */
  end: "open" | "closed" | "reset" = "open";
  private readonly hash: Hash = createHash("sha1");
  private head = Buffer.alloc(0);
  private under?: Omit<WireFrame, "payload"> & { mask: Buffer; kept: Buffer[]; left: number };

  /** @param early bytes that came behind the handshake */
  constructor(
    readonly socket: net.Socket,
    early: Buffer = Buffer.alloc(0),
    private readonly onFrame: (frame: WireFrame, wire: Wire) => void = () => undefined,
  ) {
    socket.on("data", (chunk) => this.read(chunk));
    socket.once("error", () => (this.end = "reset"));
    socket.once("end", () => (this.end = this.end === "open" ? "closed" : this.end));
    if (early.length > 0) this.read(early);
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Messages of one small frame. */
  get texts(): string[] {
    return this.frames.filter(({ opcode }) => opcode === TEXT).map(({ payload }) => payload.toString());
  }

  /** The first Close that came. */
  get close(): CloseEvent | undefined {
    const payload = this.frames.find(({ opcode }) => opcode === CLOSE)?.payload;
    if (payload === undefined) return undefined;
    if (payload.length < 2) return { code: 1005, reason: "" };
    return { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() };
  }

  nextClose(): Promise<CloseEvent> {
    return waitFor(() => this.close, { what: "a Close" });
  }

  async ended(): Promise<string> {
    await waitFor(() => this.end !== "open", { what: "the end of the connection" });
    return this.end;
  }

  whenText(text: string): Promise<boolean> {
    return waitFor(() => this.texts.includes(text), { what: `"${text}"; there was ${this.texts.join()}` });
  }

  /** SHA-1 of the payload of all data frames; to be called once. Data whose mask is not 0 are hashed as they came if they are long. */
  digest(): string {
    return this.hash.digest("hex");
  }

  private read(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.under !== undefined) rest = this.readPayload(rest);
      else {
        this.head = Buffer.concat([this.head, rest]);
        const length = headLength(this.head);
        if (this.head.length < length) return;
        rest = this.head.subarray(length);
        this.begin(this.head.subarray(0, length));
        this.head = Buffer.alloc(0);
      }
    }
  }

  private begin(head: Buffer): void {
    const short = head[1]! & 0x7f;
    const isMasked = head[1]! >= 0x80;
    const length =
      short < 126 ? short : short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
    this.under = {
      opcode: head[0]! & 0x0f,
      isFinal: head[0]! >= 0x80,
      isMasked,
      length,
      mask: isMasked ? head.subarray(-MASK_BYTES) : Buffer.alloc(MASK_BYTES),
      kept: [],
      left: length,
    };
    if (length === 0) this.finish();
  }

  private readPayload(chunk: Buffer): Buffer {
    const under = this.under!;
    const part = chunk.subarray(0, under.left);
    under.left -= part.length;
    if (under.length <= MAX_KEPT_BYTES) under.kept.push(part);
    else this.note(part);
    if (under.left === 0) this.finish();
    return chunk.subarray(part.length);
  }

  private finish(): void {
    const { kept, mask, opcode, isFinal, isMasked, length } = this.under!;
    this.under = undefined;
    const payload = Buffer.from(Buffer.concat(kept).map((byte, at) => byte ^ mask[at % MASK_BYTES]!));
    if (opcode < CLOSE) this.note(payload);
    const whole = { opcode, isFinal, isMasked, length, payload };
    this.frames.push(whole);
    this.onFrame(whole, this);
  }

  private note(payload: Buffer): void {
    this.dataBytes += payload.length;
    this.hash.update(payload);
  }
}

function headLength(bytes: Buffer): number {
  if (bytes.length < 2) return 2;
  const short = bytes[1]! & 0x7f;
  return 2 + (short < 126 ? 0 : short === 126 ? 2 : 8) + (bytes[1]! >= 0x80 ? MASK_BYTES : 0);
}
