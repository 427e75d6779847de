import type { PeerConfig, ResolverConfig } from "../core/config/snapshot";
import { compileRoute, type CompiledRoute } from "../core/gateway/compiled-route";
import type { Gateway } from "../core/gateway/gateway";
import type { Pause } from "../core/pause";
import type { Peer } from "../core/pool/peer";
import { namesOf, type Lookup } from "../core/pool/peers";
import type { Log } from "../core/ports";
import { Router } from "../core/route/router";
import { directoryKey, manifestKey, peersKey, routesKey, upstreamKey } from "./keys";
import {
  currentGeneration,
  readDirectory,
  readHead,
  readManifest,
  readPeers,
  readRoutes,
  type Manifest,
  type UpstreamEntry,
  type UpstreamHead,
} from "./parts";

interface AppliedChunk {
  readonly peers: readonly PeerConfig[];
  /** The names it resolves through, each once. */
  readonly names: readonly string[];
}

interface AppliedUpstream {
  readonly entry: UpstreamEntry;
  readonly head: UpstreamHead;
  /** By the end of the key. */
  readonly chunks: LuaMap<string, AppliedChunk>;
  readonly names: readonly string[];
}

interface AppliedDirectory {
  /** -1: not wholly applied. */
  generation: number;
  readonly upstreams: LuaMap<string, AppliedUpstream>;
}

/** Peers in one go. */
const PEERS_PER_PAUSE = 64;
const ROUTES_PER_PAUSE = 32;

/**
 * Brings a worker's gateway to the current generation, decoding only the parts that changed. A part that is gone in the
 * middle of it means that a newer generation is there: what was applied stays, and the next call goes on from it.
 * Where a call pauses, nobody may make another one until it has ended.
 */
