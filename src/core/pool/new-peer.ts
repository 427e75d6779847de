import type { Peer } from "./peer";

/** Names of a peer's counters in the store. */
export interface PeerKeys {
  share(this: void, upstream: string, peerKey: string): string;
  total(this: void, upstream: string, peerKey: string): string;
}

/** Where a peer is, and what it is called. */
export interface Place {
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

/** A peer as it is before anything was said of it. */
export function newPeer(place: Place, id: string, upstream: string, keys: PeerKeys): Peer {
  return {
    key: place.key,
    id,
    upstream,
    host: place.host,
    port: place.port,
    address: place.port === 0 ? place.host : `${place.host}:${place.port.toString()}`,
    weight: 0,
    fullWeight: 0,
    configuredWeight: 0,
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
    shareKey: keys.share(upstream, place.key),
    totalKey: keys.total(upstream, place.key),
    isRemoved: false,
    closing: undefined,
  };
}
