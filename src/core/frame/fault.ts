import { INVALID_PAYLOAD, PROTOCOL_ERROR, TOO_BIG, isCloseCode } from "./close-code";
import { BINARY, CLOSE, CONTINUATION, PONG } from "./opcode";
import { isUtf8 } from "./utf8";

/** Why a side's frames are not taken any further, as it is told in a Close. */
export interface FrameFault {
  /** 1002 for what is against RFC 6455, 1007 for a Close whose reason is no UTF-8, 1009 for what is too large. */
  readonly code: number;
  /** For the Close and the log: ASCII, at most 123 bytes. */
  readonly reason: string;
}

const FIN = 0x80;
const MASKED = 0x80;
const RESERVED = 0x70;
const MAX_CONTROL_BYTES = 125;

/**
 * What is wrong with a frame by its first two bytes alone; `undefined` if nothing is.
 * @param reserved the RSV bits that may be set at the begin of a message
 * @param isOpen whether a fragmented message is under way
 */
export function faultOfHead(
  first: number,
  second: number,
  isMasked: boolean,
  reserved: number,
  isOpen: boolean,
): FrameFault | undefined {
  const opcode = first & 15;
  if (opcode > PONG || (opcode > BINARY && opcode < CLOSE))
    return protocolError(`opcode ${opcode} is unknown`);
  const allowed = opcode === CONTINUATION || opcode >= CLOSE ? 0 : reserved;
  if ((first & RESERVED & ~allowed) !== 0) return protocolError("a reserved bit is set");
  if (isMasked !== second >= MASKED) {
    return protocolError(isMasked ? "a frame of a client is not masked" : "a frame of a server is masked");
  }
  if (opcode >= CLOSE) return faultOfControl(first, opcode, second & 127);
  if (opcode === CONTINUATION && !isOpen) return protocolError("a continuation without a beginning");
  if (opcode !== CONTINUATION && isOpen) return protocolError("a new message inside a fragmented one");
  return undefined;
}

function faultOfControl(first: number, opcode: number, length: number): FrameFault | undefined {
  if (first < FIN) return protocolError("a control frame is fragmented");
  if (length > MAX_CONTROL_BYTES) return protocolError("a control frame of more than 125 bytes");
  if (opcode === CLOSE && length === 1) return protocolError("a Close of one byte");
  return undefined;
}

/** @param name of the limit, as in the configuration */
export function tooMuch(what: string, unit: string, name: string, limit: number): FrameFault {
  return { code: TOO_BIG, reason: `a ${what} of more than ${limit} ${unit} (${name})` };
}

/** @param payload of a Close, which is empty or of two bytes at least */
export function faultOfClose(payload: string): FrameFault | undefined {
  if (payload === "") return undefined;
  const code = payload.charCodeAt(0) * 256 + payload.charCodeAt(1);
  if (!isCloseCode(code)) return protocolError(`a Close may not say ${code}`);
  return isUtf8(payload, 2)
    ? undefined
    : { code: INVALID_PAYLOAD, reason: "the reason of a Close is not UTF-8" };
}

export function protocolError(reason: string): FrameFault {
  return { code: PROTOCOL_ERROR, reason };
}
