import { CONTROL, FAULT, FrameScanner } from "../../../src/core/frame/scanner";
import type { FrameLimits } from "../../../src/core/frame/limits";
import { headBytes } from "./frames";

/** A masked control frame but its last byte. */
const MOST_LEFT_OVER = 130;

/** A direction to scan. */
export interface Direction {
  readonly isMasked: boolean;
  readonly reserved: number;
  readonly limits?: FrameLimits;
}

/** Where frames and messages stand in the stream, worked out from what the observer is told alone. */
interface Model {
  /** Behind the last frame that was told of. */
  end: number;
  frameStart: number;
  frameHead: number;
  frameLength: number;
  messageStart: number;
  messageOpcode: number;
  messageBytes: number;
  isOpen: boolean;
  /** The last frame of a message has begun, and its end was not noted. */
  isLast: boolean;
  messages: number;
  payloadBytes: number;
}

/**
 * Scans a stream that comes in pieces as a caller does, up to a Close or a fault, and notes what was found: `message <opcode> <bytes>`,
 * `control <opcode> <payload>`, `fault <code> <reason>`. What the scanner says of places is compared with the model; what differs is noted as `broken`.
 */
export function record(pieces: readonly string[], direction: Direction): string[] {
  const events: string[] = [];
  const model: Model = {
    end: 0,
    frameStart: 0,
    frameHead: 0,
    frameLength: 0,
    messageStart: 0,
    messageOpcode: 0,
    messageBytes: 0,
    isOpen: false,
    isLast: false,
    messages: 0,
    payloadBytes: 0,
  };
  const scanner = new FrameScanner({
    ...direction,
    observer: {
      frame: (opcode, isFinal, length) => {
        noteMessage(model, events);
        noteFrame(model, opcode, isFinal, length, direction.isMasked);
      },
    },
  });

  let rest = "";
  let before = 0;
  const check = (text: string): void => {
    if (scanner.left === 0) noteMessage(model, events);
    for (const fault of findBroken(scanner, model, before, text.length)) events.push(`broken ${fault}`);
  };
  for (const piece of pieces) {
    const text = rest + piece;
    scanner.begin();
    let found = scanner.next(text);
    while (found === CONTROL) {
      check(text);
      events.push(`control ${scanner.opcode} ${scanner.payload}`);
      if (scanner.opcode === 8) return events;
      found = scanner.next(text);
    }
    check(text);
    if (found === FAULT) {
      events.push(`fault ${scanner.fault!.code} ${scanner.fault!.reason}`);
      return events;
    }
    rest = text.substring(scanner.at);
    if (rest.length > MOST_LEFT_OVER) events.push(`broken ${rest.length} bytes are left over`);
    before += scanner.at;
  }
  return events;
}

function noteFrame(model: Model, opcode: number, isFinal: boolean, length: number, isMasked: boolean): void {
  model.frameStart = model.end;
  model.frameHead = headBytes(length, isMasked);
  model.frameLength = length;
  model.end += model.frameHead + length;
  if (opcode >= 8) return;
  if (!model.isOpen) {
    model.messageStart = model.frameStart;
    model.messageOpcode = opcode;
    model.messageBytes = 0;
  }
  model.messageBytes += length;
  model.payloadBytes += length;
  model.isOpen = !isFinal;
  model.isLast = isFinal;
}

function noteMessage(model: Model, events: string[]): void {
  if (!model.isLast) return;
  model.isLast = false;
  model.messages += 1;
  events.push(`message ${model.messageOpcode} ${model.messageBytes}`);
}

function findBroken(scanner: FrameScanner, model: Model, before: number, size: number): string[] {
  const broken: string[] = [];
  const compare = (what: string, actual: number, expected: number): void => {
    if (actual !== expected) broken.push(`${what} is ${actual}, not ${expected}`);
  };
  const end = model.end - before;
  const frameStart = model.frameStart - before;
  const isUnderWay = scanner.left > 0;
  const isFault = scanner.fault !== undefined;
  compare("at", scanner.at, isUnderWay ? size : end);
  compare("left", scanner.left, isUnderWay ? model.frameLength - (size - frameStart - model.frameHead) : 0);
  if (model.end > 0) compare("start", scanner.start, isFault ? end : frameStart);
  const messageStart = model.messageStart - before;
  compare("frameEnd", scanner.frameEnd, isUnderWay ? sinceBegin(frameStart) : end);
  const isInMessage = isUnderWay || model.isOpen;
  compare("messageEnd", scanner.messageEnd, isInMessage ? sinceBegin(messageStart) : end);
  compare("messages", scanner.messages, model.messages);
  compare("payloadBytes", scanner.payloadBytes, model.payloadBytes);
  if (scanner.isBetweenMessages() === isInMessage) broken.push("isBetweenMessages");
  return broken;
}

/** What ends where something begins that is under way: in this text, or in an earlier one. */
function sinceBegin(place: number): number {
  return place >= 0 ? place : -1;
}
