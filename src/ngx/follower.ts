import type { ResolverConfig } from "../core/config/snapshot";
import { compileRoute, type CompiledRoute } from "../core/gateway/compiled-route";
import type { Gateway } from "../core/gateway/gateway";
import type { Peer } from "../core/pool/peer";
import { namesOf, type Lookup } from "../core/pool/peers";
import type { Log } from "../core/ports";
import { Router } from "../core/route/router";
import type { Pause } from "./chore";
import { manifestKey, routesKey, upstreamKey } from "./keys";
import { currentGeneration, readManifest, readRoutes, readUpstream, type Manifest } from "./publication";

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
  /** In order. */
  upstreamNames: readonly string[] = [];
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
    const missing = this.applyUpstreams(manifest, pause) ?? this.applyRoutes(manifest, pause);
    if (missing !== undefined) {
      this.miss(generation, missing);
      return;
    }
    this.removeUpstreams(manifest);
    this.resolverConfig = manifest.resolver;
    this.upstreamNames = manifest.upstreams.map(({ name }) => name);
    this.generation = generation;
  }

  /** The generation that wrote an upstream's config; 0 for one that is not known. */
  generationOf(upstream: string): number {
    return this.upstreams.get(upstream)?.generation ?? 0;
  }

  /** In the order of the document; a later generation makes another list. */
  routes(): readonly (readonly CompiledRoute[])[] {
    return this.chunks;
  }

  /** Every peer of the config as it is applied, in no order. */
  eachPeer(act: (this: void, peer: Peer) => void): void {
    for (const [name] of this.upstreams) {
      for (const peer of this.gateway.pool(name)?.peers ?? []) act(peer);
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

  /** A part that is gone has been replaced, as a rule; one of the generation that is still current will not come back by itself. */
  private miss(generation: number, key: string): void {
    if (generation === this.incomplete || generation !== currentGeneration(this.dict)) return;
    this.incomplete = generation;
    this.log.write(
      "error",
      `generation ${generation} is not applied: ${key} cannot be read from the shared dict; a change of the config file or a reload writes it anew`,
    );
  }

  /** @returns the key of a part that is gone */
  private applyUpstreams(manifest: Manifest, pause: Pause): string | undefined {
    for (const part of manifest.upstreams) {
      if (this.upstreams.get(part.name)?.generation !== part.generation) {
        const config = readUpstream(this.dict, part);
        if (config === undefined) return upstreamKey(part.name, part.generation);
        this.gateway.applyUpstream(config, this.lookup);
        this.upstreams.set(part.name, { generation: part.generation, names: namesOf(config) });
        pause();
      }
    }
    return undefined;
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
