import * as ffi from "ffi";
import "resty.core.request";
import { get_request } from "resty.core.base";
import { isWebSocket, type HandshakeHeaders } from "../core/handshake/handshake";

/**
 * Reads a handshake's fields in one call and without a table of all headers. `ngx.var` would show only the first of two
 * equal fields on nginx 1.22, so that a doubled key would pass.
 */
const LIMIT = 256;
const AS_THEY_CAME = 1;
const HOST_LENGTH = 4;
const UPGRADE_LENGTH = 7;
const CONNECTION_LENGTH = 10;
const KEY_LENGTH = 17;
const VERSION_LENGTH = 21;

/** A text of nginx's. */
export interface Text {
  readonly data: unknown;
  readonly len: unknown;
}

interface Fields {
  readonly [index: number]: { readonly key: Text; readonly value: Text };
}

/** What was read last; valid until the next read. */
export const fields = ffi.new(`ngx_http_lua_ffi_table_elt_t[${LIMIT}]`) as Fields;
const truncated = ffi.new("int[1]") as FfiInts;

export const handshakeHeaders: HandshakeHeaders = {
  host: "",
  upgrade: "",
  connection: "",
  keyBytes: 0,
  version: "",
  upgradeCount: 0,
  keyCount: 0,
  versionCount: 0,
  isTruncated: false,
};

/** The fields of the current request. The object is the worker's only one: it is valid until the next request. */
export function readHandshakeHeaders(): void {
  const count = fillFields();
  for (let index = 0; index < count; index++) takeField(index);
}

/** Apart from the loop: LuaJIT compiles a function without one as a whole. */
function fillFields(): number {
  const request = get_request();
  truncated[0] = 0;
  const count = ffi.C.ngx_http_lua_ffi_req_get_headers_count(request, LIMIT, truncated);
  handshakeHeaders.host = "";
  handshakeHeaders.upgrade = "";
  handshakeHeaders.connection = "";
  handshakeHeaders.keyBytes = 0;
  handshakeHeaders.version = "";
  handshakeHeaders.upgradeCount = 0;
  handshakeHeaders.keyCount = 0;
  handshakeHeaders.versionCount = 0;
  handshakeHeaders.isTruncated = truncated[0] !== 0;
  if (count <= 0) return 0;
  return ffi.C.ngx_http_lua_ffi_req_get_headers(request, fields, count, 0) === 0 ? count : 0;
}

/** Fills `fields` with those of the current request, with their names as they came. @returns how many there are */
export function readFields(): number {
  const request = get_request();
  const count = ffi.C.ngx_http_lua_ffi_req_get_headers_count(request, LIMIT, truncated);
  if (count <= 0) return 0;
  return ffi.C.ngx_http_lua_ffi_req_get_headers(request, fields, count, AS_THEY_CAME) === 0 ? count : 0;
}

function takeField(index: number): void {
  const { key, value } = fields[index]!;
  const length = tonumber(key.len)!;
  if (length === HOST_LENGTH) {
    if (text(key) === "host") handshakeHeaders.host = text(value);
  } else if (length === UPGRADE_LENGTH) {
    if (text(key) !== "upgrade") return;
    // nginx looks at the first of several, or at all of them: one that asks for a WebSocket must not hide among others.
    if (!isWebSocket(handshakeHeaders.upgrade)) handshakeHeaders.upgrade = text(value);
    handshakeHeaders.upgradeCount += 1;
  } else if (length === CONNECTION_LENGTH) {
    if (text(key) !== "connection") return;
    const list = text(value);
    handshakeHeaders.connection =
      handshakeHeaders.connection === "" ? list : `${handshakeHeaders.connection},${list}`;
  } else if (length === KEY_LENGTH) {
    if (text(key) !== "sec-websocket-key") return;
    handshakeHeaders.keyBytes = bytesOf(text(value));
    handshakeHeaders.keyCount += 1;
  } else if (length === VERSION_LENGTH) {
    if (text(key) !== "sec-websocket-version") return;
    handshakeHeaders.version = text(value);
    handshakeHeaders.versionCount += 1;
  }
}

export function text({ data, len }: Text): string {
  return ffi.string(data, tonumber(len)!);
}

const KEY_CHARACTERS = 24;

/** How many bytes a key stands for; 0 where it is not base64, or shorter or longer than a key is written. */
function bytesOf(key: string): number {
  // The decoder stops at the first padding, whatever comes behind.
  if (key.length !== KEY_CHARACTERS || !key.endsWith("==")) return 0;
  return (ngx.decode_base64(key) ?? "").length;
}
