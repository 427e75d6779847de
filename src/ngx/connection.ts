import { band, bor } from "bit";
import * as ffi from "ffi";
import { get_request } from "resty.core.base";
import type { ConnectionEnd } from "../core/gateway/outcome";

/**
 * What Lua cannot ask nginx: the sockets behind a request. The layouts used here, in machine words, have been the same
 * in every nginx since 1.0 and are checked on each use by values that must point back where they came from:
 *
 *     request    { uint32 signature; connection; ... ; upstream at word 9, or 8 without the cache module }
 *     upstream   { read handler; write handler; peer { connection ... } }
 *     connection { data; read event; write event; int fd }
 *     event      { data; bits: ... eof is 8, error 9, timedout 10 }
 *
 * A request's own connection and that of its upstream have `data` pointing to the request, an event's `data` points to
 * its connection. Connections live in an array for as long as the worker does, so a handle stays readable after its
 * socket is closed, and holds the last events until the worker accepts or opens another connection.
 */
ffi.cdef("int shutdown(int fd, int how);");

const REQUEST_UPSTREAM_WORD = ngx.config.nginx_configure().includes("--without-http-cache") ? 8 : 9;
const UPSTREAM_CONNECTION_WORD = 2;
const REQUEST_CONNECTION_WORD = 1;
const READ_EVENT_WORD = 1;
const WRITE_EVENT_WORD = 2;
const FD_INT = 6;
const EVENT_BITS_INT = 2;
const EOF_BIT = 1 << 8;
const ERROR_BIT = 1 << 9;
const TIMEDOUT_BIT = 1 << 10;
const SHUT_RDWR = 2;

const WORD = ffi.typeof("uintptr_t");
const WORDS = ffi.typeof("uintptr_t *");
const INTS = ffi.typeof("int *");

function words(address: number): FfiWords {
  return ffi.cast(WORDS, address) as FfiWords;
}

function ints(address: number): FfiInts {
  return ffi.cast(INTS, address) as FfiInts;
}

function wordAt(address: number, index: number): number {
  return tonumber(words(address)[index])!;
}

/** The current request; 0 outside of one. */
export function requestHandle(): number {
  const request = get_request();
  return request === undefined ? 0 : tonumber(ffi.cast(WORD, request))!;
}

/** The request's connection to its peer; 0 if there is none, or the layout is not the known one. */
export function upstreamHandle(request: number): number {
  if (request === 0) return 0;
  const upstream = wordAt(request, REQUEST_UPSTREAM_WORD);
  if (upstream === 0) return 0;
  const connection = wordAt(upstream, UPSTREAM_CONNECTION_WORD);
  return connection !== 0 && isConnectionOf(connection, request) ? connection : 0;
}

/** The client's connection; 0 if the layout is not the known one. */
export function clientHandle(request: number): number {
  if (request === 0) return 0;
  const connection = wordAt(request, REQUEST_CONNECTION_WORD);
  return connection !== 0 && isConnectionOf(connection, request) ? connection : 0;
}

function isConnectionOf(connection: number, request: number): boolean {
  if (wordAt(connection, 0) !== request) return false;
  const event = wordAt(connection, READ_EVENT_WORD);
  return event !== 0 && wordAt(event, 0) === connection;
}

/**
 * How the far side of a connection ended it; `""` if it did not. A reset shows where nginx met it first, which is in writing
 * when there was much to write.
 */
export function endOf(connection: number): ConnectionEnd {
  if (connection === 0) return "";
  const bits = bor(bitsOf(connection, READ_EVENT_WORD), bitsOf(connection, WRITE_EVENT_WORD));
  if (band(bits, ERROR_BIT) !== 0) return "reset";
  if (band(bits, TIMEDOUT_BIT) !== 0) return "timeout";
  return band(bits, EOF_BIT) !== 0 ? "closed" : "";
}

function bitsOf(connection: number, eventWord: number): number {
  const event = wordAt(connection, eventWord);
  return event === 0 || wordAt(event, 0) !== connection ? 0 : ints(event)[EVENT_BITS_INT]!;
}

/** Ends a connection in both directions; nginx then sees its end as if the far side had closed it. */
export function shutDown(connection: number): boolean {
  if (connection === 0) return false;
  const descriptor = ints(connection)[FD_INT]!;
  return descriptor > 0 && ffi.C.shutdown(descriptor, SHUT_RDWR) === 0;
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
  const fields = words(request);
  if (tonumber(fields[versionWord]) !== HTTP_09) return false;
  fields[versionWord] = HTTP_11;
  return true;
}

/** To be called with a request that is a GET of HTTP/1.1. */
export function findVersionField(request: number): void {
  if (request === 0 || versionWord !== 0) return;
  const fields = words(request);
  for (const index of $range(1, REQUEST_WORDS)) {
    if (tonumber(fields[index]) === HTTP_11 && tonumber(fields[index - 1]) === METHOD_GET) {
      versionWord = index;
      return;
    }
  }
}
