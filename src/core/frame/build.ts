import { NO_CODE } from "./close-code";
import { mask } from "./mask";
import { CLOSE, PING } from "./opcode";
import { cutUtf8 } from "./utf8";

/** Frames that the gateway itself makes: to clients as a server does, to peers masked, as a client does. One char a byte. */

const FIN = 0x80;
const MASKED = 0x80;
/** RFC 6455 section 5.5: 125 bytes are all that a control frame takes, and the code of a Close is two of them. */
const MAX_REASON_BYTES = 123;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** @param payload at most 125 bytes @param key four bytes as a 32-bit number; absent: unmasked, to a client */
export function pingFrame(payload: string, key?: number): string {
  return controlFrame(PING, payload, key);
}

/** @param code 0 for none, and then no reason is said. @param reason UTF-8, cut to 123 bytes at a border of a character */
export function closeFrame(code: number, reason: string, key?: number): string {
  if (code === 0 || code === NO_CODE) return controlFrame(CLOSE, "", key);
  return controlFrame(CLOSE, twoBytes(code) + cutUtf8(reason, MAX_REASON_BYTES), key);
}

/** The answer to a Close: the same code, without a reason. @param payload of that Close */
export function closeAnswer(payload: string, key?: number): string {
  return controlFrame(CLOSE, payload.substring(0, 2), key);
}

/** The head of an unmasked data frame. @param first its first byte: FIN, RSV and opcode. @param length up to 2^53 - 1 */
export function dataHead(first: number, length: number): string {
  if (length < LENGTH_16) return String.fromCharCode(first, length);
  if (length < 0x10000) return String.fromCharCode(first, LENGTH_16) + twoBytes(length);
  return String.fromCharCode(first, LENGTH_64) + fourBytes(Math.floor(length / 2 ** 32)) + fourBytes(length);
}

function controlFrame(opcode: number, payload: string, key?: number): string {
  if (key === undefined) return String.fromCharCode(FIN + opcode, payload.length) + payload;
  const keyBytes = fourBytes(key);
  return String.fromCharCode(FIN + opcode, MASKED + payload.length) + keyBytes + mask(payload, keyBytes, 0);
}

function twoBytes(value: number): string {
  return String.fromCharCode(Math.floor(value / 256) % 256, value % 256);
}

/** Of a key as a signed number too: a remainder of what is no less than 0 is the same in Lua as here. */
function fourBytes(value: number): string {
  const low = value < 0 ? value + 2 ** 32 : value % 2 ** 32;
  return twoBytes(Math.floor(low / 65536)) + twoBytes(low % 65536);
}
