import type { ResolverConfig } from "../core/config/snapshot";
import { compileRoute, type CompiledRoute } from "../core/gateway/compiled-route";
import type { Gateway } from "../core/gateway/gateway";
import type { Peer } from "../core/pool/peer";
import { namesOf, type Lookup } from "../core/pool/peers";
import { Router } from "../core/route/router";
import { currentGeneration, readManifest, readRoutes, readUpstream, type Manifest } from "./publication";

/** Called between pieces of work; it may let other work of the worker go first. */
export type Pause = (this: void) => void;

interface AppliedUpstream {
  readonly generation: number;
  /** The names it resolves through, each once. */
  readonly names: readonly string[];
}

/**
 * Brings a worker's gateway to the current generation, decoding only the parts that changed. A part that is gone in the
 * middle of it means that a newer generation is there: what was applied stays, and the next call goes on from it.
 */
export class Follower {
  /** The generation that is wholly applied. */
  generation = 0;
  resolverConfig: ResolverConfig | undefined;
  private readonly upstreams = new LuaMap<string, AppliedUpstream>();
  private chunkGenerations: readonly number[] = [];
  private chunks: (readonly CompiledRoute[])[] = [];

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly gateway: Gateway,
    private readonly lookup: Lookup,
  ) {}

  isBehind(): boolean {
    return currentGeneration(this.dict) !== this.generation;
  }

  /** Upstreams that are new come first, then the routes that may lead to them, and upstreams that are gone leave last. */
  catchUp(pause: Pause): boolean {
    const generation = currentGeneration(this.dict);
    const manifest = readManifest(this.dict, generation);
    if (manifest === undefined) return false;
    if (!this.applyUpstreams(manifest, pause) || !this.applyRoutes(manifest, pause)) return false;
    this.removeUpstreams(manifest);
    this.resolverConfig = manifest.resolver;
    this.generation = generation;
    return true;
  }

  /** The generation that wrote an upstream's config; 0 for one that is not known. */
  generationOf(upstream: string): number {
    return this.upstreams.get(upstream)?.generation ?? 0;
  }

  /** Every peer of the config as it is applied, in no order. */
  eachPeer(act: (this: void, peer: Peer) => void): void {
    for (const [name] of this.upstreams) {
      for (const peer of this.gateway.pool(name)?.peers ?? []) act(peer);
    }
  }

  /** Every name that a peer's address has, each once. */
  names(): readonly string[] {
    const names: string[] = [];
    const seen = new LuaSet<string>();
    for (const [, applied] of this.upstreams) {
      for (const name of applied.names) {
        if (!seen.has(name)) names.push(name);
        seen.add(name);
      }
    }
    return names;
  }

  /** Applies the upstreams again whose peers have names: what these resolve to has changed. */
  applyAddresses(pause: Pause): void {
    for (const [name, applied] of this.upstreams) {
      if (applied.names.length > 0) {
        const pool = this.gateway.pool(name);
        if (pool !== undefined) this.gateway.applyUpstream(pool.config, this.lookup);
        pause();
      }
    }
  }

  private applyUpstreams(manifest: Manifest, pause: Pause): boolean {
    for (const part of manifest.upstreams) {
      if (this.upstreams.get(part.name)?.generation !== part.generation) {
        const config = readUpstream(this.dict, part);
        if (config === undefined) return false;
        this.gateway.applyUpstream(config, this.lookup);
        this.upstreams.set(part.name, { generation: part.generation, names: namesOf(config) });
        pause();
      }
    }
    return true;
  }

  private applyRoutes(manifest: Manifest, pause: Pause): boolean {
    const chunks: (readonly CompiledRoute[])[] = [];
    let isChanged = this.chunks.length === 0;
    for (const chunk of $range(0, manifest.routes.length - 1)) {
      const generation = manifest.routes[chunk]!;
      let routes = this.chunks[chunk];
      if (routes === undefined || this.chunkGenerations[chunk] !== generation) {
        const configs = readRoutes(this.dict, chunk, generation);
        if (configs === undefined) return false;
        routes = configs.map((config) => compileRoute(config));
        isChanged = true;
        pause();
      }
      chunks.push(routes);
    }
    if (isChanged) this.gateway.useRouter(buildRouter(chunks, pause));
    this.chunks = chunks;
    this.chunkGenerations = manifest.routes;
    return true;
  }

  private removeUpstreams(manifest: Manifest): void {
    const named = new LuaSet<string>();
    for (const part of manifest.upstreams) named.add(part.name);
    const gone: string[] = [];
    for (const [name] of this.upstreams) if (!named.has(name)) gone.push(name);
    for (const name of gone) {
      this.gateway.removeUpstream(name);
      this.upstreams.delete(name);
    }
  }
}

function buildRouter(chunks: readonly (readonly CompiledRoute[])[], pause: Pause): Router<CompiledRoute> {
  const router = new Router<CompiledRoute>();
  for (const routes of chunks) {
    for (const route of routes) router.add(route);
    pause();
  }
  return router;
}
