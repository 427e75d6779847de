import type { VariableSource } from "../../../src/core/affinity/cookie";
import type { RouteConfig, UpstreamConfig } from "../../../src/core/config/snapshot";
import { compileRoute, type CompiledRoute } from "../../../src/core/gateway/compiled-route";
import { Gateway, type IncomingRequest } from "../../../src/core/gateway/gateway";
import type { HandshakeHeaders } from "../../../src/core/handshake/handshake";
import type { PoolDeps } from "../../../src/core/pool/pool-deps";
import { Router } from "../../../src/core/route/router";
import { SessionTable } from "../../../src/core/session/session-table";
import { noAnswers } from "./pool-fixture";

/** The handshake of RFC 6455. */
export const HANDSHAKE: HandshakeHeaders = {
  host: "chat.test",
  upgrade: "websocket",
  connection: "Upgrade",
  keyBytes: 16,
  version: "13",
  upgradeCount: 1,
  keyCount: 1,
  versionCount: 1,
  isTruncated: false,
};

const PLAIN: HandshakeHeaders = {
  host: "chat.test",
  upgrade: "",
  connection: "",
  keyBytes: 0,
  version: "",
  upgradeCount: 0,
  keyCount: 0,
  versionCount: 0,
  isTruncated: false,
};

/** A request of which nothing more is known. */
export const noVariables: VariableSource = { variable: () => undefined };

let requests = 0;

/** Each is another request. */
function aRequest(path: string, headers: HandshakeHeaders): IncomingRequest {
  requests += 1;
  return {
    handle: requests,
    host: "chat.test",
    path,
    headers,
    method: () => "GET",
    protocol: () => "HTTP/1.1",
    header: () => undefined,
    query: () => undefined,
    subprotocols: () => "",
    variable: () => undefined,
  };
}

/** A WebSocket handshake; with what is named, another than the one of RFC 6455. */
export function handshake(path: string, fields: Partial<HandshakeHeaders> = {}): IncomingRequest {
  return aRequest(path, { ...HANDSHAKE, ...fields });
}

export function plainRequest(path: string): IncomingRequest {
  return aRequest(path, PLAIN);
}

export function aGateway(
  deps: PoolDeps,
  upstreams: readonly UpstreamConfig[],
  routes: readonly RouteConfig[],
): Gateway {
  const gateway = new Gateway(new SessionTable("7.1-"), deps);
  for (const upstream of upstreams) gateway.applyUpstream(upstream, noAnswers);
  const router = new Router<CompiledRoute>();
  for (const route of routes) router.add(compileRoute(route));
  gateway.useRouter(router);
  return gateway;
}
