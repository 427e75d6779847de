import { parseAddress, type Address } from "../config/address";
import type { Closing, PeerConfig, UpstreamConfig } from "../config/snapshot";
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
 * @param before removed ones among them, each with a key of its own
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
        family.push(takeOver(known.get(place.key), place, peerConfig.id, config.name, keys));
      }
    }
    for (const peer of family) {
      configure(peer, peerConfig, family);
      peers.push(peer);
    }
  }
  return peers;
}

/**
 * The peers that are not in the config any more and may have open sessions: those that it names as removed, and those that were
 * here before and have some, such as the addresses that a name had.
 * @param live what the config has now
 */
export function buildRemoved(
  config: UpstreamConfig,
  live: readonly Peer[],
  before: readonly Peer[],
  keys: PeerKeys,
  active: (this: void, peer: Peer) => number,
): readonly Peer[] {
  const known = new LuaMap<string, Peer>();
  for (const peer of before) known.set(peer.key, peer);
  for (const peer of live) known.delete(peer.key);
  const taken = new LuaSet<string>();
  for (const peer of live) taken.add(peer.key);
  const removed: Peer[] = [];
  for (const entry of config.removed ?? []) {
    if (!taken.has(entry.key)) {
      taken.add(entry.key);
      const peer = takeOver(known.get(entry.key), entry, entry.id, config.name, keys);
      retire(peer, entry.closing);
      removed.push(peer);
    }
  }
  for (const peer of before) {
    if (!taken.has(peer.key) && active(peer) > 0) {
      taken.add(peer.key);
      retire(peer, closingOf(config, peer.id));
      removed.push(peer);
    }
  }
  return removed;
}

/** The address of a name goes by what the config says of the peer that has the name. */
function closingOf(config: UpstreamConfig, id: string): Closing | undefined {
  for (const peer of config.peers) if (peer.id === id) return peer.closing;
  return undefined;
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

function takeOver(known: Peer | undefined, place: Place, id: string, upstream: string, keys: PeerKeys): Peer {
  if (known !== undefined && known.host === place.host && known.port === place.port) return known;
  return {
    key: place.key,
    id,
    upstream,
    host: place.host,
    port: place.port,
    address: place.port === 0 ? place.host : `${place.host}:${place.port.toString()}`,
    weight: 0,
    configuredWeight: 0,
    maxConns: 0,
    isBackup: false,
    zone: "",
    state: "ready",
    isUp: true,
    family: [],
    shareKey: keys.share(upstream, place.key),
    totalKey: keys.total(upstream, place.key),
    isRemoved: false,
    closing: undefined,
  };
}

function configure(peer: Peer, config: PeerConfig, family: readonly Peer[]): void {
  peer.weight = config.weight / family.length;
  peer.configuredWeight = config.weight;
  peer.maxConns = config.maxConns;
  peer.isBackup = config.isBackup;
  peer.zone = config.zone;
  peer.state = config.state;
  peer.family = family;
  peer.isRemoved = false;
  peer.closing = config.closing;
}

function retire(peer: Peer, closing: Closing | undefined): void {
  peer.weight = 0;
  peer.state = "drain";
  peer.family = [peer];
  peer.isRemoved = true;
  peer.closing = closing;
}
