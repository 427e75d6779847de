import type { Fallible } from "../fallible";

/**
 * The lines of a state file: `["CRC",RECORD]`, JSON, where CRC is the checksum of the record's text in eight hexadecimal
 * digits. The first record names the version of the format.
 */

/** CRC-32 as zlib has it: a whole number from 0 to 2^32 - 1. */
export type Checksum = (this: void, text: string) => number;

/** @returns undefined and the reason where the text is not JSON */
export type Decode = (this: void, text: string) => LuaMultiReturn<[value: unknown, err?: string]>;

export const FORMAT_VERSION = 1;
/** A longer line is not written, and not read. */
export const LINE_LIMIT_BYTES = 48 * 1024 * 1024;

const HEAD = '["';
const MIDDLE = '",';
const TAIL = "]";
const DIGITS = "0123456789abcdef";
const CHECKSUM_LENGTH = 8;
const RECORD_START = HEAD.length + CHECKSUM_LENGTH + MIDDLE.length;

/** @param record JSON without line breaks */
export function toLine(record: string, checksum: Checksum): string {
  return `${HEAD}${hex(checksum(record))}${MIDDLE}${record}${TAIL}\n`;
}

export function headerRecord(seq: number): string {
  return `{"version":${FORMAT_VERSION},"seq":${seq}}`;
}

/** @param line without its line break; @returns the record's text, or why it is none */
export function fromLine(line: string, checksum: Checksum): Fallible<string> {
  const end = line.length - TAIL.length;
  const isFramed =
    end > RECORD_START &&
    line.startsWith(HEAD) &&
    line.endsWith(TAIL) &&
    line.substring(RECORD_START - MIDDLE.length, RECORD_START) === MIDDLE;
  if (!isFramed) return $multi(undefined, "it is no record");
  const record = line.substring(RECORD_START, end);
  const given = line.substring(HEAD.length, HEAD.length + CHECKSUM_LENGTH);
  if (given !== hex(checksum(record))) return $multi(undefined, "its checksum is wrong");
  return $multi(record);
}

/**
 * A JSON text in one line. What was a line break between its values is a blank then; inside a string it is not allowed,
 * and where a decoder takes it all the same, the blank is what it gets.
 */
export function oneLine(json: string): string {
  if (!json.includes("\n") && !json.includes("\r")) return json;
  return json.replaceAll("\n", " ").replaceAll("\r", " ");
}

function hex(value: number): string {
  let rest = value;
  let text = "";
  for (const _ of $range(1, CHECKSUM_LENGTH)) {
    const digit = rest % 16;
    text = DIGITS.charAt(digit) + text;
    rest = (rest - digit) / 16;
  }
  return text;
}
