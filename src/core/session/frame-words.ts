const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** The kind of a frame, as RFC 6455 (section 11.8) names it. */
export function opcodeName(opcode: number): string {
  if (opcode === TEXT) return "text";
  if (opcode === BINARY) return "binary";
  if (opcode === CONTINUATION) return "continuation";
  if (opcode === CLOSE) return "close";
  if (opcode === PING) return "ping";
  return opcode === PONG ? "pong" : `opcode_${opcode}`;
}
