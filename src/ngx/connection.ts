import { band, bor } from "bit";
import * as ffi from "ffi";
import { get_request } from "resty.core.base";
import type { ConnectionEnd } from "../core/gateway/outcome";

/**
 * What Lua cannot ask nginx: the sockets behind a request. The beginnings of its structures are described here as they have been
 * for long in every nginx, and are checked on each use by values that must point back where they came from: a request's own
 * connection and that of its upstream have `data` pointing to the request, an event's `data` points to its connection.
 * Connections live in an array for as long as the worker does, so a handle stays readable after its socket is closed, and
 * holds the last events until the worker accepts or opens another connection.
 */
ffi.cdef(`
int shutdown(int fd, int how);
intptr_t switchboard_send(int fd, const char *text, size_t size, int flags) __asm__("send");
intptr_t switchboard_receive(int fd, char *buffer, size_t size, int flags) __asm__("recv");
`);

interface Event {
  readonly data: unknown;
  readonly bits: number;
}

interface Connection {
  readonly data: unknown;
  readonly read: Event | undefined;
  readonly write: Event | undefined;
  readonly fd: number;
  sent: unknown;
}

interface Request {
  readonly connection: Connection | undefined;
  readonly upstream: { readonly connection: Connection | undefined } | undefined;
}

/** Words between a request's connection and its upstream; one fewer in an nginx without the cache module. */
const WORDS_BETWEEN = ngx.config.nginx_configure().includes("--without-http-cache") ? 6 : 7;
const EVENT = ffi.typeof("struct { void *data; unsigned int bits; }");
const CONNECTION = ffi.typeof(
  "struct { void *data; $ *read; $ *write; int fd; void *between[5]; int64_t sent; }",
  EVENT,
  EVENT,
);
const UPSTREAM = ffi.typeof("struct { void *handlers[2]; $ *connection; }", CONNECTION);
const REQUEST = ffi.typeof(
  `struct { uint32_t signature; $ *connection; void *between[${WORDS_BETWEEN}]; $ *upstream; }`,
  CONNECTION,
  UPSTREAM,
);
const CONNECTION_POINTER = ffi.typeof("$ *", CONNECTION);
const REQUEST_POINTER = ffi.typeof("$ *", REQUEST);
const ADDRESS = ffi.typeof("uintptr_t");
const ADDRESSES = ffi.typeof("uintptr_t *");

const EOF_BIT = 1 << 8;
const ERROR_BIT = 1 << 9;
const TIMEDOUT_BIT = 1 << 10;
const SHUT_RDWR = 2;
const CLOSED_FD = -1;

function addressOf(pointer: unknown): number {
  return tonumber(ffi.cast(ADDRESS, pointer))!;
}

/** The current request; 0 outside of one. */
export function requestHandle(): number {
  const request = get_request();
  return request === undefined ? 0 : addressOf(request);
}

/** The request's connection to its peer; 0 if there is none, or the layout is not the known one. */
export function upstreamHandle(handle: number): number {
  if (handle === 0) return 0;
  const request = ffi.cast(REQUEST_POINTER, handle) as Request;
  const { upstream } = request;
  return isNull(upstream) ? 0 : handleOf(upstream.connection, request);
}

/** The client's connection; 0 if the layout is not the known one. */
export function clientHandle(handle: number): number {
  if (handle === 0) return 0;
  const request = ffi.cast(REQUEST_POINTER, handle) as Request;
  return handleOf(request.connection, request);
}

/** The connection at an address, if it says that it belongs to what is at another; 0 if not. */
export function ownedHandle(address: number, owner: number): number {
  if (address === 0) return 0;
  const connection = ffi.cast(CONNECTION_POINTER, address) as Connection;
  const { data, read } = connection;
  if (addressOf(data) !== owner) return 0;
  return isNull(read) || read.data !== connection ? 0 : address;
}

/** What an open connection says that it belongs to. */
export function ownerOf(handle: number): number {
  return handle === 0 ? 0 : addressOf((ffi.cast(CONNECTION_POINTER, handle) as Connection).data);
}

/** Whether nginx itself has made, or is about to make, a connection to a peer for the request. */
export function hasUpstream(handle: number): boolean {
  return handle !== 0 && !isNull((ffi.cast(REQUEST_POINTER, handle) as Request).upstream);
}

/** A null pointer is not nil, but equal to it. */
function isNull<T>(pointer: T | undefined): pointer is undefined {
  return pointer === undefined;
}

function handleOf(connection: Connection | undefined, request: Request): number {
  if (isNull(connection) || connection.data !== request) return 0;
  const { read } = connection;
  return isNull(read) || read.data !== connection ? 0 : addressOf(connection);
}

/**
 * How the far side of a connection ended it; `""` if it did not. A reset shows where nginx met it first, which is in writing
 * when there was much to write.
 */
export function endOf(handle: number): ConnectionEnd {
  if (handle === 0) return "";
  const { read, write } = ffi.cast(CONNECTION_POINTER, handle) as Connection;
  if (isNull(read) || isNull(write)) return "";
  const bits = bor(read.bits, write.bits);
  if (band(bits, ERROR_BIT) !== 0) return "reset";
  if (band(bits, TIMEDOUT_BIT) !== 0) return "timeout";
  return band(bits, EOF_BIT) !== 0 ? "closed" : "";
}

