import type { Fallible } from "../fallible";
import { isLetterOrDigit } from "../config/characters";

/** Undoes percent-encoding. A NUL, which no name can hold, is refused like an escape without its two hex digits. */
export function decodePercent(text: string): Fallible<string> {
  let percent = text.indexOf("%");
  if (percent < 0) return $multi(text);
  const parts: string[] = [];
  let start = 0;
  while (percent >= 0) {
    const high = hexDigit(text.charCodeAt(percent + 1));
    const low = hexDigit(text.charCodeAt(percent + 2));
    if (high === undefined || low === undefined) return $multi(undefined, "has a % without two hex digits");
    if (high + low === 0) return $multi(undefined, "has a %00");
    parts.push(text.substring(start, percent), String.fromCharCode(high * 16 + low));
    start = percent + 3;
    percent = text.indexOf("%", start);
  }
  parts.push(text.substring(start));
  return $multi(parts.join(""));
}

function hexDigit(code: number): number | undefined {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 70) return code - 55;
  return code >= 97 && code <= 102 ? code - 87 : undefined;
}

const DIGITS = "0123456789ABCDEF";

/** Percent-encodes all but what RFC 3986 calls unreserved, for one segment of a path. */
export function encodePercent(text: string): string {
  const parts: string[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isLetterOrDigit(code) || "-._~".includes(text.charAt(index))) parts.push(text.charAt(index));
    else parts.push("%", DIGITS.charAt(Math.floor(code / 16)), DIGITS.charAt(code % 16));
  }
  return parts.join("");
}
