import type { AffinityConfig, PeerConfig, UpstreamConfig } from "../../../src/core/config/snapshot";
import type { Peer } from "../../../src/core/pool/peer";
import type { PeerKeys } from "../../../src/core/pool/new-peer";

const PEER: PeerConfig = {
  id: "",
  address: "",
  weight: 1,
  maxConns: 0,
  isBackup: false,
  zone: "",
  state: "ready",
};

const UPSTREAM: UpstreamConfig = {
  name: "chat",
  balancer: { type: "round_robin", options: { start: 0 } },
  peers: [],
  hostHeader: "$http_host",
  connectTimeoutMs: 2000,
  handshakeTimeoutMs: 10_000,
  idleTimeoutMs: 3_600_000,
  totalTimeoutMs: 0,
  tcpTimeoutMs: 60_000,
  retries: 2,
  retryOn: ["error", "timeout", "http_502", "http_503", "http_504"],
  slowStart: { windowMs: 0, minPercent: 10, aggression: 1 },
  panicThreshold: 0.5,
  retryBudget: { percent: 20, min: 10 },
  health: { hasAgent: false, onDown: "keep" },
  drain: { deadlineMs: 300_000, spreadMs: 30_000, close: "keep" },
};

/** By cookie, with the defaults. */
export const AFFINITY: AffinityConfig = {
  type: "cookie",
  name: "sb",
  isStrict: false,
  path: "/",
  maxAgeS: 0,
  secure: "auto",
  isHttpOnly: true,
  sameSite: "Lax",
};

/** A peer as validation would make it, at an address of its own: the code of its id's first letter is its port. */
export function aPeerConfig(fields: Partial<PeerConfig> & { readonly id: string }): PeerConfig {
  return { ...PEER, address: `10.0.0.1:${fields.id.charCodeAt(0)}`, ...fields };
}

/** An upstream `chat` as validation would make it, that picks its peers from the first on. */
export function anUpstream(fields: Partial<UpstreamConfig>): UpstreamConfig {
  return { ...UPSTREAM, ...fields };
}

/** The upstream `chat` with a peer of each id. */
export function upstreamOf(...ids: string[]): UpstreamConfig {
  return anUpstream({ peers: ids.map((id) => aPeerConfig({ id })) });
}

export const keys: PeerKeys = {
  share: (upstream, peerKey) => `share ${upstream} ${peerKey}`,
  total: (upstream, peerKey) => `total ${upstream} ${peerKey}`,
};

/** A live peer of the upstream `chat`. */
export function aPeer(fields: Partial<Peer> & { readonly key: string }): Peer {
  const peer: Peer = {
    id: fields.key,
    upstream: "chat",
    host: "10.0.0.1",
    port: 80,
    address: "10.0.0.1:80",
    weight: 1,
    fullWeight: fields.weight ?? 1,
    configuredWeight: 1,
    maxConns: 0,
    isBackup: false,
    zone: "",
    state: "ready",
    isUp: true,
    healthReason: "",
    healthSinceS: 0,
    isOnTrial: false,
    readySinceS: 0,
    family: [],
    shareKey: keys.share("chat", fields.key),
    totalKey: keys.total("chat", fields.key),
    isRemoved: false,
    closing: undefined,
    ...fields,
  };
  peer.family = [peer];
  return peer;
}

/** Live peers `peer-1`, `peer-2` and so on. */
export function equalPeers(count: number, weight = 1): Peer[] {
  const peers: Peer[] = [];
  for (const number of $range(1, count)) peers.push(aPeer({ key: `peer-${number}`, weight }));
  return peers;
}
