import * as ffi from "ffi";
import type { ConnectionEnd } from "../core/gateway/outcome";
import { tcpPatience } from "../core/health/tcp-patience";
import { descriptorOf, endOf } from "./connection";
import { log } from "./world";

/**
 * A far side that vanished without a word: its machine lost power, or the network to it. The kernel finds it by keepalive
 * where nothing is under way, and by what is not acknowledged where something is.
 */
ffi.cdef(`
int switchboard_setsockopt(int fd, int level, int name, const void *value, unsigned int length) __asm__("setsockopt");
int switchboard_getsockopt(int fd, int level, int name, void *value, unsigned int *length) __asm__("getsockopt");
`);

const SOL_SOCKET = 1;
const SO_KEEPALIVE = 9;
const IPPROTO_TCP = 6;
const TCP_KEEPIDLE = 4;
const TCP_KEEPINTVL = 5;
const TCP_INFO = 11;
const TCP_USER_TIMEOUT = 18;
const INT_BYTES = 4;
/** What a socket says that is not TCP: a unix socket, whose far side cannot vanish alone. */
const EOPNOTSUPP = 95;

/** Words of `struct tcp_info`, and its beginning up to them. */
const LAST_DATA_RECEIVED_MS = 13;
const LAST_ACK_RECEIVED_MS = 14;
const INFO_BYTES = 60;

const on = ffi.new("int[1]", 1) as FfiInts;
const idleS = ffi.new("int[1]") as FfiInts;
const intervalS = ffi.new("int[1]") as FfiInts;
const silenceMs = ffi.new("int[1]") as FfiInts;
const read = ffi.new("uint32_t[15]") as FfiInts;
const readBytes = ffi.new("unsigned int[1]") as FfiInts;

/** The `tcp_timeout` that the words above are of. */
let preparedMs = 0;
let isRefusalTold = false;

/** Lets the kernel end the two connections of an open session when their far side is silent. 0: as nginx and the system have it. */
export function limitSilence(client: number, upstream: number, tcpTimeoutMs: number): void {
  if (tcpTimeoutMs === 0) return;
  if (tcpTimeoutMs !== preparedMs) prepare(tcpTimeoutMs);
  limit(descriptorOf(client));
  limit(descriptorOf(upstream));
}

function prepare(tcpTimeoutMs: number): void {
  const patience = tcpPatience(tcpTimeoutMs);
  idleS[0] = patience.idleS;
  intervalS[0] = patience.intervalS;
  silenceMs[0] = patience.silenceMs;
  preparedMs = tcpTimeoutMs;
}

/**
 * The kernel does not count its questions where `TCP_USER_TIMEOUT` is set, so `TCP_KEEPCNT` would be a call in vain. The first
 * call tells a socket that is not TCP, which costs no second one.
 */
function limit(descriptor: number): void {
  if (descriptor === 0) return;
  if (
    set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, silenceMs) !== 0 ||
    set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, idleS) !== 0 ||
    set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, intervalS) !== 0 ||
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, on) !== 0
  ) {
    tellRefusal(ffi.errno());
  }
}

function set(descriptor: number, level: number, name: number, value: FfiInts): number {
  return ffi.C.switchboard_setsockopt(descriptor, level, name, value, INT_BYTES);
}

/** Once: the next session would be refused the same. */
function tellRefusal(errno: number): void {
  if (errno === EOPNOTSUPP || isRefusalTold) return;
  isRefusalTold = true;
  log.write("warn", `tcp_timeout has no effect: the system refuses it (errno ${errno})`);
}

/**
 * How a client ended its connection, which is still open. nginx has taken the error from the socket, and for a client that is gone
 * it looks like a reset; but a reset is something heard.
 */
export function endOfClient(handle: number): ConnectionEnd {
  const end = endOf(handle);
  return end === "reset" && isGone(descriptorOf(handle)) ? "gone" : end;
}

/** Whether nothing has come for as long as the socket itself was told to wait. */
function isGone(descriptor: number): boolean {
  if (descriptor === 0 || !get(descriptor, TCP_USER_TIMEOUT, INT_BYTES)) return false;
  const limitMs = read[0]!;
  if (limitMs === 0 || !get(descriptor, TCP_INFO, INFO_BYTES)) return false;
  return read[LAST_DATA_RECEIVED_MS]! >= limitMs && read[LAST_ACK_RECEIVED_MS]! >= limitMs;
}

/** Into `read`. */
function get(descriptor: number, name: number, bytes: number): boolean {
  readBytes[0] = bytes;
  return (
    ffi.C.switchboard_getsockopt(descriptor, IPPROTO_TCP, name, read, readBytes) === 0 &&
    readBytes[0] === bytes
  );
}
