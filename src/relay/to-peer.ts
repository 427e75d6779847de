import type { FrameFault } from "../core/frame/fault";
import { CONTROL, FAULT, type FrameScanner } from "../core/frame/scanner";
import type { OwnPong } from "./to-client";

const CLOSE = 0x8;
const PONG = 0xa;

/**
 * What a client sends, on its way to its peer: as it came, while the session is where it is. Where it is about to move, what belongs to the next
 * peer is kept; and the rest of a message whose beginning went to a peer that broke off goes nowhere.
 */
export class ToPeer {
  /** The payload of the client's Close; nothing behind it is looked at. */
  close: string | undefined;
  fault: FrameFault | undefined;
  /** What the peer has got ends where a message ends, and where a frame ends. */
  isBetween = true;
  isWhole = true;
  /** From the next end of a message on it is kept. */
  cuts = false;
  /** What was taken and not given to a peer. */
  kept = "";
  /** Messages that a peer got the beginning of, and nobody the rest. */
  lostMessages = 0;
  private drops = false;
  private carry = "";

  constructor(
    readonly scanner: FrameScanner,
    private readonly isOwnPong: OwnPong | undefined,
  ) {}

  /** Data messages that have come whole. */
  messages(): number {
    return this.scanner.messages;
  }

  /** The peer broke off: what it has got the beginning of is lost. */
  breakOff(): void {
    if (this.isBetween) return;
    this.lostMessages += 1;
    this.isBetween = true;
    this.isWhole = true;
    this.drops = true;
  }

  /** @returns what goes to the peer now; `""` for nothing */
  take(chunk: string): string {
    const { scanner } = this;
    const text = this.carry === "" ? chunk : this.carry + chunk;
    scanner.begin();
    let before = "";
    let from = 0;
    let messageEnd = -1;
    let result = scanner.next(text);
    while (result === CONTROL && scanner.opcode !== CLOSE) {
      if (scanner.opcode === PONG && this.isOwnPong?.(scanner.payload) === true) {
        if (scanner.messageEnd >= from)
          messageEnd = Math.min(scanner.messageEnd, scanner.start) - from + before.length;
        before += text.substring(from, scanner.start);
        from = scanner.at;
      }
      result = scanner.next(text);
    }
    let to = scanner.at;
    if (result === CONTROL) {
      this.close = scanner.payload;
      // Its peer is to hear it, whatever else it does not get.
      if (this.drops) from = scanner.start;
      this.drops = false;
    } else if (result === FAULT) {
      this.fault = scanner.fault;
      to = scanner.start;
    } else this.carry = to === text.length ? "" : text.substring(to);
    if (before === "" && from === 0 && to === text.length) return this.give(text, scanner.messageEnd);
    if (scanner.messageEnd >= from) messageEnd = scanner.messageEnd - from + before.length;
    return this.give(before + text.substring(from, to), messageEnd);
  }

  /** What was kept goes to the peer now. */
  takeKept(): string {
    const { kept } = this;
    this.kept = "";
    this.cuts = false;
    this.noteGiven();
    return kept;
  }

  /** @param messageEnd where the last message ends in it; below 0: none does */
  private give(text: string, messageEnd: number): string {
    const data = this.drops ? this.dropped(text, messageEnd) : text;
    if (!this.cuts) {
      this.noteGiven();
      return data;
    }
    if (this.isBetween) {
      this.kept += data;
      return "";
    }
    if (messageEnd < 0) {
      this.noteGiven();
      return data;
    }
    this.kept = data.substring(messageEnd);
    this.isBetween = true;
    this.isWhole = true;
    return data.substring(0, messageEnd);
  }

  private dropped(text: string, messageEnd: number): string {
    if (messageEnd < 0) return "";
    this.drops = false;
    return text.substring(messageEnd);
  }

  private noteGiven(): void {
    this.isBetween = this.drops || this.scanner.isBetweenMessages();
    this.isWhole = this.drops || this.scanner.left === 0;
  }
}
