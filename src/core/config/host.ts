import type { Fallible } from "../fallible";
import { consistsOf, isDigit, isHexDigit, isLetterOrDigit } from "./characters";

const MAX_NAME = 253;
const MAX_LABEL = 63;
const DOT = 0x2e;
const ZERO = 0x30;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;

export function isIpv4(text: string): boolean {
  let parts = 1;
  let digits = 0;
  let value = 0;
  for (const index of $range(0, text.length - 1)) {
    const code = text.charCodeAt(index);
    if (code === DOT) {
      if (digits === 0) return false;
      parts += 1;
      digits = 0;
      value = 0;
    } else {
      const hasLeadingZero = digits > 0 && value === 0;
      if (!isDigit(code) || hasLeadingZero) return false;
      value = value * 10 + (code - ZERO);
      if (value > 255) return false;
      digits += 1;
    }
  }
  return parts === 4 && digits > 0;
}

/** How many 16-bit groups a part of an IPv6 address holds, a dotted IPv4 at its end being two; -1 if it is malformed. */
function countGroups(text: string, mayEndInIpv4: boolean): number {
  if (text === "") return 0;
  const groups = text.split(":");
  let count = groups.length;
  for (const index of $range(0, groups.length - 1)) {
    const group = groups[index]!;
    if (group.length > 4 || !consistsOf(group, isHexDigit)) {
      if (!mayEndInIpv4 || index !== groups.length - 1 || !isIpv4(group)) return -1;
      count += 1;
    }
  }
  return count;
}

/** RFC 4291 section 2.2 without a zone, without brackets. */
export function isIpv6(text: string): boolean {
  const gap = text.indexOf("::");
  if (gap === -1) return countGroups(text, true) === 8;
  const before = countGroups(text.substring(0, gap), false);
  const after = countGroups(text.substring(gap + 2), true);
  return before !== -1 && after !== -1 && before + after <= 7;
}

function isLabelCharacter(code: number): boolean {
  return isLetterOrDigit(code) || code === HYPHEN || code === UNDERSCORE;
}

/** Whether the characters from `start` up to `end` make a label. */
function isLabel(text: string, start: number, end: number): boolean {
  if (end === start || end - start > MAX_LABEL) return false;
  if (text.charCodeAt(start) === HYPHEN || text.charCodeAt(end - 1) === HYPHEN) return false;
  for (const index of $range(start, end - 1)) {
    if (!isLabelCharacter(text.charCodeAt(index))) return false;
  }
  return true;
}

/** A DNS name, in lower case. What ends in a number is meant to be an IPv4 address and would never resolve. */
export function parseName(text: string): Fallible<string> {
  if (text.length > MAX_NAME) return $multi(undefined, `a name has at most ${MAX_NAME} characters`);
  let start = 0;
  for (const index of $range(0, text.length)) {
    if (index === text.length || text.charCodeAt(index) === DOT) {
      if (!isLabel(text, start, index)) {
        return $multi(undefined, "not a name of labels of a-z, 0-9, '-' and '_' with dots between them");
      }
      if (index < text.length) start = index + 1;
    }
  }
  if (consistsOf(text.substring(start), isDigit)) {
    return $multi(undefined, "it ends in a number and is not an IPv4 address");
  }
  return $multi(text.toLowerCase());
}

/** What a route matches the Host header against: a name, `*.name`, an IPv4 address or `[ipv6]`; in lower case. */
export function parseHost(text: string): Fallible<string> {
  if (text.startsWith("[") && text.endsWith("]")) {
    if (!isIpv6(text.substring(1, text.length - 1))) return $multi(undefined, "not an IPv6 address");
    return $multi(text.toLowerCase());
  }
  if (isIpv4(text)) return $multi(text);
  if (text.includes(":")) return $multi(undefined, "a host has no port, and IPv6 stands in brackets");
  if (!text.startsWith("*.")) return parseName(text);
  const [name, reason] = parseName(text.substring(2));
  if (name === undefined) return $multi(undefined, reason);
  return $multi(`*.${name}`);
}
