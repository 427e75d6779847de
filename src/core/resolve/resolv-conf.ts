import { fieldsOf, HASH, SEMICOLON } from "./fields";
import { canonicalAddress, parseNatural } from "./ip-address";
import { DEFAULT_ATTEMPTS, DEFAULT_TIMEOUT_MS, DNS_PORT } from "./nameservers";
import type { Nameserver } from "./nameservers";

/** The C library reads no more than three either (MAXNS). */
const MAX_NAMESERVERS = 3;
const MAX_TIMEOUT_S = 5;
const MAX_ATTEMPTS = 3;
const LARGEST_OPTION = 1e6;

export interface ResolvConf {
  readonly nameservers: readonly Nameserver[];
  readonly timeoutMs: number;
  readonly attempts: number;
}

/**
 * What resolv.conf(5) says about the servers. `search`, `domain` and `ndots` are passed over: names of peers are absolute.
 * `timeout` and `attempts` are honoured within bounds, so that one dead server cannot hold a name for minutes.
 */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: Nameserver[] = [];
  let timeoutMs = DEFAULT_TIMEOUT_MS;
  let attempts = DEFAULT_ATTEMPTS;
  for (const line of text.split("\n")) {
    const fields = fieldsOf(line, HASH, SEMICOLON);
    if (fields[0] === "nameserver" && fields.length > 1) addNameserver(nameservers, fields[1]!);
    if (fields[0] === "options") {
      for (const field of fields) {
        timeoutMs = (option(field, "timeout:", MAX_TIMEOUT_S) ?? timeoutMs / 1000) * 1000;
        attempts = option(field, "attempts:", MAX_ATTEMPTS) ?? attempts;
      }
    }
  }
  return { nameservers, timeoutMs, attempts };
}

function addNameserver(nameservers: Nameserver[], text: string): void {
  const host = canonicalAddress(text);
  if (host !== undefined && nameservers.length < MAX_NAMESERVERS) nameservers.push({ host, port: DNS_PORT });
}

/** The number behind `name` brought into `[1, limit]`; `undefined` if the field is another option or holds no number. */
function option(field: string, name: string, limit: number): number | undefined {
  if (!field.startsWith(name)) return undefined;
  const value = parseNatural(field.substring(name.length), LARGEST_OPTION);
  return value === undefined ? undefined : Math.max(1, Math.min(limit, value));
}
