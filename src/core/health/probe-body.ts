import type { AnswerHead } from "../handshake/answer-head";

/** The text is looked for in so many bytes behind the head. */
export const MAX_BODY_BYTES = 64 * 1024;

const LAST_CHUNK = "\r\n0\r\n\r\n";

/**
 * Looks for a text in a body that comes in pieces, in the bytes as they are on the wire: of a chunked body the sizes of the
 * chunks are among them, and a text that the peer itself has cut in two is not found.
 */
export class BodySearch {
  isFound = false;
  private received = 0;
  private tail = "";

  constructor(
    private readonly head: AnswerHead,
    private readonly text: string,
  ) {}

  /** @returns whether there is nothing more to be read */
  push(chunk: string): boolean {
    const taken = chunk.substring(0, MAX_BODY_BYTES - this.received);
    const searched = this.tail + taken;
    this.received += taken.length;
    this.isFound = searched.includes(this.text);
    const kept = Math.max(this.text.length - 1, LAST_CHUNK.length);
    this.tail = searched.substring(Math.max(0, searched.length - kept));
    return this.isFound || this.received >= MAX_BODY_BYTES || this.isWhole();
  }

  /** A peer may keep the connection open in spite of `Connection: close`. */
  private isWhole(): boolean {
    if (this.head.isChunked) return this.tail.endsWith(LAST_CHUNK);
    return this.head.contentLength >= 0 && this.received >= this.head.contentLength;
  }
}
