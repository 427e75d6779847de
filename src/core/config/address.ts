import type { Fallible } from "../fallible";
import { consistsOf, isDigit, isVisible } from "./characters";
import { parseBracketed, parseIpv4, parseName } from "./host";

export interface Address {
  /** A `name` has to be resolved before a connect. */
  readonly kind: "ip" | "name" | "unix";
  /** As nginx's balancer takes it: an IPv4 address, `[ipv6]` as RFC 5952 writes it, or `unix:/path`; or the name in lower case. */
  readonly host: string;
  /** 0 for a unix socket. */
  readonly port: number;
}

const MAX_PORT = 65_535;
/** `sun_path` of Linux holds 108 bytes with the NUL at its end. */
const MAX_UNIX_PATH = 107;
const HASH = 0x23;
const ZERO = 0x30;

function isUnixPathCharacter(code: number): boolean {
  return isVisible(code) && code !== HASH;
}

/** The port that the text is from an index on, without leading zeros; 0 if it is none. */
function parsePort(text: string, start: number): number {
  let port = 0;
  for (const index of $range(start, text.length - 1)) {
    const code = text.charCodeAt(index);
    const isLeadingZero = port === 0 && code === ZERO;
    if (!isDigit(code) || isLeadingZero) return 0;
    port = port * 10 + (code - ZERO);
    if (port > MAX_PORT) return 0;
  }
  return port;
}

function parseUnix(path: string): Fallible<Address> {
  if (!path.startsWith("/")) return $multi(undefined, "the path of the socket is not absolute");
  if (!consistsOf(path, isUnixPathCharacter)) {
    return $multi(undefined, "the path of the socket is not visible ASCII without '#'");
  }
  if (path.length > MAX_UNIX_PATH) {
    return $multi(undefined, `the path of the socket has more than ${MAX_UNIX_PATH} characters`);
  }
  return $multi({ kind: "unix", host: `unix:${path}`, port: 0 });
}

function parseIpv6(text: string): Fallible<Address> {
  const close = text.indexOf("]:");
  if (close === -1) return $multi(undefined, "no port after the brackets");
  const port = parsePort(text, close + 2);
  if (port === 0) return $multi(undefined, "the port is not a number from 1 to 65535");
  const host = parseBracketed(text.substring(0, close + 1));
  if (host === undefined) return $multi(undefined, "no IPv6 address between the brackets");
  return $multi({ kind: "ip", host, port });
}

/** Where a peer listens: `host:port`, `[ipv6]:port` or `unix:/path`. */
export function parseAddress(text: string): Fallible<Address> {
  if (text.startsWith("unix:")) return parseUnix(text.substring(5));
  if (text.startsWith("[")) return parseIpv6(text);
  const colon = text.indexOf(":");
  if (colon === -1) return $multi(undefined, "no port");
  const port = parsePort(text, colon + 1);
  if (port === 0) return $multi(undefined, "the port is not a number from 1 to 65535");
  const host = text.substring(0, colon);
  const ip = parseIpv4(host);
  if (ip !== undefined) return $multi({ kind: "ip", host: ip, port });
  const [name, reason] = parseName(host);
  if (name === undefined) return $multi(undefined, reason);
  return $multi({ kind: "name", host: name, port });
}

/** A DNS server: `ip` or `ip:port`, IPv6 in brackets; as it was written. */
export function parseServer(text: string): Fallible<string> {
  const hasPort = text.startsWith("[") ? !text.endsWith("]") : text.includes(":");
  const [address] = parseAddress(hasPort ? text : `${text}:53`);
  if (address === undefined || address.kind !== "ip") return $multi(undefined, "not an IP address");
  return $multi(text);
}