/** Whether the count of what was sent was compared with what nginx itself says, and is it. */
let isSentLearned = false;
let isSentKnown = true;

/** To be called in the log phase, when what was sent to the client is what nginx's variable says. It looks until it is sure. */
export function learnSentField(request: number): void {
  if (isSentLearned) return;
  const handle = clientHandle(request);
  const sent = Number(ngx.var["bytes_sent"] ?? "");
  if (handle === 0 || !(sent > 0)) return;
  isSentKnown = sentOn(handle) === sent;
  isSentLearned = true;
}

/** Bytes that nginx has sent on a connection; `undefined` where the structure is another one. */
export function sentOn(handle: number): number | undefined {
  if (handle === 0 || !isSentKnown) return undefined;
  return tonumber((ffi.cast(CONNECTION_POINTER, handle) as Connection).sent)!;
}

/** The same of a connection that nginx has closed; 0 if another one is in its place already. */
export function sentBefore(handle: number): number {
  if (handle === 0 || !isSentKnown) return 0;
  const { fd, sent } = ffi.cast(CONNECTION_POINTER, handle) as Connection;
  return fd === CLOSED_FD ? tonumber(sent)! : 0;
}

/**
 * Gives the system bytes for a connection that has no send under way, as nginx would, and counts them for it.
 * @param owner what the connection has to belong to, lest another one is in its place
 * @returns how many of them the system took; 0 also where nginx has to do it
 */
export function sendOn(handle: number, owner: number, text: string, flags: number): number {
  if (handle === 0 || !isSentLearned || !isSentKnown) return 0;
  const connection = ffi.cast(CONNECTION_POINTER, handle) as Connection;
  const { fd } = connection;
  if (fd <= 0 || addressOf(connection.data) !== owner) return 0;
  const sent = tonumber(ffi.C.switchboard_send(fd, text, text.length, flags))!;
  if (sent <= 0) return 0;
  connection.sent = tonumber(connection.sent)! + sent;
  return sent;
}

const RECEIVE_BYTES = 65_536;
const MSG_DONTWAIT = 0x40;
const received = ffi.new(`char[${RECEIVE_BYTES}]`);

/**
 * Takes what the system has received on a connection, where nginx itself has nothing left of it.
 * @param owner as for `sendOn`
 * @returns at most so many bytes; `undefined` if there are none now, or nginx has to find out why
 */
export function receiveOn(handle: number, owner: number, maxBytes: number): string | undefined {
  if (handle === 0) return undefined;
  const { data, fd } = ffi.cast(CONNECTION_POINTER, handle) as Connection;
  if (fd <= 0 || addressOf(data) !== owner) return undefined;
  const size = Math.min(maxBytes, RECEIVE_BYTES);
  const length = tonumber(ffi.C.switchboard_receive(fd, received, size, MSG_DONTWAIT))!;
  return length > 0 ? ffi.string(received, length) : undefined;
}

/** The descriptor of a connection that is open; 0 if it is not, or there is none. */
export function descriptorOf(handle: number): number {
  if (handle === 0) return 0;
  const { fd } = ffi.cast(CONNECTION_POINTER, handle) as Connection;
  return fd > 0 ? fd : 0;
}

/** Ends a connection in both directions; nginx then sees its end as if the far side had closed it. */
export function shutDown(handle: number): boolean {
  if (handle === 0) return false;
  const { fd } = ffi.cast(CONNECTION_POINTER, handle) as Connection;
  return fd > 0 && ffi.C.shutdown(fd, SHUT_RDWR) === 0;
}

const METHOD_GET = 2;
const HTTP_09 = 9;
const HTTP_11 = 1001;
const REQUEST_WORDS = 160;
let versionWord = 0;

/**
 * nginx takes an answer without a status line for HTTP/0.9 and then speaks 0.9 to the client as well: garbage would reach it
 * as a bare body. This says whether that has happened, and if so makes the client's version 1.1 again, so that it can be given
 * an error. The field is found once, by a GET of HTTP/1.1: method and version stand side by side.
 */
export function undoHttp09(request: number): boolean {
  if (request === 0 || versionWord === 0) return false;
  const fields = ffi.cast(ADDRESSES, request) as FfiWords;
  if (tonumber(fields[versionWord]) !== HTTP_09) return false;
  fields[versionWord] = HTTP_11;
  return true;
}

/** What nearly every handshake is, without asking nginx twice; `false` also where the field was not found yet. */
export function isGetOfHttp11(request: number): boolean {
  if (request === 0 || versionWord === 0) return false;
  const fields = ffi.cast(ADDRESSES, request) as FfiWords;
  return tonumber(fields[versionWord]) === HTTP_11 && tonumber(fields[versionWord - 1]) === METHOD_GET;
}

/** To be called with a request that is a GET of HTTP/1.1. */
export function findVersionField(request: number): void {
  if (request === 0 || versionWord !== 0) return;
  const fields = ffi.cast(ADDRESSES, request) as FfiWords;
  for (const index of $range(1, REQUEST_WORDS)) {
    if (tonumber(fields[index]) === HTTP_11 && tonumber(fields[index - 1]) === METHOD_GET) {
      versionWord = index;
      return;
    }
  }
}
