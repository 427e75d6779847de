import type { BaseDocument, Change, PeerOverride, PruneChange, RouteOverride } from "./change";

/** An override and its turn among those that were added. */
export interface Ordered<T> {
  readonly override: T;
  readonly order: number;
}

export type PeerOverrides = LuaMap<string, Ordered<PeerOverride>>;

/** Status lists so many at most. */
const MAX_REASONS = 100;

/** What the changes so far add up to. Whoever holds one for others to see makes a new one with `with` for each change. */
export class RuntimeState {
  base: BaseDocument | undefined;
  /** By upstream and peer. */
  peers = new LuaMap<string, PeerOverrides>();
  routes = new LuaMap<string, Ordered<RouteOverride>>();
  /** Why overrides were dropped since the last reset or put, the latest last. */
  dropped: readonly string[] = [];
  /** How many overrides there are. */
  count = 0;
  private nextOrder = 1;

  /** The state after a change; this one stays as it is, and what the change does not touch is shared. */
  with(change: Change): RuntimeState {
    const copy = new RuntimeState();
    copy.base = this.base;
    copy.dropped = this.dropped;
    copy.count = this.count;
    copy.nextOrder = this.nextOrder;
    copy.peers = this.peersFor(change);
    copy.routes = change.kind === "route" || change.kind === "prune" ? copyOf(this.routes) : this.routes;
    copy.apply(change);
    return copy;
  }

  /** In place: for a state that nobody else has yet. */
  apply(change: Change): void {
    switch (change.kind) {
      case "put":
        this.clear();
        this.base = { document: change.document, text: change.text };
        break;
      case "reset":
        this.clear();
        break;
      case "peer":
        this.setPeer(change.upstream, change.peer, change.override);
        break;
      case "route":
        this.setRoute(change.route, change.override);
        break;
      case "prune":
        this.prune(change);
        break;
    }
  }

  peer(upstream: string, peer: string): PeerOverride | undefined {
    return this.peers.get(upstream)?.get(peer)?.override;
  }

  route(route: string): RouteOverride | undefined {
    return this.routes.get(route)?.override;
  }

  private peersFor(change: Change): LuaMap<string, PeerOverrides> {
    if (change.kind !== "peer" && change.kind !== "prune") return this.peers;
    const copy = copyOf(this.peers);
    if (change.kind === "peer") copyWithin(copy, change.upstream);
    else for (const { upstream } of change.peers) copyWithin(copy, upstream);
    return copy;
  }

  private clear(): void {
    this.base = undefined;
    this.peers = new LuaMap();
    this.routes = new LuaMap();
    this.dropped = [];
    this.count = 0;
  }

  private setPeer(upstream: string, peer: string, override: PeerOverride | undefined): void {
    const overrides = this.peers.get(upstream) ?? new LuaMap<string, Ordered<PeerOverride>>();
    const before = overrides.get(peer);
    this.count += (override === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    if (override === undefined) overrides.delete(peer);
    else {
      const keepsTurn = before !== undefined && before.override.added === override.added;
      overrides.set(peer, { override, order: keepsTurn ? before.order : this.takeTurn() });
    }
    if (isEmpty(overrides)) this.peers.delete(upstream);
    else this.peers.set(upstream, overrides);
  }

  private setRoute(route: string, override: RouteOverride | undefined): void {
    const before = this.routes.get(route);
    this.count += (override === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    if (override === undefined) this.routes.delete(route);
    else this.routes.set(route, { override, order: before?.order ?? this.takeTurn() });
  }

  private prune(change: PruneChange): void {
    for (const { upstream, peer } of change.peers) this.setPeer(upstream, peer, undefined);
    for (const route of change.routes) this.setRoute(route, undefined);
    const dropped = this.dropped.concat(change.reasons);
    this.dropped = dropped.slice(Math.max(0, dropped.length - MAX_REASONS));
  }

  private takeTurn(): number {
    this.nextOrder += 1;
    return this.nextOrder - 1;
  }
}

function copyOf<T>(map: LuaMap<string, T>): LuaMap<string, T> {
  const copy = new LuaMap<string, T>();
  for (const [key, value] of map) copy.set(key, value);
  return copy;
}

function copyWithin(peers: LuaMap<string, PeerOverrides>, upstream: string): void {
  const overrides = peers.get(upstream);
  if (overrides !== undefined) peers.set(upstream, copyOf(overrides));
}

function isEmpty(map: PeerOverrides): boolean {
  for (const [_] of map) return false;
  return true;
}
