import { answer, type Answer } from "../core/answer";
import { consistsOf, isVisible } from "../core/config/characters";
import { renderTemplate } from "../core/config/template";
import type { CompiledRoute } from "../core/gateway/compiled-route";
import type { IncomingRequest } from "../core/gateway/gateway";
import { eachNominated } from "../core/handshake/nominated";
import type { Pool } from "../core/pool/pool";
import { normaliseHost } from "../core/route/path";
import { renderRewrite } from "../core/route/rewrite";
import { readVariable } from "./request";

/**
 * Sets what the request to the peer is made of: the variables that `proxy_pass` and its headers use, and the path. They already
 * hold what most routes and upstreams want.
 * @returns what to answer instead, where this request makes nothing that may be sent
 */
export function prepareForward(
  request: IncomingRequest,
  route: CompiledRoute,
  pool: Pool,
): Answer | undefined {
  const { host, headers } = request;
  if (!isPlain(headers.connection)) eachNominated(headers.connection, ngx.req.clear_header);
  if (!isHostOf(headers.host, host)) ngx.var["switchboard_asked_host"] = host;
  if (pool.hostHeader !== undefined) {
    const hostHeader = renderTemplate(pool.hostHeader, readVariable, none);
    // A variable such as $uri is decoded: what it puts into the header must not end the line.
    if (!consistsOf(hostHeader, isVisible))
      return answer("bad_handshake", "the request makes no valid Host header for the backend");
    ngx.var["switchboard_host"] = hostHeader;
  }
  if (pool.config.tls !== undefined) useTls(pool);
  if (route.rewrite === undefined) return undefined;
  const [path, fault] = renderRewrite(route.rewrite, request.path);
  if (path === undefined) return answer("no_route", fault);
  // nginx escapes it again.
  ngx.req.set_uri(path, false, true);
  return undefined;
}

function useTls(pool: Pool): void {
  ngx.var["switchboard_scheme"] = "https";
  ngx.var["switchboard_tls_name"] = tlsNameOf(pool);
}

/** SNI, and the name that the peer's certificate must have. */
export function tlsNameOf({ serverName }: Pool): string {
  return serverName === undefined
    ? normaliseHost(ngx.var["switchboard_host"] ?? "")
    : renderTemplate(serverName, readVariable, none);
}

/**
 * Whether the Host field names the host that was asked for. In a request line with a whole URL that stands in the URL, and the field
 * is ignored (RFC 9112 section 3.2.2), as routes do.
 */
function isHostOf(field: string, host: string): boolean {
  return field === host || field === "" || normaliseHost(field) === host;
}

/** What nearly every client sends names no further field. */
function isPlain(connection: string): boolean {
  return (
    connection === "Upgrade" ||
    connection === "upgrade" ||
    connection === "keep-alive, Upgrade" ||
    connection === "keep-alive" ||
    connection === ""
  );
}

function none(this: void): undefined {
  return undefined;
}
