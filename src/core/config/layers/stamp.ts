import { parseAddress } from "../address";
import type { Closing, PeerConfig, RemovedPeer, UpstreamConfig } from "../snapshot";
import type { Drain } from "./change";

/** What becomes of the sessions of a peer that is removed. */
export type RemovalPolicy = "keep" | "drain" | "close";

/** An address of the config before, on which sessions may be open. */
export interface LivePeer {
  readonly key: string;
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

export interface StampWorld {
  /** Seconds since the epoch. */
  readonly nowS: number;
  /** For peers that this change removes. */
  readonly removal: RemovalPolicy;
  /** The upstream as it was published last. */
  readonly before?: UpstreamConfig;
  readonly live: readonly LivePeer[];
  drainOf(this: void, peer: string): Drain | undefined;
  /** Sessions that are open on a key of the upstream. */
  open(this: void, key: string): number;
}

const NOW: Closing = { atS: 0, spreadMs: 0 };

/** Fills in what the document cannot say: when sessions are closed, and which peers are gone but not empty. */
export function stampUpstream(config: UpstreamConfig, world: StampWorld): UpstreamConfig {
  const known = new LuaMap<string, PeerConfig>();
  for (const peer of world.before?.peers ?? []) known.set(peer.id, peer);
  const peers = config.peers.map((peer) => stampPeer(peer, known.get(peer.id), config, world));
  const removed = findRemoved(config, world);
  return withRemoved({ ...config, peers }, removed);
}

/** In Lua a field that is `undefined` in what is merged in leaves the one before. */
export function withRemoved(config: UpstreamConfig, removed: readonly RemovedPeer[] = []): UpstreamConfig {
  const copy: { -readonly [K in keyof UpstreamConfig]: UpstreamConfig[K] } = { ...config };
  if (removed.length === 0) delete copy.removed;
  else copy.removed = removed;
  return copy;
}

function stampPeer(
  peer: PeerConfig,
  before: PeerConfig | undefined,
  config: UpstreamConfig,
  world: StampWorld,
): PeerConfig {
  const closing = closingOf(peer, before, config, world);
  return closing === undefined ? peer : { ...peer, closing };
}

function closingOf(
  peer: PeerConfig,
  before: PeerConfig | undefined,
  config: UpstreamConfig,
  world: StampWorld,
): Closing | undefined {
  if (peer.state === "ready") return undefined;
  if (peer.state === "maint") return NOW;
  const drain = world.drainOf(peer.id);
  if (drain !== undefined) {
    if (drain.close === "keep") return undefined;
    return { atS: drain.since_s + drain.deadline_ms / 1000, spreadMs: drain.spread_ms };
  }
  if (config.drain.close === "keep") return undefined;
  return { atS: sinceS(before, world) + config.drain.deadlineMs / 1000, spreadMs: config.drain.spreadMs };
}

/** When the drain that the document asks for began: an instant that only the config before can tell. */
function sinceS(before: PeerConfig | undefined, world: StampWorld): number {
  if (before === undefined || before.state !== "drain") return world.nowS;
  if (before.closing === undefined || world.before === undefined) return world.nowS;
  return before.closing.atS - world.before.drain.deadlineMs / 1000;
}

function findRemoved(config: UpstreamConfig, world: StampWorld): readonly RemovedPeer[] {
  const byName = new LuaMap<string, boolean>();
  for (const peer of config.peers) {
    const [address] = parseAddress(peer.address);
    byName.set(peer.id, address !== undefined && address.kind === "name");
  }
  const removed: RemovedPeer[] = [];
  const seen = new LuaSet<string>();
  for (const peer of world.before?.removed ?? []) {
    seen.add(peer.key);
    if (!isBack(peer, byName) && world.open(peer.key) > 0) removed.push(peer);
  }
  for (const peer of world.live) {
    if (seen.has(peer.key) || isBack(peer, byName) || world.open(peer.key) === 0) continue;
    removed.push(removedPeer(peer, closingOfRemoved(config, world)));
  }
  return removed;
}

/** A peer's key is its id, or `id#ip` behind a name: it is the same only where the address is of the same kind. */
function isBack(peer: LivePeer, byName: LuaMap<string, boolean>): boolean {
  const isNamed = peer.key !== peer.id;
  return byName.get(peer.id) === isNamed;
}

function closingOfRemoved(config: UpstreamConfig, world: StampWorld): Closing | undefined {
  if (world.removal === "keep") return undefined;
  if (world.removal === "close") return NOW;
  return { atS: world.nowS + config.drain.deadlineMs / 1000, spreadMs: config.drain.spreadMs };
}

function removedPeer(peer: LivePeer, closing: Closing | undefined): RemovedPeer {
  const { key, id, host, port } = peer;
  return closing === undefined ? { key, id, host, port } : { key, id, host, port, closing };
}
