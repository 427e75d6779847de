import type { Fallible } from "../fallible";
import { canonicalAddress } from "../resolve/ip-address";
import { consistsOf, isDigit, isLetterOrDigit } from "./characters";

const MAX_NAME = 253;
const MAX_LABEL = 63;
const DOT = 0x2e;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;

/** The canonical text of an IPv4 address, or `undefined`. */
export function parseIpv4(text: string): string | undefined {
  return isDigit(text.charCodeAt(0)) && !text.includes(":") ? canonicalAddress(text) : undefined;
}

/** The canonical text of `[ipv6]`, with its brackets, or `undefined`. */
export function parseBracketed(text: string): string | undefined {
  if (!text.startsWith("[") || !text.endsWith("]") || !text.includes(":")) return undefined;
  const address = canonicalAddress(text.substring(1, text.length - 1));
  return address === undefined ? undefined : `[${address}]`;
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
  let start = 0;
  for (const index of $range(0, text.length)) {
    if (index === text.length || text.charCodeAt(index) === DOT) {
      if (!isLabel(text, start, index)) {
        return $multi(undefined, "not a name of labels of a-z, 0-9, '-' and '_' with dots between them");
      }
      if (index < text.length) start = index + 1;
    }
  }
  if (text.length > MAX_NAME) return $multi(undefined, `a name has at most ${MAX_NAME} characters`);
  if (consistsOf(text.substring(start), isDigit)) {
    return $multi(undefined, "it ends in a number and is not an IPv4 address");
  }
  return $multi(text.toLowerCase());
}

/** What a route matches the Host header against: a name, `*.name`, an IPv4 address or `[ipv6]`; in lower case, IPv6 as RFC 5952 writes it. */
export function parseHost(text: string): Fallible<string> {
  const ip = parseIpv4(text) ?? parseBracketed(text);
  if (ip !== undefined) return $multi(ip);
  if (text.includes(":")) return $multi(undefined, "a host has no port, and IPv6 stands in brackets");
  if (!text.startsWith("*.")) return parseName(text);
  const [name, reason] = parseName(text.substring(2));
  if (name === undefined) return $multi(undefined, reason);
  return $multi(`*.${name}`);
}
