const FINAL = 0x80;
const OPCODE = 0x0f;
const LENGTH = 0x7f;
const LENGTH_IN_2 = 126;
const LENGTH_IN_8 = 127;
const LAST_DATA_OPCODE = 0x2;
const MASK_BYTES = 4;

/**
 * Where so many messages of a client have ended, or as many as there are; `from` if none does.
 * @param from where the head of a frame begins
 */
export function endOfMessages(text: string, from: number, messages: number): number {
  let left = messages;
  let at = from;
  let end = from;
  while (left > 0 && at + 2 <= text.length) {
    const first = text.charCodeAt(at);
    const length = text.charCodeAt(at + 1) & LENGTH;
    const lengthBytes = length === LENGTH_IN_2 ? 2 : length === LENGTH_IN_8 ? 8 : 0;
    const payloadAt = at + 2 + lengthBytes + MASK_BYTES;
    if (payloadAt > text.length) return end;
    at = payloadAt + (lengthBytes === 0 ? length : numberAt(text, at + 2, lengthBytes));
    if (at > text.length) return end;
    if ((first & OPCODE) <= LAST_DATA_OPCODE && (first & FINAL) !== 0) {
      end = at;
      left -= 1;
    }
  }
  return end;
}

function numberAt(text: string, at: number, bytes: number): number {
  let value = 0;
  for (const index of $range(at, at + bytes - 1)) value = value * 256 + text.charCodeAt(index);
  return value;
}
