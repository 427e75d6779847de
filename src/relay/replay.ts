const FINAL = 0x80;
const OPCODE = 0x0f;
const LENGTH = 0x7f;
const LENGTH_IN_2 = 126;
const LENGTH_IN_8 = 127;
const LAST_DATA_OPCODE = 0x2;
const MASK_BYTES = 4;

/** The first messages of a client, for protocols that begin with a hello: they are said again to each peer it is moved to. */
export class Replay {
  /** They are all here, or too large to be kept. */
  isComplete = false;
  private text = "";

  constructor(
    private readonly messages: number,
    private readonly limitBytes: number,
  ) {}

  /** What a peer was given, from the client's first byte on until it is complete. @param messages that have ended so far */
  record(data: string, messages: number): void {
    this.text += data;
    if (messages >= this.messages) {
      this.text = this.get();
      this.isComplete = true;
    }
    if (this.text.length <= this.limitBytes) return;
    this.text = "";
    this.isComplete = true;
  }

  /** Those that are here whole, as they came; `""` for none. */
  get(): string {
    return this.text.substring(0, endOfMessages(this.text, this.messages));
  }
}

/** Where so many messages end, or as many as there are; `text` begins with the head of a masked frame. */
function endOfMessages(text: string, messages: number): number {
  let left = messages;
  let at = 0;
  let end = 0;
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
