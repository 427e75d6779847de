import type { Session } from "../core/session/session";
import type { IncomingRequest } from "../core/gateway/gateway";
import { isGetOfHttp11, requestHandle } from "./connection";
import { handshakeHeaders, readHandshakeHeaders } from "./headers";
import { gatewayInUse } from "./worker";

/** The current request as the gateway sees it: one object for the worker, filled anew for each. */
const request: IncomingRequest = {
  handle: 0,
  host: "",
  path: "",
  headers: handshakeHeaders,
  method: () => (isGetOfHttp11(request.handle) ? "GET" : ngx.req.get_method()),
  protocol: () => (isGetOfHttp11(request.handle) ? "HTTP/1.1" : (ngx.var["server_protocol"] ?? "")),
  header: (name) => ngx.var[`http_${nginxName(name)}`],
  query: (name) => ngx.var[`arg_${name}`],
  subprotocols: () => ngx.var["http_sec_websocket_protocol"] ?? "",
  variable: (name) => ngx.var[name],
};

/** Valid until the next call. */
export function readRequest(): IncomingRequest {
  readHandshakeHeaders();
  readTarget();
  return request;
}

/** Apart from what has a loop: LuaJIT compiles a function without one as a whole. */
function readTarget(): void {
  request.handle = requestHandle();
  request.host = ngx.var["host"]!;
  request.path = ngx.var["uri"]!;
}

/**
 * The session of the current request, in every phase after `access`. It is found by the request itself, which an internal
 * redirect leaves what it is: any `error_page` makes one, and loses `ngx.ctx`.
 */
export function sessionOfRequest(): Session | undefined {
  return gatewayInUse().sessions.find(requestHandle());
}

export function readVariable(this: void, name: string): string | undefined {
  return ngx.var[name];
}

function nginxName(name: string): string {
  return name.split("-").join("_");
}
