import type { Session } from "../core/session/session";
import type { IncomingRequest } from "../core/gateway/gateway";
import { handshakeHeaders, readHandshakeHeaders } from "./headers";
import { gatewayInUse } from "./worker";

/** The current request as the gateway sees it: one object for the worker, filled anew for each. */
const request: IncomingRequest = {
  host: "",
  path: "",
  headers: handshakeHeaders,
  method: () => ngx.req.get_method(),
  protocol: () => ngx.var["server_protocol"] ?? "",
  header: (name) => ngx.var[`http_${nginxName(name)}`],
  query: (name) => ngx.var[`arg_${name}`],
  subprotocols: () => ngx.var["http_sec_websocket_protocol"] ?? "",
};

/** Valid until the next call. */
export function readRequest(): IncomingRequest {
  readHandshakeHeaders();
  request.host = ngx.var["host"]!;
  request.path = ngx.var["uri"]!;
  return request;
}

/**
 * The session of the current request, in every phase after `access`. It is found by a variable: an internal redirect, which any
 * `error_page` makes, loses `ngx.ctx`.
 */
export function sessionOfRequest(): Session | undefined {
  const id = ngx.var["switchboard_session"];
  return id === undefined || id === "" ? undefined : gatewayInUse().sessions.find(id);
}

export function readVariable(this: void, name: string): string | undefined {
  return ngx.var[name];
}

function nginxName(name: string): string {
  return name.split("-").join("_");
}
