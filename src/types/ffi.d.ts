/** The part of LuaJIT's FFI in use. Pointers are cast to one of the views below; an index is the C index. */

/** Machine words: read as a C `uintptr_t`, so pass what you take from it through `tonumber`. */
interface FfiWords {
  [index: number]: unknown;
}

interface FfiInts {
  [index: number]: number;
}

interface FfiType {
  readonly __brand: "FfiType";
}

/** @noSelf */
declare module "ffi" {
  export function cdef(declarations: string): void;
  export function cast(type: FfiType, value: unknown): unknown;
  /** A type for `cast` that is not parsed anew by each call, as its name would be wherever a call is not compiled. */
  function parseType(type: string, ...parameters: FfiType[]): FfiType;
  export { parseType as typeof };
  export function string(pointer: unknown, length?: number): string;
  function create(type: string, ...initial: unknown[]): unknown;
  export { create as new };
  /** Of the last C call. */
  export function errno(): number;
  export const C: FfiFunctions;
}

/** @noSelf */
interface FfiFunctions {
  malloc(size: number): unknown;
  free(block: unknown): void;
  kill(pid: number, signal: number): number;
  shutdown(descriptor: number, how: number): number;
  statx(directory: number, path: string, flags: number, mask: number, buffer: unknown): number;
  switchboard_open(path: string, flags: number, mode: unknown): number;
  switchboard_close(file: number): number;
  switchboard_pread(file: number, buffer: unknown, size: number, offset: number): unknown;
  switchboard_write(file: number, text: string, size: number): unknown;
  switchboard_fdatasync(file: number): number;
  switchboard_fsync(file: number): number;
  switchboard_ftruncate(file: number, size: number): number;
  switchboard_rename(from: string, to: string): number;
  switchboard_unlink(path: string): number;
  switchboard_flock(file: number, operation: number): number;
  switchboard_setsockopt(file: number, level: number, name: number, value: unknown, size: number): number;
  switchboard_getsockopt(file: number, level: number, name: number, value: unknown, size: unknown): number;
  switchboard_recv(descriptor: number, buffer: unknown, size: number, flags: number): number;
  switchboard_receive(descriptor: number, buffer: unknown, size: number, flags: number): unknown;
  switchboard_send(descriptor: number, text: string, size: number, flags: number): unknown;
  switchboard_ioctl(file: number, request: number, value: unknown): number;
  switchboard_poll(asked: unknown, count: number, timeoutMs: number): number;
  switchboard_geteuid(): number;
  switchboard_getpwuid(user: number): unknown;
  switchboard_strerror(number: number): unknown;
  switchboard_statx(file: number, path: string, flags: number, mask: number, buffer: unknown): number;
  ngx_http_lua_ffi_req_get_headers_count(request: unknown, limit: number, truncated: unknown): number;
  ngx_http_lua_ffi_req_get_headers(request: unknown, out: unknown, count: number, isRaw: number): number;
}

/** @noSelf */
declare module "bit" {
  export function band(a: number, b: number): number;
  export function bor(a: number, b: number): number;
}
