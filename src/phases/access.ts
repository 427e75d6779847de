import type { Answer } from "../core/answer";
import { send } from "../ngx/answer";
import { findVersionField } from "../ngx/connection";
import { prepareForward } from "../ngx/forward";
import { readRequest } from "../ngx/request";
import { openRelay } from "../ngx/relay/handshake";
import { gatewayInUse } from "../ngx/worker";

/** `access_by_lua`: routes the request, takes a slot on a peer, and says how it goes there; or answers it. */
export function access(): void {
  const request = readRequest();
  const [session, route, refusal, upstream] = gatewayInUse().admit(request);
  if (session === undefined) {
    if (route !== undefined) ngx.var["switchboard_route"] = route.config.id;
    if (upstream !== undefined) ngx.var["switchboard_upstream"] = upstream;
    refuse(refusal);
    return;
  }
  ngx.var["switchboard_session"] = session.id;
  if (session.isUpgrade) findVersionField(session.requestHandle);
  if (session.pool === undefined) return;
  const fault = prepareForward(request, route, session.pool);
  if (fault === undefined) {
    if (session.isUpgrade && route.config.mode === "relay") openRelay(session, session.pool, route);
    return;
  }
  // The log phase gives the slot back.
  session.verdict = fault.code;
  refuse(fault);
}

function refuse(refusal: Answer): void {
  ngx.var["switchboard_outcome"] = `gateway:${refusal.code}`;
  send(refusal);
}
