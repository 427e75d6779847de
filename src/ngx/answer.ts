import type { Answer } from "../core/answer";
import { encodeJson } from "./json";
import { rng } from "./world";

/** Clients that were refused together come back apart: within this many seconds. */
const RETRY_AFTER_MAX_S = 10;

/**
 * Sends an answer of the gateway's own and ends the request. It sets the status itself, because `ngx.exit(404)` would
 * hand the request to whatever `error_page` the operator has.
 */
export function send(answer: Answer): void {
  const body = `${encodeJson({ error: { code: answer.code, message: answer.message } })}\n`;
  ngx.status = answer.status;
  ngx.header["Content-Type"] = "application/json";
  ngx.header["Content-Length"] = body.length;
  ngx.header["Switchboard-Error"] = answer.code;
  if (answer.code === "bad_handshake") ngx.header["Sec-WebSocket-Version"] = "13";
  if (answer.code === "upgrade_required") {
    ngx.header["Upgrade"] = "websocket";
    ngx.header["Connection"] = "Upgrade";
  }
  if (answer.code === "no_live_peer") ngx.header["Retry-After"] = rng.integer(RETRY_AFTER_MAX_S);
  ngx.print(body);
  ngx.exit(ngx.HTTP_OK);
}
