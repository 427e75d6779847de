import { parseAddress, type Address } from "../config/address";
import type { LivePeer } from "../config/layers/stamp";
import type { Closing, PeerConfig, UpstreamConfig } from "../config/snapshot";
import type { HealthView } from "../health/health-view";
import type { Pause } from "../pause";
import { ipOf, sinceSOf } from "../resolve/published-address";
import { newPeer, type PeerKeys, type Place } from "./new-peer";
import type { Peer } from "./peer";
import { beginHealth, wantedWeight } from "./peer-health";

/** The addresses that a name has now, as they are published; `undefined` before its first answer. */
export type Lookup = (this: void, name: string) => readonly string[] | undefined;

/** What an upstream's peers are to become; until it is carried out, nothing that a request may see has changed. */
export interface PeerPlan {
  readonly peers: readonly Peer[];
  /** The same peers, by tier. */
  readonly primary: readonly Peer[];
  readonly backup: readonly Peer[];
  /** Peers that stay, and are to be configured anew. */
  readonly changed: readonly Change[];
  /** Peers whose id the config has no more. */
  readonly gone: readonly Peer[];
  /** Peers whose id has another address now. */
  readonly moved: readonly Peer[];
  /** Peers that are not in the config any more and may have open sessions; to be retired. */
  readonly removed: readonly Retirement[];
}

export interface Retirement {
  readonly peer: Peer;
  readonly closing: Closing | undefined;
}

/** What some peers of the same id are to be like. */
export interface Change {
  readonly config: PeerConfig;
  readonly family: readonly Peer[];
  /** Since when the name has the address of each of the family; 0: from its first answer on, or there is no name. */
  readonly sincesS: readonly number[];
}

/** What the planning of peers has to know beside the config. */
export interface PlannerWorld {
  readonly keys: PeerKeys;
  readonly ledger: { active(peer: Peer): number };
  readonly health: HealthView;
}

const PEERS_PER_PAUSE = 32;

/**
 * Plans the live peers of an upstream, in the order of its config. A peer that was there before with the same address
 * is taken over, so whoever holds it sees the new weight and state as soon as the plan is carried out. One whose config
 * is the very same object costs next to nothing.
 */
export class PeerPlanner {
  private readonly peers: Peer[] = [];
  private readonly primary: Peer[] = [];
  private readonly backup: Peer[] = [];
  private readonly changed: Change[] = [];
  private readonly gone: Peer[] = [];
  private readonly moved: Peer[] = [];
  /** By key, the peers before that are not taken over yet. */
  private readonly known = new LuaMap<string, Peer>();
  /** The peers before whose address is no name, by the config they have. */
  private readonly settled = new LuaMap<PeerConfig, Peer>();
  private steps = 0;

  constructor(
    private readonly config: UpstreamConfig,
    private readonly lookup: Lookup,
    private readonly world: PlannerWorld,
    private readonly pause: Pause,
  ) {}

  /**
   * @param before removed ones among them, each with a key of its own
   * @param configBefore what `before` was made of
   */
  plan(before: readonly Peer[], configBefore: readonly PeerConfig[]): PeerPlan {
    for (const peer of before) {
      this.known.set(peer.key, peer);
      this.step();
    }
    for (const peerConfig of configBefore) {
      const peer = this.known.get(peerConfig.id);
      if (peer !== undefined) this.settled.set(peerConfig, peer);
      this.step();
    }
    for (const peerConfig of this.config.peers) {
      const peer = this.settled.get(peerConfig);
      if (peer === undefined) this.planFamily(peerConfig);
      else {
        this.add(peer, peer.isBackup);
        this.known.delete(peer.key);
      }
      this.step();
    }
    for (const [, peer] of this.known) this.gone.push(peer);
    const removed = this.planRemoved();
    const { peers, primary, backup, changed, gone, moved } = this;
    return { peers, primary, backup, changed, gone, moved, removed };
  }

  /** Those that the config names as removed, and those that were here before and have open sessions, such as the addresses of a name. */
  private planRemoved(): readonly Retirement[] {
    const removed: Retirement[] = [];
    const taken = new LuaSet<string>();
    const named = this.config.removed ?? [];
    if (named.length > 0) for (const peer of this.peers) taken.add(peer.key);
    for (const entry of named) {
      if (!taken.has(entry.key)) {
        taken.add(entry.key);
        const known = this.known.get(entry.key);
        const peer = isSamePlace(known, entry)
          ? known
          : newPeer(entry, entry.id, this.config.name, this.world.keys);
        removed.push({ peer, closing: entry.closing });
      }
      this.step();
    }
    for (const peer of this.gone) {
      if (!taken.has(peer.key) && this.world.ledger.active(peer) > 0)
        removed.push({ peer, closing: this.closingOf(peer) });
      this.step();
    }
    return removed;
  }

