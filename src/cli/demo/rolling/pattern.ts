/** A prime number, so that no frame or buffer is a multiple of it. */
const LENGTH = 65_521;
const WORDS =
  "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa ";

/** Text that deflates as words do, and bytes of every value. */
const PATTERNS = { text: textPattern(), binary: binaryPattern() } as const;

export type Kind = keyof typeof PATTERNS;

/** The content of the message with this number: its part of an endless pattern. */
export function bodyOf(kind: Kind, number: number, bytes: number): Buffer {
  const body = Buffer.allocUnsafe(bytes);
  for (let at = 0; at < bytes;) at += PATTERNS[kind].copy(body, at, startOf(number + at));
  return body;
}

/** Whether this is what `bodyOf` makes. */
export function isBodyOf(kind: Kind, number: number, body: Buffer): boolean {
  const pattern = PATTERNS[kind];
  for (let at = 0; at < body.length;) {
    const start = startOf(number + at);
    const length = Math.min(body.length - at, LENGTH - start);
    if (body.compare(pattern, start, start + length, at, at + length) !== 0) return false;
    at += length;
  }
  return true;
}

function startOf(position: number): number {
  return position % LENGTH;
}

function textPattern(): Buffer {
  let text = "";
  // A number between the words, so that two places of it differ.
  for (let turn = 0; text.length < LENGTH; turn += 1) text += `${turn} ${WORDS.slice(turn % 70)}`;
  return Buffer.from(text.slice(0, LENGTH));
}

/** A linear congruential generator; its upper bits are well mixed. */
function binaryPattern(): Buffer {
  const bytes = Buffer.alloc(LENGTH);
  let state = 1;
  for (let at = 0; at < LENGTH; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