export class Follower {
  /** The generation that is wholly applied. */
  generation = 0;
  resolverConfig: ResolverConfig | undefined;
  private readonly directories: AppliedDirectory[] = [];
  /** In order. */
  upstreamNames: readonly string[] = [];
  private hasOtherNames = false;
  private readonly upstreams = new LuaMap<string, AppliedUpstream>();
  private chunkGenerations: readonly number[] = [];
  private chunks: (readonly CompiledRoute[])[] = [];
  /** The last generation that was told to be incomplete. */
  private incomplete: number | undefined;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly gateway: Gateway,
    private readonly lookup: Lookup,
    private readonly log: Log,
  ) {}

  isBehind(): boolean {
    return currentGeneration(this.dict) !== this.generation;
  }

  /** Upstreams that are new come first, then the routes that may lead to them, and upstreams that are gone leave last. */
  catchUp(pause: Pause): void {
    const generation = currentGeneration(this.dict);
    const manifest = readManifest(this.dict, generation);
    if (manifest === undefined) {
      this.miss(generation, manifestKey(generation));
      return;
    }
    const gone: string[] = [];
    const missing = this.applyDirectories(manifest, gone, pause) ?? this.applyRoutes(manifest, pause);
    if (missing !== undefined) {
      this.miss(generation, missing);
      return;
    }
    for (const name of gone) this.removeUpstream(name, pause);
    for (const chunk of $range(0, manifest.directories.length - 1))
      this.directories[chunk]!.generation = manifest.directories[chunk]!;
    this.resolverConfig = manifest.resolver;
    if (this.hasOtherNames) this.upstreamNames = this.appliedNames().sort();
    this.hasOtherNames = false;
    this.generation = generation;
  }

  /** The generation that last changed an upstream; 0 for one that is not known. */
  generationOf(upstream: string): number {
    return this.upstreams.get(upstream)?.entry.generation ?? 0;
  }

  /** In the order of the document; a later generation makes another list. */
  routes(): readonly (readonly CompiledRoute[])[] {
    return this.chunks;
  }

  /** Every peer of the config as it is applied, in no order. */
  eachPeer(act: (this: void, peer: Peer) => void, pause: Pause): void {
    let count = 0;
    for (const name of this.appliedNames()) {
      for (const peer of this.gateway.pool(name)?.peers ?? []) {
        act(peer);
        count += 1;
        if (count % PEERS_PER_PAUSE === 0) pause();
      }
    }
  }

  /** Every route of the config as it is applied, in no order. */
  eachRoute(act: (this: void, route: CompiledRoute) => void): void {
    for (const chunk of this.chunks) for (const route of chunk) act(route);
  }

  eachUpstream(act: (this: void, name: string) => void): void {
    for (const [name] of this.upstreams) act(name);
  }

  /** Every name that a peer's address has, each once. */
  names(): readonly string[] {
    const names: string[] = [];
    const seen = new LuaSet<string>();
    for (const [, applied] of this.upstreams) addNew(applied.names, names, seen);
    return names;
  }

  /** Applies the upstreams again whose peers have names: what these resolve to has changed. */
  applyAddresses(pause: Pause): void {
    for (const name of this.appliedNames()) {
      const applied = this.upstreams.get(name);
      const pool = this.gateway.pool(name);
      if (applied !== undefined && applied.names.length > 0 && pool !== undefined) {
        this.gateway.applyUpstream(pool.config, this.lookup, pause);
      }
    }
  }

  /** A list of its own: where the work pauses, the map may change before it goes on. */
  appliedNames(): string[] {
    const names: string[] = [];
    for (const [name] of this.upstreams) names.push(name);
    return names;
  }

  /** A part that is gone has been replaced, as a rule; one of the generation that is still current will not come back by itself. */
  private miss(generation: number, key: string): void {
    if (generation === this.incomplete || generation !== currentGeneration(this.dict)) return;
    this.incomplete = generation;
    this.log.write(
      "error",
      `generation ${generation} is not applied: ${key} cannot be read from the shared dict; a change of the config file or a reload writes it anew`,
    );
  }

  /**
   * @param gone gets the names of the upstreams that are to go
   * @returns the key of a part that is gone
   */
  private applyDirectories(manifest: Manifest, gone: string[], pause: Pause): string | undefined {
    for (const chunk of $range(0, manifest.directories.length - 1)) {
      const generation = manifest.directories[chunk]!;
      const directory = (this.directories[chunk] ??= { generation: 0, upstreams: new LuaMap() });
      if (directory.generation !== generation) {
        directory.generation = -1;
        const entries = readDirectory(this.dict, chunk, generation);
        if (entries === undefined) return directoryKey(chunk, generation);
        pause();
        const missing = this.applyEntries(directory, entries, pause);
        if (missing !== undefined) return missing;
        listGone(directory, entries, gone);
      }
    }
    return undefined;
  }

  private applyEntries(
    directory: AppliedDirectory,
    entries: readonly UpstreamEntry[],
    pause: Pause,
  ): string | undefined {
    for (const entry of entries) {
      const before = directory.upstreams.get(entry.name);
      if (before === undefined || before.entry.generation !== entry.generation) {
        const [applied, missing] = this.applyUpstream(before, entry, pause);
        if (applied === undefined) return missing;
        directory.upstreams.set(entry.name, applied);
        if (before === undefined) this.hasOtherNames = true;
        this.upstreams.set(entry.name, applied);
      }
    }
    return undefined;
  }

  private applyUpstream(
    before: AppliedUpstream | undefined,
    entry: UpstreamEntry,
    pause: Pause,
  ): LuaMultiReturn<[applied: AppliedUpstream | undefined, missing?: string]> {
    const { name } = entry;
    let head = before?.entry.head === entry.head ? before.head : undefined;
    head ??= readHead(this.dict, name, entry.head);
    if (head === undefined) return $multi(undefined, upstreamKey(name, entry.head));
    const chunks = new LuaMap<string, AppliedChunk>();
    const peers: PeerConfig[] = [];
    const names: string[] = [];
    const seen = new LuaSet<string>();
    for (const key of entry.chunks) {
      const chunk = before?.chunks.get(key) ?? this.readChunk(name, key);
      if (chunk === undefined) return $multi(undefined, peersKey(name, key));
      chunks.set(key, chunk);
      for (const peer of chunk.peers) peers.push(peer);
      addNew(chunk.names, names, seen);
      pause();
    }
    this.gateway.applyUpstream({ ...head, peers }, this.lookup, pause);
    return $multi({ entry, head, chunks, names });
  }

  private readChunk(upstream: string, key: string): AppliedChunk | undefined {
    const peers = readPeers(this.dict, upstream, key);
    return peers === undefined ? undefined : { peers, names: namesOf(peers) };
  }

  /** @returns the key of a part that is gone */
  private applyRoutes(manifest: Manifest, pause: Pause): string | undefined {
    const chunks: (readonly CompiledRoute[])[] = [];
    let isChanged = this.chunks.length === 0;
    for (const chunk of $range(0, manifest.routes.length - 1)) {
      const generation = manifest.routes[chunk]!;
      let routes = this.chunks[chunk];
      if (routes === undefined || this.chunkGenerations[chunk] !== generation) {
        const configs = readRoutes(this.dict, chunk, generation);
        if (configs === undefined) return routesKey(chunk, generation);
        routes = configs.map((config) => compileRoute(config));
        isChanged = true;
        pause();
      }
      chunks.push(routes);
    }
    if (isChanged) this.gateway.useRouter(buildRouter(chunks, pause));
    this.chunks = chunks;
    this.chunkGenerations = manifest.routes;
    return undefined;
  }

  private removeUpstream(name: string, pause: Pause): void {
    this.hasOtherNames = true;
    this.upstreams.delete(name);
    for (const directory of this.directories) directory.upstreams.delete(name);
    this.gateway.removeUpstream(name, pause);
  }
}

function listGone(directory: AppliedDirectory, entries: readonly UpstreamEntry[], gone: string[]): void {
  const named = new LuaSet<string>();
  for (const entry of entries) named.add(entry.name);
  for (const [name] of directory.upstreams) if (!named.has(name)) gone.push(name);
}

function addNew(from: readonly string[], to: string[], seen: LuaSet<string>): void {
  for (const name of from) {
    if (!seen.has(name)) to.push(name);
    seen.add(name);
  }
}

function buildRouter(chunks: readonly (readonly CompiledRoute[])[], pause: Pause): Router<CompiledRoute> {
  const router = new Router<CompiledRoute>();
  let count = 0;
  for (const routes of chunks) {
    for (const route of routes) {
      router.add(route);
      count += 1;
      if (count % ROUTES_PER_PAUSE === 0) pause();
    }
  }
  return router;
}