  /** The address of a name goes by what the config says of the peer that has the name, or had it. */
  private closingOf({ id }: Peer): Closing | undefined {
    for (const peer of this.config.peers) if (peer.id === id) return peer.closing;
    for (const peer of this.config.removed ?? []) if (peer.id === id) return peer.closing;
    return undefined;
  }

  private planFamily(config: PeerConfig): void {
    const family: Peer[] = [];
    const sincesS: number[] = [];
    let isKnown = false;
    const [address] = parseAddress(config.address);
    if (address === undefined) return;
    for (const place of places(address, config.id, this.lookup)) {
      const known = this.known.get(place.key);
      this.known.delete(place.key);
      sincesS.push(place.sinceS);
      if (isSamePlace(known, place)) {
        isKnown = true;
        family.push(known);
      } else {
        if (known !== undefined) this.moved.push(known);
        const peer = newPeer(place, config.id, this.config.name, this.world.keys);
        beginHealth(peer, this.config.health, this.world.health);
        family.push(peer);
      }
    }
    const change = { config, family, sincesS };
    if (isKnown) this.changed.push(change);
    else carryOut(change);
    for (const peer of family) this.add(peer, config.isBackup);
  }

  private add(peer: Peer, isBackup: boolean): void {
    this.peers.push(peer);
    (isBackup ? this.backup : this.primary).push(peer);
  }

  private step(): void {
    this.steps += 1;
    if (this.steps % PEERS_PER_PAUSE === 0) this.pause();
  }
}

/** What nobody has seen yet is configured while it is planned; the rest is to be done in one go. */
export function carryOut({ config, family, sincesS }: Change): void {
  for (const index of $range(0, family.length - 1))
    configure(family[index]!, config, family, sincesS[index]!);
}

/** The names among the peers' addresses, each once. */
export function namesOf(peers: readonly PeerConfig[]): readonly string[] {
  const names: string[] = [];
  const seen = new LuaSet<string>();
  for (const peer of peers) {
    const [address] = parseAddress(peer.address);
    if (address !== undefined && address.kind === "name" && !seen.has(address.host)) {
      seen.add(address.host);
      names.push(address.host);
    }
  }
  return names;
}

/** Every address of some peers. */
export function livePeers(peers: readonly PeerConfig[], lookup: Lookup): readonly LivePeer[] {
  const live: LivePeer[] = [];
  for (const { id, address: text } of peers) {
    const [address] = parseAddress(text);
    if (address !== undefined) {
      for (const { key, host, port } of places(address, id, lookup)) live.push({ key, id, host, port });
    }
  }
  return live;
}

interface FoundPlace extends Place {
  readonly sinceS: number;
}

function places(address: Address, id: string, lookup: Lookup): readonly FoundPlace[] {
  if (address.kind !== "name") return [{ key: id, host: address.host, port: address.port, sinceS: 0 }];
  const found: FoundPlace[] = [];
  for (const published of lookup(address.host) ?? []) {
    const ip = ipOf(published);
    const host = ip.includes(":") ? `[${ip}]` : ip;
    found.push({ key: `${id}#${ip}`, host, port: address.port, sinceS: sinceSOf(published) });
  }
  return found;
}

function isSamePlace(peer: Peer | undefined, place: Place): peer is Peer {
  return peer !== undefined && peer.host === place.host && peer.port === place.port;
}

function configure(peer: Peer, config: PeerConfig, family: readonly Peer[], sinceS: number): void {
  // One that is configured for the first time may have come up lately, as its health says.
  const upSinceS = peer.family.length === 0 ? peer.readySinceS : 0;
  peer.fullWeight = wantedWeight(peer, config.weight) / family.length;
  peer.weight = peer.fullWeight;
  peer.readySinceS = Math.max(config.readySinceS ?? 0, sinceS, upSinceS);
  peer.configuredWeight = config.weight;
  peer.maxConns = config.maxConns;
  peer.isBackup = config.isBackup;
  peer.zone = config.zone;
  peer.state = config.state;
  peer.family = family;
  peer.isRemoved = false;
  peer.closing = config.closing;
}

export function retire({ peer, closing }: Retirement): void {
  peer.weight = 0;
  peer.fullWeight = 0;
  peer.state = "drain";
  peer.family = [peer];
  peer.isRemoved = true;
  peer.closing = closing;
}
