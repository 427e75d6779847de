import type { Caller } from "../admin/guard";
import type { AdminRequest } from "../admin/request";
import type { Fallible } from "../core/fallible";
import { slicer } from "./chore";

const PIECE_BYTES = 65_536;

/** lua-types leaves out the reasons. */
interface BodyFile {
  read(this: BodyFile, count: number): LuaMultiReturn<[content?: string, err?: string]>;
}

/** Who sent the current request. */
export function readCaller(): Caller {
  const taken = variable("remote_addr");
  // With `set_real_ip_from` the two differ, and neither is proof alone: a header names the one, a proxy may own the other.
  const connected = ngx.var["realip_remote_addr"] ?? taken;
  return {
    addresses: [connected, taken],
    host: variable("http_host"),
    origin: variable("http_origin"),
    fetchSite: variable("http_sec_fetch_site"),
    authorization: variable("http_authorization"),
  };
}

export function readAdminRequest(): AdminRequest {
  const ifMatch = variable("http_if_match");
  // nginx would compare it with the ETag after the change, and make a 412 of an answer that says it is done.
  ngx.req.clear_header("If-Match");
  return {
    method: ngx.req.get_method(),
    target: variable("request_uri"),
    contentType: variable("http_content_type"),
    ifMatch,
    lastEventId: variable("http_last_event_id"),
    readBody,
  };
}

function variable(name: string): string {
  return ngx.var[name] ?? "";
}

function readBody(this: void, limitBytes: number): Fallible<string> {
  const announcedBytes = tonumber(ngx.var["content_length"] ?? "0") ?? 0;
  if (announcedBytes > limitBytes) return $multi(undefined, "too large");
  ngx.req.read_body();
  const data = ngx.req.get_body_data();
  const path = data === undefined ? ngx.req.get_body_file() : undefined;
  if (path !== undefined) return readKept(path, limitBytes);
  return limited(data ?? "", limitBytes);
}

function limited(body: string, limitBytes: number): Fallible<string> {
  if (body.length > limitBytes) return $multi(undefined, "too large");
  return $multi(body);
}

/** From the file that nginx made of a large body, in pieces. */
function readKept(path: string, limitBytes: number): Fallible<string> {
  const [file, err] = io.open(path, "rb");
  if (file === undefined) return $multi(undefined, `the body cannot be read: ${err}`);
  const pause = slicer();
  const pieces: string[] = [];
  let length = 0;
  let piece: string | undefined = "";
  while (piece !== undefined && length <= limitBytes) {
    pieces.push(piece);
    [piece] = (file as unknown as BodyFile).read(PIECE_BYTES);
    length += piece === undefined ? 0 : piece.length;
    pause();
  }
  file.close();
  return limited(pieces.join(""), limitBytes);
}
