import type { FrameFault } from "../core/frame/fault";
import { CONTROL, FAULT, type FrameScanner } from "../core/frame/scanner";
import { endOfMessages } from "./message-end";
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
  declare isBetween: boolean;
  declare isWhole: boolean;
  /** From the next end of a message on it is kept. */
  declare cuts: boolean;
  /** What was taken and not given to a peer. */
  declare kept: string;
  /** Messages that a peer got the beginning of, and nobody the rest. */
  declare lostMessages: number;
  /** Whole messages that peers were given. */
  declare givenMessages: number;
  /** The rest of a message whose beginning is lost is still to come. */
  declare private drops: boolean;
  declare private keptMessages: number;
  declare private carry: string;

  /** Most sessions have no other: they stand here, and not in each session. */
  static {
    const { prototype } = ToPeer;
    prototype.isBetween = true;
    prototype.isWhole = true;
    prototype.cuts = false;
    prototype.kept = "";
    prototype.lostMessages = 0;
    prototype.givenMessages = 0;
    prototype.drops = false;
    prototype.keptMessages = 0;
    prototype.carry = "";
  }

  constructor(
    readonly scanner: FrameScanner,
    private readonly isOwnPong: OwnPong | undefined,
  ) {}

  /** Data messages that have come whole. */
  messages(): number {
    return this.scanner.messages;
  }

  /** The peer broke off: what it has got the beginning of is lost. @returns whether there was such a message */
  breakOff(): boolean {
    if (this.isBetween) return false;
    this.lostMessages += 1;
    this.isBetween = true;
    this.isWhole = true;
    this.drops = true;
    return true;
  }

  /** @returns what goes to the peer now; `""` for nothing */
  take(chunk: string): string {
    if (this.carry === "" && !this.drops && this.scanner.takeMessage(chunk))
      return this.give(chunk, chunk.length, 1);
    const text = this.carry === "" ? chunk : this.carry + chunk;
    return this.drops ? this.skip(text) : this.scan(text);
  }

  private scan(text: string): string {
    const { scanner } = this;
    const messagesBefore = scanner.messages;
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
    } else if (result === FAULT) {
      this.fault = scanner.fault;
      to = scanner.start;
    } else this.carry = to === text.length ? "" : text.substring(to);
    const messages = scanner.messages - messagesBefore;
    if (before === "" && from === 0 && to === text.length)
      return this.give(text, scanner.messageEnd, messages);
    if (scanner.messageEnd >= from) messageEnd = scanner.messageEnd - from + before.length;
    return this.give(before + text.substring(from, to), messageEnd, messages);
  }

  /** Nobody gets the rest of a message; what follows it is as ever, and so is a Close in the midst of it. */
  private skip(text: string): string {
    const { scanner } = this;
    const { left } = scanner;
    const isLastFrame = left > 0 && scanner.isFinal;
    const end = isLastFrame ? left : endOfMessages(text, left, 1);
    const hasEnd = isLastFrame ? end <= text.length : end > left;
    const rest = hasEnd ? text.substring(0, end) : text;
    scanner.begin();
    let result = scanner.next(rest);
    while (result === CONTROL && scanner.opcode !== CLOSE) {
      if (scanner.opcode === PONG) this.isOwnPong?.(scanner.payload);
      result = scanner.next(rest);
    }
    if (result === CONTROL) {
      this.close = scanner.payload;
      this.drops = false;
      return this.give(rest.substring(scanner.start, scanner.at), -1, 0);
    }
    if (result === FAULT) this.fault = scanner.fault;
    else if (hasEnd) {
      this.drops = false;
      this.carry = "";
      return end === text.length ? "" : this.scan(text.substring(end));
    } else this.carry = rest.substring(scanner.at);
    return "";
  }

  /** What was kept goes to the peer now. */
  takeKept(): string {
    const { kept } = this;
    this.kept = "";
    this.cuts = false;
    this.givenMessages += this.keptMessages;
    this.keptMessages = 0;
    this.noteGiven();
    return kept;
  }

  /**
   * @param messageEnd where the last message ends in it; below 0: none does
   * @param messages that end in it
   */
  private give(text: string, messageEnd: number, messages: number): string {
    if (this.cuts && this.isBetween) {
      this.kept += text;
      this.keptMessages += messages;
      return "";
    }
    this.givenMessages += messages;
    if (!this.cuts || messageEnd < 0) {
      this.noteGiven();
      return text;
    }
    this.kept = text.substring(messageEnd);
    this.isBetween = true;
    this.isWhole = true;
    return text.substring(0, messageEnd);
  }

  private noteGiven(): void {
    this.isBetween = this.drops || this.scanner.isBetweenMessages();
    this.isWhole = this.drops || this.scanner.left === 0;
  }
}
