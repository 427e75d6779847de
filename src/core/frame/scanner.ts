import type { FrameFault } from "./fault";

/** What `next` found. */
export const DONE = 0;
/** A whole control frame: `opcode`, `payload`, and where it stands, from `start` up to `at`. */
export const CONTROL = 1;
/** `fault` says what; what lies before `start` is sound, and nothing behind it will be looked at. */
export const FAULT = 2;

/** 0: no limit. */
export interface FrameLimits {
  readonly maxFrameBytes: number;
  /** Of all fragments of a message together. */
  readonly maxMessageBytes: number;
  readonly maxFragments: number;
}

/** Is told of the head of each frame, control frames among them. */
export interface FrameObserver {
  /** @param length of the payload, in bytes */
  frame(opcode: number, isFinal: boolean, length: number): void;
}

export interface ScannerOptions {
  /** Whether its frames come from a client: those of a client are masked, those of a server are not (RFC 6455 section 5.1). */
  readonly isMasked: boolean;
  /** The RSV bits that an extension gives a meaning, as in the first byte of a frame: 0x40 with permessage-deflate, 0 with none. */
  readonly reserved: number;
  readonly limits?: FrameLimits;
  readonly observer?: FrameObserver;
}

/**
 * Finds the frames and messages of one direction of a WebSocket (RFC 6455 section 5) in texts of any size, one char a byte. It copies
 * nothing but the payload of control frames, which it unmasks.
 *
 * Of each text that comes: `begin()`, then `next(text)` until it is not `CONTROL`. Then `at` says up to where it was scanned. What is behind is
 * the beginning of a frame's head or of a control frame (139 bytes at most): it is to be put before the next text.
 */
export class FrameScanner {
  /** Where the frame under way, or the one just found, begins in the text; below 0: in an earlier one. */
  start = 0;
  /** Up to where the text was scanned. */
  at = 0;
  /** Behind the last frame that has ended in this text, 0 if none was under way at its begin and none has ended; else -1. */
  frameEnd = 0;
  /** The same of messages: between them control frames may stand, and a message under way is none that has ended. */
  messageEnd = 0;
  /** Bytes of payload of the data frame under way that are still to come. */
  left = 0;
  /** Of the frame under way, or the one just found. */
  opcode = 0;
  isFinal = true;
  /** Its whole payload, in bytes. */
  length = 0;
  /** Bytes of its head. */
  headLength = 0;
  /** RSV bits of its first byte. */
  reserved = 0;
  /** Of the control frame just found, unmasked. */
  payload = "";
  fault: FrameFault | undefined;
  /** Since the begin: data messages that ended, and bytes of their payloads (of frames begun). */
  messages = 0;
  payloadBytes = 0;

  constructor(readonly options: ScannerOptions) {}

  /** Another text begins, with what was left over of the one before. */
  begin(): void {
    this.at = 0;
  }

  /** @returns `DONE`, `CONTROL` or `FAULT` */
  next(_text: string): number {
    return DONE;
  }

  /** Whether all of a message that has begun was scanned: no frame and no fragmented message is under way. */
  isBetweenMessages(): boolean {
    return this.left === 0;
  }
}
