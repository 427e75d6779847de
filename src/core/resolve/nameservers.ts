import { canonicalAddress, parseNatural } from "./ip-address";

export const DNS_PORT = 53;
export const DEFAULT_TIMEOUT_MS = 2000;
export const DEFAULT_ATTEMPTS = 2;

export interface Nameserver {
  /** An IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface NameserverOptions {
  /** For one question to one server. */
  readonly timeoutMs: number;
  /** How often the whole list is gone through. */
  readonly attempts: number;
}

/**
 * The servers to ask. The one that answers stays first: where the first in the list is dead, one question finds that
 * out, not each of a thousand.
 */
export class Nameservers {
  private preferred = 0;

  constructor(
    private readonly servers: readonly Nameserver[],
    readonly options: NameserverOptions,
  ) {}

  count(): number {
    return this.servers.length;
  }

  /** In the order to ask now. */
  ordered(): Nameserver[] {
    const order: Nameserver[] = [];
    for (let step = 0; step < this.servers.length; step += 1) {
      order.push(this.servers[(this.preferred + step) % this.servers.length]!);
    }
    return order;
  }

  /**
   * The server gave no usable answer. Only the one in front gives up its place: questions that waited for it together move
   * it once.
   */
  unreachable(server: Nameserver): void {
    if (this.servers[this.preferred] === server) this.preferred = (this.preferred + 1) % this.servers.length;
  }
}

/** `ip`, `ip:port`, `[ipv6]` or `[ipv6]:port`. */
export function parseNameserver(text: string): Nameserver | undefined {
  const bare = canonicalAddress(text);
  if (bare !== undefined) return { host: bare, port: DNS_PORT };
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    const rest = text.substring(end + 1);
    if (end < 0 || (rest !== "" && !rest.startsWith(":"))) return undefined;
    const host = canonicalAddress(text.substring(1, end));
    return host === undefined || !host.includes(":") ? undefined : withPort(host, rest);
  }
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  const host = canonicalAddress(text.substring(0, colon));
  return host === undefined ? undefined : withPort(host, text.substring(colon));
}

/** @param suffix `""` or `:port` */
function withPort(host: string, suffix: string): Nameserver | undefined {
  if (suffix === "") return { host, port: DNS_PORT };
  const port = parseNatural(suffix.substring(1), 65535);
  return port === undefined || port === 0 ? undefined : { host, port };
}
