import { eachToken } from "./tokens";

/**
 * A client may name fields in Connection as meant for one hop only (RFC 9110 section 7.6.1); they are not passed on. These are
 * never taken for such, or a client could strip what the peer relies on: who asked, for whom, and how it was forwarded.
 */
const KEPT: readonly string[] = [
  "authorization",
  "close",
  "content-length",
  "content-type",
  "cookie",
  "forwarded",
  "host",
  "keep-alive",
  "origin",
  "transfer-encoding",
  "upgrade",
  "via",
  "x-real-ip",
  "x-request-id",
];
const KEPT_PREFIXES: readonly string[] = ["sec-", "x-forwarded-"];

/** Calls `drop` with the lower-case name of each field that Connection marks as meant for this hop. */
export function eachNominated(connection: string, drop: (this: void, name: string) => void): void {
  eachToken(connection, (token) => {
    if (!isKept(token)) drop(token);
  });
}

function isKept(name: string): boolean {
  if (KEPT.includes(name)) return true;
  for (const prefix of KEPT_PREFIXES) if (name.startsWith(prefix)) return true;
  return false;
}
