/** The part of lua-nginx-module's API in use. Dot calls where the interface says `@noSelf`, colon calls elsewhere. */

/** @noSelf */
interface NgxApi {
  readonly var: Record<string, string | undefined>;
  readonly header: Record<string, string | number | string[] | undefined>;
  readonly shared: Record<string, NgxSharedDict | undefined>;
  readonly config: {
    prefix(this: void): string;
    nginx_configure(this: void): string;
  };
  readonly req: NgxRequestApi;
  readonly worker: NgxWorkerApi;
  readonly timer: NgxTimerApi;
  status: number;
  readonly ERR: number;
  readonly WARN: number;
  readonly NOTICE: number;
  readonly INFO: number;
  readonly DEBUG: number;
  readonly HTTP_OK: number;
  now(): number;
  update_time(): void;
  sleep(seconds: number): void;
  log(level: number, ...parts: unknown[]): void;
  print(...parts: unknown[]): LuaMultiReturn<[1 | undefined, string?]>;
  send_headers(): LuaMultiReturn<[1 | undefined, string?]>;
  flush(waits: boolean): LuaMultiReturn<[1 | undefined, string?]>;
  on_abort(callback: (this: void) => void): void;
  exit(status: number): void;
  decode_base64(text: string): string | undefined;
  encode_base64(bytes: string, hasNoPadding: boolean): string;
  crc32_long(text: string): number;
  md5(text: string): string;
  /** 20 bytes. */
  hmac_sha1(secret: string, text: string): string;
}

/** @noSelf */
interface NgxRequestApi {
  get_method(): string;
  set_uri(uri: string, jump: boolean, binary: boolean): void;
  clear_header(name: string): void;
  discard_body(): void;
  /** Whether its URI was changed, or it was redirected within nginx. */
  is_internal(): boolean;
  /** With milliseconds. */
  start_time(): number;
  read_body(): void;
  get_body_data(): string | undefined;
  /** Where nginx put a body that its buffer could not hold. */
  get_body_file(): string | undefined;
}

/** @noSelf */
interface NgxWorkerApi {
  pid(): number;
  id(): number | undefined;
  count(): number;
  exiting(): boolean;
}

/** @noSelf */
interface NgxTimerApi {
  at(
    delayS: number,
    handler: (this: void, isPremature: boolean) => void,
  ): LuaMultiReturn<[handle: number] | [handle: undefined, err: string]>;
}

type NgxDictValue = string | number | boolean;

interface NgxSharedDict {
  get(key: string): LuaMultiReturn<[NgxDictValue | undefined, string?]>;
  safe_set(key: string, value: NgxDictValue, ttlS?: number): LuaMultiReturn<[boolean | undefined, string?]>;
  safe_add(key: string, value: NgxDictValue, ttlS?: number): LuaMultiReturn<[boolean | undefined, string?]>;
  incr(key: string, delta: number): LuaMultiReturn<[number | undefined, string?]>;
  delete(key: string): void;
  expire(key: string, ttlS: number): LuaMultiReturn<[boolean | undefined, string?]>;
  /** In bytes. */
  capacity(): number;
  /** The three for lists evict nothing, and a list without an element is no key. `false`: there is no room. */
  rpush(key: string, value: string): LuaMultiReturn<[length: number | false | undefined, err?: string]>;
  lpop(key: string): LuaMultiReturn<[value: NgxDictValue | undefined, err?: string]>;
  llen(key: string): LuaMultiReturn<[length: number | undefined, err?: string]>;
  /** Bytes. */
  capacity(): number;
  /** Bytes of whole pages that are free; there may be room in others. */
  free_space(): number;
}

declare const ngx: NgxApi;

/** @noSelf */
declare module "ngx.balancer" {
  export function set_current_peer(host: string, port: number): LuaMultiReturn<[true] | [undefined, string]>;
  export function set_more_tries(count: number): LuaMultiReturn<[true, string?] | [undefined, string]>;
  export function set_timeouts(
    connectS: number,
    sendS: number,
    readS: number,
  ): LuaMultiReturn<[true] | [false, string]>;
  export function get_last_failure(): LuaMultiReturn<[string | undefined, number?]>;
}

/** @noSelf */
declare module "ngx.resp" {
  /** Behind those of the name that are there. */
  export function add_header(name: string, value: string): void;
}

/** @noSelf */
declare module "resty.core.base" {
  export function get_request(): unknown;
}

/** @noSelf */
interface CjsonCodec {
  decode(text: string): LuaMultiReturn<[value: unknown, err?: string]>;
  encode(value: unknown): LuaMultiReturn<[text: string | undefined, err?: string]>;
  decode_invalid_numbers(isAllowed: boolean): void;
}

/** @noSelf */
declare module "cjson.safe" {
  function create(): CjsonCodec;
  export { create as new };
}

declare module "resty.core.request" {}
