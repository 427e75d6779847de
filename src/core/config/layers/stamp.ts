import { parseAddress } from "../address";
import type { Pause } from "../../pause";
import type { Closing, PeerConfig, RemovedPeer, UpstreamConfig } from "../snapshot";
import type { Drain } from "./change";
import { readySince } from "./ready-since";

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
  /** The addresses of some of its peers. */
  live(this: void, peers: readonly PeerConfig[]): readonly LivePeer[];
  drainOf(this: void, peer: string): Drain | undefined;
  /** Sessions that are open on a key of the upstream. */
  open(this: void, key: string): number;
  /** Called every few peers. */
  readonly pause: Pause;
}

const PEERS_PER_PAUSE = 32;

/** Long after the slowest worker has applied a generation. */
const HEARD_WITHIN_S = 10;

const NOW: Closing = { atS: 0, spreadMs: 0 };

/** Fills in what the document cannot say: since when a peer takes sessions, when they are closed, and which peers are gone but not empty. */
export function stampUpstream(config: UpstreamConfig, world: StampWorld): UpstreamConfig {
  const known = new LuaMap<string, PeerConfig>();
  eachPeer(world.before?.peers ?? [], world.pause, (peer) => void known.set(peer.id, peer));
  const peers: PeerConfig[] = [];
  eachPeer(config.peers, world.pause, (peer) => {
    const before = known.get(peer.id);
    peers.push(stampPeer(peer, before, config, world));
    // What keeps its address keeps its sessions.
    if (before?.address === peer.address) known.delete(peer.id);
  });
  const removed = findRemoved(config, known, world);
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
  if (peer.state === "ready")
    return withReadySince(peer, readySince(peer, before, config, world.before, world.nowS));
  const closing = closingOf(peer, before, config, world);
  return closing === undefined ? peer : { ...peer, closing };
}

/** @param peer may be one that is published, and has what was found then */
function withReadySince(peer: PeerConfig, readySinceS: number | undefined): PeerConfig {
  if (peer.readySinceS === readySinceS) return peer;
  const copy: { -readonly [K in keyof PeerConfig]: PeerConfig[K] } = { ...peer };
  if (readySinceS === undefined) delete copy.readySinceS;
  else copy.readySinceS = readySinceS;
  return copy;
}

function closingOf(
  peer: PeerConfig,
  before: PeerConfig | undefined,
  config: UpstreamConfig,
  world: StampWorld,
): Closing | undefined {
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

/** @param moved the peers before that are not there any more, or not with the same address, by id */
function findRemoved(
  config: UpstreamConfig,
  moved: LuaMap<string, PeerConfig>,
  world: StampWorld,
): readonly RemovedPeer[] {
  const left = world.before?.peers.filter(({ id }) => moved.has(id)) ?? [];
  const before = world.before?.removed ?? [];
  if (left.length === 0 && before.length === 0) return [];
  const byName = new LuaMap<string, boolean>();
  eachPeer(config.peers, world.pause, (peer) => {
    const [address] = parseAddress(peer.address);
    byName.set(peer.id, address !== undefined && address.kind === "name");
  });
  const removed: RemovedPeer[] = [];
  const seen = new LuaSet<string>();
  for (const peer of before) {
    seen.add(peer.key);
    if (!isBack(peer, byName) && isToBeNamed(peer, world)) removed.push(peer);
  }
  for (const live of left.length === 0 ? [] : world.live(left)) {
    const peer = removedPeer(live, closingOfRemoved(config, world));
    if (!seen.has(peer.key) && !isBack(peer, byName) && isToBeNamed(peer, world)) removed.push(peer);
  }
  return removed;
}

/**
 * Whether the config goes on naming a removed peer. An address that a name had at last also stands for those it had before: only
 * the workers with sessions on them know these, and learn from it that they are to be closed.
 */
export function isToBeNamed(
  { key, id, closing }: RemovedPeer,
  { nowS, open }: Pick<StampWorld, "nowS" | "open">,
): boolean {
  if (open(key) > 0) return true;
  return key !== id && closing !== undefined && nowS < closing.atS + closing.spreadMs / 1000 + HEARD_WITHIN_S;
}

/** A peer's key is its id, or `id#ip` behind a name: it is the same only where the address is of the same kind. */
function isBack(peer: LivePeer, byName: LuaMap<string, boolean>): boolean {
  const isNamed = peer.key !== peer.id;
  return byName.get(peer.id) === isNamed;
}

function closingOfRemoved(config: UpstreamConfig, world: StampWorld): Closing | undefined {
  if (world.removal === "keep") return undefined;
  if (world.removal === "close") return { atS: world.nowS, spreadMs: 0 };
  return { atS: world.nowS + config.drain.deadlineMs / 1000, spreadMs: config.drain.spreadMs };
}

function removedPeer(peer: LivePeer, closing: Closing | undefined): RemovedPeer {
  const { key, id, host, port } = peer;
  return closing === undefined ? { key, id, host, port } : { key, id, host, port, closing };
}

function eachPeer(
  peers: readonly PeerConfig[],
  pause: Pause,
  act: (this: void, peer: PeerConfig) => void,
): void {
  let count = 0;
  for (const peer of peers) {
    act(peer);
    count += 1;
    if (count % PEERS_PER_PAUSE === 0) pause();
  }
}
