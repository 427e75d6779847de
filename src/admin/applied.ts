import { Layers } from "../core/config/layers/layers";
import type { ResolverConfig, RouteConfig, Snapshot, UpstreamConfig } from "../core/config/snapshot";

/** What is in force: the layers, and the configs that they came to. */
export class Applied {
  layers = new Layers(undefined);
  generation = 0;
  resolver: ResolverConfig = { addresses: [], ttlMinMs: 0, ttlMaxMs: 0 };
  routes: readonly RouteConfig[] = [];
  private upstreams = new LuaMap<string, UpstreamConfig>();
  private peers = 0;

  upstream(name: string): UpstreamConfig | undefined {
    return this.upstreams.get(name);
  }

  allUpstreams(): readonly UpstreamConfig[] {
    const all: UpstreamConfig[] = [];
    for (const [_, config] of this.upstreams) all.push(config);
    return all;
  }

  /** The peers of all upstreams but one. */
  peersBeside(name: string): number {
    return this.peers - (this.upstreams.get(name)?.peers.length ?? 0);
  }

  useSnapshot(snapshot: Snapshot): void {
    this.resolver = snapshot.resolver;
    this.routes = snapshot.routes;
    this.upstreams = new LuaMap();
    this.peers = 0;
    for (const upstream of snapshot.upstreams) this.useUpstream(upstream);
  }

  useUpstream(upstream: UpstreamConfig): void {
    this.peers = this.peersBeside(upstream.name) + upstream.peers.length;
    this.upstreams.set(upstream.name, upstream);
  }
}
