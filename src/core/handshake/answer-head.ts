import { isDigit, isVisible } from "../config/characters";
import { hasToken } from "./tokens";

/** A head with more bytes is an error, unless the reader is told another limit. */
export const MAX_HEAD_BYTES = 16 * 1024;

/** The end of a head may be spread over chunks: so many bytes before a chunk can belong to it. */
const END_BYTES_BEFORE = 3;
const STATUS_START = 9;
const STATUS_END = 12;
const SWITCHING_PROTOCOLS = 101;
const OK = 200;

export const MALFORMED = "malformed answer";

/** The head of an answer: all of its fields, and what is looked at in them, `""` for one that is not there. */
export interface AnswerHead {
  readonly status: number;
  /** Of all fields, in order and as they came. */
  readonly names: string[];
  readonly values: string[];
  upgrade: string;
  connection: string;
  accept: string;
  /** Sec-WebSocket-Protocol and Sec-WebSocket-Extensions. */
  subprotocol: string;
  extensions: string;
  /** -1: it does not say. */
  contentLength: number;
  isChunked: boolean;
  /** The value of `Switchboard-Peer`; several of them with commas between. */
  agent: string | undefined;
}

/** Reads the head of an answer from chunks of any size. Interim answers before it (100, 103) are skipped. */
export class HeadReader {
  head: AnswerHead | undefined;
  /** Why there will be no head; `undefined` as long as there may. */
  fault: string | undefined;
  /** What came behind the head. */
  rest = "";
  private received = 0;
  /** Of a head that comes in pieces. */
  private chunks: string[] | undefined;
  private tail = "";

  constructor(private readonly limitBytes = MAX_HEAD_BYTES) {}

  /** Whether there was anything. */
  get hasBegun(): boolean {
    return this.received > 0;
  }

  /** @returns whether there is nothing more to be read: there is a head, or a fault */
  push(chunk: string): boolean {
    const searched = this.tail + chunk;
    const end = endOfHead(searched);
    this.received += end === -1 ? chunk.length : end - this.tail.length;
    if (this.received > this.limitBytes) return this.fail("too large a head");
    if (end === -1) {
      this.chunks ??= [];
      this.chunks.push(chunk);
      this.tail = searched.substring(Math.max(0, searched.length - END_BYTES_BEFORE));
      return false;
    }
    const last = searched.substring(this.tail.length, end);
    const text = this.chunks === undefined ? last : this.chunks.join("") + last;
    return this.finish(text, searched.substring(end));
  }

  private finish(text: string, rest: string): boolean {
    const head = parseHead(text);
    if (head === undefined) return this.fail(MALFORMED);
    if (head.status >= OK || head.status === SWITCHING_PROTOCOLS) {
      this.head = head;
      this.rest = rest;
      return true;
    }
    this.chunks = undefined;
    this.tail = "";
    return rest !== "" && this.push(rest);
  }

  private fail(fault: string): boolean {
    this.fault = fault;
    return true;
  }
}

/** The index behind the empty line that ends a head, or -1. As nginx does, a line may end without CR. */
function endOfHead(text: string): number {
  const withCr = text.indexOf("\n\r\n");
  const withoutCr = text.indexOf("\n\n");
  if (withCr === -1) return withoutCr === -1 ? -1 : withoutCr + 2;
  return withoutCr === -1 || withCr < withoutCr ? withCr + 3 : withoutCr + 2;
}

function parseHead(text: string): AnswerHead | undefined {
  if (text.includes("\0")) return undefined;
  const lineEnd = text.indexOf("\n");
  const status = statusOf(text, lineEnd);
  if (status === undefined) return undefined;
  const head: AnswerHead = {
    status,
    names: [],
    values: [],
    upgrade: "",
    connection: "",
    accept: "",
    subprotocol: "",
    extensions: "",
    contentLength: -1,
    isChunked: false,
    agent: undefined,
  };
  let start = lineEnd + 1;
  while (start < text.length) {
    const end = text.indexOf("\n", start);
    const last = text.charCodeAt(end - 1) === CR ? end - 1 : end;
    if (last > start && !readField(head, text, start, last)) return undefined;
    start = end + 1;
  }
  return head;
}

const CR = 0x0d;
const BLANK = 0x20;
const TAB = 0x09;

function statusOf(text: string, lineEnd: number): number | undefined {
  if (!text.startsWith("HTTP/1.") || !isDigit(text.charCodeAt(7))) return undefined;
  if (text.charCodeAt(STATUS_START - 1) !== BLANK) return undefined;
  let status = 0;
  for (const index of $range(STATUS_START, STATUS_END - 1)) {
    const code = text.charCodeAt(index);
    if (!isDigit(code)) return undefined;
    status = status * 10 + code - 0x30;
  }
  const next = text.charCodeAt(STATUS_END);
  if (next !== BLANK && next !== CR && STATUS_END !== lineEnd) return undefined;
  return status >= 100 ? status : undefined;
}

/** Reads the line from `start` up to `end`. @returns whether it is a header field */
function readField(head: AnswerHead, text: string, start: number, end: number): boolean {
  const colon = text.indexOf(":", start);
  if (colon <= start || colon >= end) return false;
  for (const index of $range(start, colon - 1)) if (!isVisible(text.charCodeAt(index))) return false;
  const cr = text.indexOf("\r", colon);
  if (cr >= 0 && cr < end) return false;
  const name = text.substring(start, colon);
  const value = trimmed(text, colon + 1, end);
  head.names.push(name);
  head.values.push(value);
  take(head, name.toLowerCase(), value);
  return true;
}

function take(head: AnswerHead, name: string, value: string): void {
  if (name === "upgrade") head.upgrade = joined(head.upgrade, value);
  else if (name === "connection") head.connection = joined(head.connection, value);
  else if (name === "sec-websocket-accept") head.accept = joined(head.accept, value);
  else if (name === "sec-websocket-protocol") head.subprotocol = joined(head.subprotocol, value);
  else if (name === "sec-websocket-extensions") head.extensions = joined(head.extensions, value);
  else if (name === "switchboard-peer") head.agent = joined(head.agent ?? "", value);
  else if (name === "content-length") head.contentLength = lengthOf(value);
  else if (name === "transfer-encoding") head.isChunked = hasToken(value, "chunked");
}

function joined(before: string, value: string): string {
  return before === "" ? value : `${before},${value}`;
}

function trimmed(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from += 1;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1;
  return text.substring(from, to);
}

function isBlank(code: number): boolean {
  return code === BLANK || code === TAB;
}

const MAX_LENGTH_DIGITS = 15;

/** -1 where it is no number. */
function lengthOf(text: string): number {
  if (text === "" || text.length > MAX_LENGTH_DIGITS) return -1;
  let length = 0;
  for (const index of $range(0, text.length - 1)) {
    const code = text.charCodeAt(index);
    if (!isDigit(code)) return -1;
    length = length * 10 + code - 0x30;
  }
  return length;
}
