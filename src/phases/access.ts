import { answer, type Answer } from "../core/answer";
import { renderTemplate } from "../core/config/template";
import type { IncomingRequest } from "../core/gateway/gateway";
import { eachNominated } from "../core/handshake/nominated";
import type { Pool } from "../core/pool/pool";
import { normaliseHost } from "../core/route/path";
import { renderRewrite, type Rewrite } from "../core/route/rewrite";
import type { Session } from "../core/session/session";
import { send } from "../ngx/answer";
import { findVersionField, requestHandle } from "../ngx/connection";
import { readRequest, readVariable } from "../ngx/request";
import { gatewayInUse } from "../ngx/worker";

/** `access_by_lua`: routes the request, takes a slot on a peer, and says how it goes there; or answers it. */
export function access(): void {
  const request = readRequest();
  const [session, route, refusal] = gatewayInUse().admit(request);
  if (session === undefined) {
    refuse(refusal);
    return;
  }
  session.requestHandle = requestHandle();
  if (session.isUpgrade) findVersionField(session.requestHandle);
  ngx.var["switchboard_session"] = session.id;
  if (session.pool !== undefined) address(session.pool);
  if (!isPlain(request.headers.connection)) eachNominated(request.headers.connection, ngx.req.clear_header);
  if (route.rewrite !== undefined) rewrite(session, request, route.rewrite);
}

function refuse(refusal: Answer): void {
  ngx.var["switchboard_outcome"] = `gateway:${refusal.code}`;
  send(refusal);
}

/** The variables that `proxy_pass` and its headers are made of already hold what most upstreams want. */
function address(pool: Pool): void {
  if (pool.hostHeader !== undefined)
    ngx.var["switchboard_host"] = renderTemplate(pool.hostHeader, readVariable, none);
  if (pool.config.tls === undefined) return;
  ngx.var["switchboard_scheme"] = "https";
  const { serverName } = pool;
  ngx.var["switchboard_tls_name"] =
    serverName === undefined
      ? normaliseHost(ngx.var["switchboard_host"] ?? "")
      : renderTemplate(serverName, readVariable, none);
}

/** nginx escapes the new path again. A session that is refused here gives its slot back in the log phase. */
function rewrite(session: Session, request: IncomingRequest, template: Rewrite): void {
  const [path, fault] = renderRewrite(template, request.path);
  if (path !== undefined) {
    ngx.req.set_uri(path, false, true);
    return;
  }
  session.refusal = "no_route";
  send(answer("no_route", fault));
}

/** What nearly every client sends names no further field. */
function isPlain(connection: string): boolean {
  return (
    connection === "Upgrade" || connection === "upgrade" || connection === "keep-alive" || connection === ""
  );
}

function none(this: void): undefined {
  return undefined;
}
