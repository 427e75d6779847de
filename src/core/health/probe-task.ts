import type { ActiveHealthConfig, UpstreamConfig } from "../config/snapshot";
import type { Peer } from "../pool/peer";
import { requestOf } from "./probe-request";

/** All that a probe of one live address takes: plain data, made once and used for every probe of it. */
export interface ProbeTask {
  /** Unique over all upstreams. */
  readonly id: string;
  readonly upstream: string;
  readonly key: string;
  /** For the connect: an IPv4 address, `[ipv6]`, or `unix:/path`. */
  readonly host: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** The peer's, whatever port is probed. */
  readonly address: string;
  /** Absent: plain TCP. */
  readonly tls?: ProbeTls;
  readonly hostHeader: string;
  /** What is sent first; of a `websocket` probe all that stands before its key. */
  readonly request: string;
  readonly config: ActiveHealthConfig;
}

export interface ProbeTls {
  /** SNI, and the name that the certificate must have. */
  readonly serverName: string;
}

/** What a probe needs to know of a peer. */
export type ProbedPeer = Pick<Peer, "id" | "key" | "host" | "port" | "address">;

/** `undefined` where the upstream is not probed. */
export function probeTask(upstream: UpstreamConfig, peer: ProbedPeer): ProbeTask | undefined {
  const config = upstream.health.active;
  if (config === undefined) return undefined;
  const isUnix = peer.host.startsWith("unix:");
  const port = isUnix || config.port === 0 ? peer.port : config.port;
  const named = isUnix ? "localhost" : nameOf(upstream, peer);
  const hostHeader = hostHeaderOf(upstream, config, isUnix ? named : `${named}:${port}`);
  return {
    id: `${upstream.name} ${peer.key}`,
    upstream: upstream.name,
    key: peer.key,
    host: peer.host,
    port,
    address: peer.address,
    tls: tlsOf(upstream, config, named),
    hostHeader,
    request: requestOf(config, hostHeader),
    config,
  };
}

/** The address's host: of a peer that a name was resolved to, the name. */
function nameOf(upstream: UpstreamConfig, peer: ProbedPeer): string {
  if (peer.key === peer.id) return peer.host;
  for (const { id, address } of upstream.peers) if (id === peer.id) return withoutPort(address);
  return peer.host;
}

function hostHeaderOf(upstream: UpstreamConfig, config: ActiveHealthConfig, address: string): string {
  if (config.host !== "") return config.host;
  return isPlain(upstream.hostHeader) ? upstream.hostHeader : address;
}

function tlsOf(upstream: UpstreamConfig, config: ActiveHealthConfig, named: string): ProbeTls | undefined {
  if (upstream.tls === undefined) return undefined;
  return { serverName: withoutBrackets(serverNameOf(upstream, upstream.tls.serverName, config, named)) };
}

function serverNameOf(
  upstream: UpstreamConfig,
  serverName: string,
  config: ActiveHealthConfig,
  named: string,
): string {
  if (config.host !== "") return withoutPort(config.host);
  if (isPlain(serverName)) return serverName;
  return isPlain(upstream.hostHeader) ? withoutPort(upstream.hostHeader) : named;
}

/** Whether a template has no variable in it: a probe has no request whose variables it could take. */
function isPlain(template: string): boolean {
  return template !== "" && !template.includes("$");
}

function withoutPort(host: string): string {
  const bracket = host.indexOf("]");
  const colon = host.indexOf(":", bracket + 1);
  return colon === -1 ? host : host.substring(0, colon);
}

function withoutBrackets(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length - 1) : host;
}
