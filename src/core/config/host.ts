import type { Fallible } from "../fallible";
import { consistsOf, isDigit, isHexDigit, isLetterOrDigit } from "./characters";

const MAX_NAME = 253;
const MAX_LABEL = 63;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;

/** A number in `[0, 255]` or `[0, 65535]` as addresses spell it: decimal, no leading zero; -1 for anything else. */
export function parseDecimal(text: string, max: number): number {
  if (text.length > 5 || !consistsOf(text, isDigit)) return -1;
  if (text.length > 1 && text.startsWith("0")) return -1;
  const value = Number(text);
  return value <= max ? value : -1;
}

export function isIpv4(text: string): boolean {
  const parts = text.split(".");
  if (parts.length !== 4) return false;
  for (const part of parts) {
    if (parseDecimal(part, 255) === -1) return false;
  }
  return true;
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

function isLabel(text: string): boolean {
  return (
    text.length <= MAX_LABEL &&
    consistsOf(text, isLabelCharacter) &&
    text.charCodeAt(0) !== HYPHEN &&
    text.charCodeAt(text.length - 1) !== HYPHEN
  );
}

/** A DNS name, in lower case. What ends in a number is meant to be an IPv4 address and would never resolve. */
export function parseName(text: string): Fallible<string> {
  if (text.length > MAX_NAME) return $multi(undefined, `a name has at most ${MAX_NAME} characters`);
  const labels = text.split(".");
  for (const label of labels) {
    if (!isLabel(label)) return $multi(undefined, "it is not a name made of a-z, 0-9, '-', '_' and dots");
  }
  if (consistsOf(labels[labels.length - 1]!, isDigit)) {
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
