import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } from "../frame/opcode";

/** The kind of a frame, as RFC 6455 (section 11.8) names it. */
export function opcodeName(opcode: number): string {
  if (opcode === TEXT) return "text";
  if (opcode === BINARY) return "binary";
  if (opcode === CONTINUATION) return "continuation";
  if (opcode === CLOSE) return "close";
  if (opcode === PING) return "ping";
  return opcode === PONG ? "pong" : `opcode_${opcode}`;
}
