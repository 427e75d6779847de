import { deflateOffers } from "../../core/handshake/extensions";
import { isForPeer, mayStayHere } from "../../core/handshake/passing";
import { fields, readFields, text } from "../headers";

/** The handshake with a peer, and what its answer is judged by: as the client offers it. */
export type UpgradeRequest = LuaMultiReturn<
  [bytes: string, key: string, subprotocols: string, extensions: string]
>;

const SLASH = 0x2f;
const FORWARDED_FOR_LENGTH = 15;
const KEY_LENGTH = 17;
const SUBPROTOCOL_LENGTH = 22;
const EXTENSIONS_LENGTH = 24;

/** What nginx leaves as it is where it makes a target from a decoded path. */
const ESCAPED = "[^!$&'()*+,%-./0-9:;=@A-Z%[%]_a-z~]";

/** Where its piece is. */
const FORWARDED_FOR = 3;

/** The pieces of the text that is being made: the first `used` of them. */
const pieces: string[] = [];
let used = 0;
let forwardedFor = "";
let key = "";
let subprotocols = "";
let extensions = "";

/**
 * Makes of the current request what `proxy_pass` with the snippet's `proxy_set_header` would send: first the fields that the gateway
 * sets, then the client's, in their order.
 * @param resume the value of Switchboard-Resume
 */
export function upgradeRequest(resume: string | undefined): UpgradeRequest {
  begin(resume);
  const count = readFields();
  for (let index = 0; index < count; index++) takeField(index);
  return end();
}

/** Apart from the loop, as is what follows it: LuaJIT compiles a function without one as a whole. */
function begin(resume: string | undefined): void {
  forwardedFor = "";
  key = "";
  subprotocols = "";
  extensions = "";
  pieces[0] = `GET ${target()} HTTP/1.1\r\nHost: `;
  pieces[1] = ngx.var["switchboard_host"] ?? "";
  pieces[2] = "\r\nUpgrade: websocket\r\nConnection: upgrade\r\nX-Forwarded-For: ";
  pieces[4] = "\r\n";
  used = 5;
  add("X-Forwarded-Proto", ngx.var["switchboard_forwarded_proto"] ?? "");
  add("X-Forwarded-Host", ngx.var["switchboard_forwarded_host"] ?? "");
  add("X-Request-Id", ngx.var["switchboard_request_id"] ?? "");
  if (resume !== undefined) add("Switchboard-Resume", resume);
}

function end(): UpgradeRequest {
  // $proxy_add_x_forwarded_for cannot be read from Lua.
  const client = ngx.var["remote_addr"] ?? "";
  pieces[FORWARDED_FOR] = forwardedFor === "" ? client : `${forwardedFor}, ${client}`;
  pieces[used] = "\r\n";
  return $multi(table.concat(pieces, "", 1, used + 1), key, subprotocols, extensions);
}

/** As the client wrote it, unless the path was changed since. */
function target(): string {
  const asked = ngx.var["request_uri"] ?? "";
  if (!ngx.req.is_internal() && asked.charCodeAt(0) === SLASH) return asked;
  const [path] = string.gsub(ngx.var["uri"] ?? "", ESCAPED, escape);
  const query = ngx.var["args"] ?? "";
  return query === "" ? path : `${path}?${query}`;
}

function escape(this: void, character: string): string {
  return string.format("%%%02X", string.byte(character));
}

/** nginx leaves out a field that has nothing in it. */
function add(name: string, value: string): void {
  if (value !== "") put(name, value);
}

function put(name: string, value: string): void {
  pieces[used] = name;
  pieces[used + 1] = ": ";
  pieces[used + 2] = value;
  pieces[used + 3] = "\r\n";
  used += 4;
}

function takeField(index: number): void {
  const field = fields[index]!;
  const length = tonumber(field.key.len)!;
  const name = text(field.key);
  if (mayStayHere(length) && !isForPeer(name.toLowerCase())) {
    if (length === FORWARDED_FOR_LENGTH) forwardedFor = joined(forwardedFor, text(field.value), ", ");
    return;
  }
  const value = text(field.value);
  if (length === EXTENSIONS_LENGTH && name.toLowerCase() === "sec-websocket-extensions") {
    takeExtensions(name, value);
    return;
  }
  put(name, value);
  if (length === KEY_LENGTH) {
    if (name.toLowerCase() === "sec-websocket-key") key = value;
  } else if (length === SUBPROTOCOL_LENGTH) {
    if (name.toLowerCase() === "sec-websocket-protocol") subprotocols = joined(subprotocols, value, ",");
  }
}

/** Several such fields are one list, and each of them a part of it. */
function takeExtensions(name: string, value: string): void {
  const offers = deflateOffers(value);
  if (offers === "") return;
  add(name, offers);
  extensions = joined(extensions, offers, ",");
}

function joined(before: string, value: string, separator: string): string {
  return before === "" ? value : before + separator + value;
}
