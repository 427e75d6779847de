/**
 * IP addresses as text, in one form each, so that equal addresses are equal strings: dotted decimal for IPv4, RFC 5952
 * for IPv6 (lower case, no leading zeros, the longest run of zero groups as `::`), never in brackets.
 */
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_A = 0x61;
const LOWER_F = 0x66;
const GROUPS = 8;
const LONGEST_TEXT = 45;

/** The canonical form, or `undefined` if the text is no IP address. A zone (`fe80::1%eth0`) is refused. */
export function canonicalAddress(text: string): string | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  return text.includes(":") ? canonicalIpv6(text.toLowerCase()) : canonicalIpv4(text);
}

export function isIpv6(address: string): boolean {
  return address.includes(":");
}

/** Digits only, no sign, at most `limit`; `undefined` for anything else. */
export function parseNatural(text: string, limit: number): number | undefined {
  if (text.length === 0 || text.length > 9) return undefined;
  let value = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < ZERO || code > NINE) return undefined;
    value = value * 10 + code - ZERO;
  }
  return value <= limit ? value : undefined;
}

function canonicalIpv4(text: string): string | undefined {
  const octets = parseOctets(text);
  return octets === undefined ? undefined : octets.join(".");
}

function parseOctets(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const octets: number[] = [];
  for (const part of parts) {
    // `010` is octal to some parsers and decimal to others: nobody should guess.
    if (part.length > 1 && part.startsWith("0")) return undefined;
    const octet = parseNatural(part, 255);
    if (octet === undefined) return undefined;
    octets.push(octet);
  }
  return octets;
}

function canonicalIpv6(text: string): string | undefined {
  const gap = text.indexOf("::");
  if (gap < 0) {
    const groups = parseGroups(text);
    return groups !== undefined && groups.length === GROUPS ? ipv6Text(groups) : undefined;
  }
  const head = parseGroups(text.substring(0, gap));
  const tail = parseGroups(text.substring(gap + 2));
  if (head === undefined || tail === undefined || text.substring(0, gap).includes(".")) return undefined;
  if (head.length + tail.length >= GROUPS) return undefined;
  while (head.length + tail.length < GROUPS) head.push(0);
  for (const group of tail) head.push(group);
  return ipv6Text(head);
}

/** Groups separated by single colons; the last may be a dotted IPv4 address, which is two groups. */
function parseGroups(text: string): number[] | undefined {
  const groups: number[] = [];
  if (text === "") return groups;
  const parts = text.split(":");
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index]!;
    if (index === parts.length - 1 && part.includes(".")) {
      const octets = parseOctets(part);
      if (octets === undefined) return undefined;
      groups.push(octets[0]! * 256 + octets[1]!, octets[2]! * 256 + octets[3]!);
    } else {
      const group = parseGroup(part);
      if (group === undefined) return undefined;
      groups.push(group);
    }
  }
  return groups;
}

function parseGroup(text: string): number | undefined {
  if (text.length === 0 || text.length > 4) return undefined;
  let value = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= ZERO && code <= NINE) value = value * 16 + code - ZERO;
    else if (code >= LOWER_A && code <= LOWER_F) value = value * 16 + code - LOWER_A + 10;
    else return undefined;
  }
  return value;
}

/** @param groups the eight of an IPv6 address */
export function ipv6Text(groups: readonly number[]): string {
  const gap = longestZeroRun(groups);
  if (gap.length < 2) return writeRange(groups, 0, GROUPS);
  return `${writeRange(groups, 0, gap.start)}::${writeRange(groups, gap.start + gap.length, GROUPS)}`;
}

function writeRange(groups: readonly number[], start: number, end: number): string {
  const parts: string[] = [];
  for (let index = start; index < end; index += 1) parts.push(groups[index]!.toString(16));
  return parts.join(":");
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  const longest = { start: 0, length: 0 };
  let length = 0;
  for (let index = 0; index < GROUPS; index += 1) {
    length = groups[index] === 0 ? length + 1 : 0;
    if (length > longest.length) {
      longest.length = length;
      longest.start = index + 1 - length;
    }
  }
  return longest;
}
