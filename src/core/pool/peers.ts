import { parseAddress, type Address } from "../config/address";
import type { PeerConfig, UpstreamConfig } from "../config/snapshot";
import type { Peer } from "./peer";

/** The addresses that a name has now; `undefined` before its first answer. */
export type Lookup = (this: void, name: string) => readonly string[] | undefined;

/** Names of a peer's counters in the store. */
export interface PeerKeys {
  share(this: void, upstream: string, peerKey: string): string;
  total(this: void, upstream: string, peerKey: string): string;
}

/**
 * The live peers of an upstream, in the order of its config. A peer that was there before with the same address is
 * taken over, so whoever holds it sees the new weight and state at once.
 */
export function buildPeers(
  config: UpstreamConfig,
  before: readonly Peer[],
  lookup: Lookup,
  keys: PeerKeys,
): readonly Peer[] {
  const known = new LuaMap<string, Peer>();
  for (const peer of before) known.set(peer.key, peer);
  const peers: Peer[] = [];
  for (const peerConfig of config.peers) {
    const family: Peer[] = [];
    const [address] = parseAddress(peerConfig.address);
    if (address !== undefined) {
      for (const place of places(address, peerConfig.id, lookup)) {
        family.push(takeOver(known.get(place.key), place, peerConfig, config.name, keys));
      }
    }
    for (const peer of family) {
      configure(peer, peerConfig, family);
      peers.push(peer);
    }
  }
  return peers;
}

/** The names among the peers' addresses, each once. */
export function namesOf(config: UpstreamConfig): readonly string[] {
  const names: string[] = [];
  const seen = new LuaSet<string>();
  for (const peer of config.peers) {
    const [address] = parseAddress(peer.address);
    if (address !== undefined && address.kind === "name" && !seen.has(address.host)) {
      seen.add(address.host);
      names.push(address.host);
    }
  }
  return names;
}

interface Place {
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

function places(address: Address, id: string, lookup: Lookup): readonly Place[] {
  if (address.kind !== "name") return [{ key: id, host: address.host, port: address.port }];
  const found: Place[] = [];
  for (const ip of lookup(address.host) ?? []) {
    const host = ip.includes(":") ? `[${ip}]` : ip;
    found.push({ key: `${id}#${ip}`, host, port: address.port });
  }
  return found;
}

function takeOver(
  known: Peer | undefined,
  place: Place,
  config: PeerConfig,
  upstream: string,
  keys: PeerKeys,
): Peer {
  if (known !== undefined && known.host === place.host && known.port === place.port) return known;
  return {
    key: place.key,
    id: config.id,
    upstream,
    host: place.host,
    port: place.port,
    address: place.port === 0 ? place.host : `${place.host}:${place.port.toString()}`,
    weight: 0,
    maxConns: 0,
    isBackup: false,
    zone: "",
    state: "ready",
    isUp: true,
    family: [],
    shareKey: keys.share(upstream, place.key),
    totalKey: keys.total(upstream, place.key),
    isRemoved: false,
  };
}

function configure(peer: Peer, config: PeerConfig, family: readonly Peer[]): void {
  peer.weight = config.weight / family.length;
  peer.maxConns = config.maxConns;
  peer.isBackup = config.isBackup;
  peer.zone = config.zone;
  peer.state = config.state;
  peer.family = family;
  peer.isRemoved = false;
}
