import type { AnswerHead } from "./answer-head";

const NO_CONTENT = 204;
const NOT_MODIFIED = 304;
/** Of a line with the size of a chunk, and of the fields behind the last one. */
const MAX_LINE_BYTES = 4096;
const MAX_TRAILER_BYTES = 16 * 1024;
const MAX_SIZE_DIGITS = 12;

type Place = "size" | "data" | "data end" | "trailer" | "over";

/** Takes the body of an answer from chunks of any size, whether its head says how long it is, or the peer sends it in pieces. */
export class AnswerBody {
  /** Why the rest is not to be read; `undefined` as long as it may be. */
  fault: string | undefined;
  private place: Place;
  /** Bytes that are still to come: of the body, or of this piece of it. */
  private left: number;
  private readonly isChunked: boolean;
  /** The beginning of a line. */
  private line = "";
  private trailerBytes = 0;

  constructor(head: AnswerHead) {
    const hasNone = head.status === NO_CONTENT || head.status === NOT_MODIFIED;
    this.isChunked = head.isChunked && !hasNone;
    if (hasNone) this.left = 0;
    else this.left = head.contentLength >= 0 ? head.contentLength : Infinity;
    if (this.isChunked) this.place = "size";
    else this.place = this.left === 0 ? "over" : "data";
  }

  /** Nothing of it is still to come. */
  get isOver(): boolean {
    return this.place === "over";
  }

  /** Whether the peer ends it by closing. */
  get endsWithConnection(): boolean {
    return this.left === Infinity;
  }

  /** @returns what of the chunk belongs to the body */
  push(chunk: string): string {
    if (!this.isChunked) return this.takeData(chunk, 0);
    const parts: string[] = [];
    let at = 0;
    while (at < chunk.length && this.place !== "over" && this.fault === undefined) {
      if (this.place === "data") {
        const part = this.takeData(chunk, at);
        parts.push(part);
        at += part.length;
      } else {
        at = this.takeLine(chunk, at);
      }
    }
    return parts.join("");
  }

  private takeData(chunk: string, at: number): string {
    const part = chunk.substring(at, Math.min(chunk.length, at + this.left));
    this.left -= part.length;
    if (this.left === 0) this.place = this.isChunked ? "data end" : "over";
    return part;
  }

  /** @returns where to go on */
  private takeLine(chunk: string, at: number): number {
    const end = chunk.indexOf("\n", at);
    const piece = chunk.substring(at, end === -1 ? chunk.length : end);
    this.line += piece;
    if (this.line.length > MAX_LINE_BYTES) this.fault = "malformed chunk";
    if (end === -1) return chunk.length;
    const line = this.line.endsWith("\r") ? this.line.substring(0, this.line.length - 1) : this.line;
    this.line = "";
    if (this.place === "size") this.beginChunk(line);
    else if (this.place === "data end") this.endChunk(line);
    else this.takeTrailer(line);
    return end + 1;
  }

  private beginChunk(line: string): void {
    const size = sizeOf(line);
    if (size === undefined) this.fault = "malformed chunk";
    else if (size === 0) this.place = "trailer";
    else {
      this.left = size;
      this.place = "data";
    }
  }

  private endChunk(line: string): void {
    if (line === "") this.place = "size";
    else this.fault = "malformed chunk";
  }

  /** nginx drops them too. */
  private takeTrailer(line: string): void {
    this.trailerBytes += line.length;
    if (line === "") this.place = "over";
    else if (this.trailerBytes > MAX_TRAILER_BYTES) this.fault = "too large a trailer";
  }
}

/** Hexadecimal digits, with blanks or an extension behind them. */
function sizeOf(line: string): number | undefined {
  let size = 0;
  let digits = 0;
  for (const index of $range(0, line.length - 1)) {
    const digit = hexDigit(line.charCodeAt(index));
    if (digit === undefined) {
      const next = line.charAt(index);
      return digits > 0 && (next === ";" || next === " " || next === "\t") ? size : undefined;
    }
    size = size * 16 + digit;
    digits += 1;
    if (digits > MAX_SIZE_DIGITS) return undefined;
  }
  return digits > 0 ? size : undefined;
}

function hexDigit(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : undefined;
}
