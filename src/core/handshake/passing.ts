/**
 * Which fields of a handshake and of its answer go on to the other side, where the gateway itself speaks with the peer: as nginx
 * has it, with the snippet's `proxy_set_header`.
 */

/** Fields of a request that the gateway sets itself, or that are for one hop. */
const KEPT_FROM_PEER: readonly string[] = [
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "switchboard-resume",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-request-id",
];

/** Fields of an answer that nginx makes itself, that are for one hop, or for nginx. */
const KEPT_FROM_CLIENT: readonly string[] = [
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "server",
  "transfer-encoding",
  "x-accel-buffering",
  "x-accel-charset",
  "x-accel-expires",
  "x-accel-limit-rate",
  "x-accel-redirect",
  "x-pad",
];

const keptFromPeer = setOf(KEPT_FROM_PEER);
const keptFromClient = setOf(KEPT_FROM_CLIENT);
const keptLengths = lengthsOf(KEPT_FROM_PEER);

/** Whether a request's field with so long a name may be one of those that do not go on. */
export function mayStayHere(nameLength: number): boolean {
  return keptLengths.has(nameLength);
}

/** @param name of a request's field, in lower case */
export function isForPeer(name: string): boolean {
  return !keptFromPeer.has(name);
}

/** @param name of an answer's field, in lower case; Content-Length goes another way */
export function isForClient(name: string): boolean {
  return !keptFromClient.has(name);
}

function setOf(names: readonly string[]): LuaSet<string> {
  const set = new LuaSet<string>();
  for (const name of names) set.add(name);
  return set;
}

function lengthsOf(names: readonly string[]): LuaSet<number> {
  const lengths = new LuaSet<number>();
  for (const name of names) lengths.add(name.length);
  return lengths;
}
