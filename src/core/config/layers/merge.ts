import type { Json } from "../walker";
import type { PeerOverride, RouteOverride } from "./change";
import { asRecord, peerIdOf, peersIn, routeIdOf, routesIn, upstreamIn } from "./document-parts";
import type { Ordered, PeerOverrides, RuntimeState } from "./runtime-state";

/** A peer of the document with its override merged in; of a peer that is removed nothing is left. */
function mergePeer(peer: Json | undefined, id: string, override: PeerOverride): Json | undefined {
  if (override.removed === true) return undefined;
  if (override.added === true) return override.fields;
  if (peer === undefined) return undefined;
  const { fields } = override;
  if (fields === undefined) return peer;
  // An address is no override's business; where it changes in the document, the id stays what the override is for.
  return { ...peer, ...fields, id };
}

/** Peers in the order of the document, then added ones in the order in which they were added. */
export function mergeUpstream(upstream: Json, overrides: PeerOverrides | undefined): Json {
  const peers = overrides === undefined ? undefined : peersIn(upstream);
  if (overrides === undefined || peers === undefined) return upstream;
  const seen = new LuaSet<string>();
  const merged: unknown[] = [];
  for (const peer of peers) {
    const id = peerIdOf(peer);
    const found = id === undefined ? undefined : overrides.get(id);
    if (id === undefined || found === undefined) merged.push(peer);
    else {
      seen.add(id);
      const result = mergePeer(asRecord(peer), id, found.override);
      if (result !== undefined) merged.push(result);
    }
  }
  for (const { override } of inTurn(overrides, seen)) {
    if (override.added === true && override.fields !== undefined) merged.push(override.fields);
  }
  return { ...upstream, peers: merged };
}

/** Routes in the order of the document, then added ones in the order in which they were added. */
export function mergeRoutes(routes: readonly unknown[], state: RuntimeState): readonly unknown[] {
  const seen = new LuaSet<string>();
  const merged: unknown[] = [];
  for (const route of routes) {
    const id = routeIdOf(route);
    const found = id === undefined ? undefined : state.routes.get(id);
    if (id === undefined || found === undefined) merged.push(route);
    else {
      seen.add(id);
      if (found.override.config !== undefined) merged.push(found.override.config);
    }
  }
  for (const { override } of inTurn(state.routes, seen)) {
    if (override.config !== undefined) merged.push(override.config);
  }
  return merged;
}

export function mergeDocument(document: unknown, state: RuntimeState): unknown {
  const record = asRecord(document);
  if (record === undefined) return document;
  const merged: Record<string, unknown> = { ...record };
  const upstreams = asRecord(record["upstreams"]);
  if (upstreams !== undefined) {
    const copy: Record<string, unknown> = { ...upstreams };
    for (const [name, overrides] of state.peers) {
      const upstream = upstreamIn(document, name);
      if (upstream !== undefined) copy[name] = mergeUpstream(upstream, overrides);
    }
    merged["upstreams"] = copy;
  }
  const routes = routesIn(document);
  if (routes !== undefined && hasAny(state.routes)) merged["routes"] = mergeRoutes(routes, state);
  return merged;
}

function hasAny(routes: LuaMap<string, Ordered<RouteOverride>>): boolean {
  for (const [_] of routes) return true;
  return false;
}

function inTurn<T>(overrides: LuaMap<string, Ordered<T>>, except: LuaSet<string>): Ordered<T>[] {
  const found: Ordered<T>[] = [];
  for (const [id, ordered] of overrides) if (!except.has(id)) found.push(ordered);
  return found.sort((a, b) => a.order - b.order);
}
