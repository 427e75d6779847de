import { ipv6Text } from "../resolve/ip-address";

const PORT_BYTES = 2;
const IPV4_LENGTH = PORT_BYTES + 4;
const IPV6_LENGTH = PORT_BYTES + 16;
const GROUPS = 8;
/** `::ffff:0:0/96` is IPv4 on a socket for both (RFC 4291, 2.5.5.2). */
const MAPPED_PREFIX = "::ffff:";

/**
 * The address of a client for people: `192.0.2.7:50422`, `[2001:db8::1]:50422`.
 * @param bytes its port and its IP address in the order of the network; anything else, such as `unix:`, is text already
 */
export function showClient(bytes: string): string {
  if (bytes.length === IPV4_LENGTH) return `${octets(bytes, PORT_BYTES)}:${pair(bytes, 0)}`;
  if (bytes.length !== IPV6_LENGTH) return bytes;
  const groups: number[] = [];
  for (const index of $range(0, GROUPS - 1)) groups.push(pair(bytes, PORT_BYTES + 2 * index));
  const text = ipv6Text(groups);
  const isMapped = text.startsWith(MAPPED_PREFIX) && groups[5] === 0xffff;
  const host = isMapped ? MAPPED_PREFIX + octets(bytes, IPV6_LENGTH - 4) : text;
  return `[${host}]:${pair(bytes, 0)}`;
}

function octets(bytes: string, start: number): string {
  const parts: number[] = [];
  for (const index of $range(start, start + 3)) parts.push(bytes.charCodeAt(index));
  return parts.join(".");
}

function pair(bytes: string, start: number): number {
  return bytes.charCodeAt(start) * 256 + bytes.charCodeAt(start + 1);
}
