import { quote } from "../show";
import type { PeerName, PeerOverride, PruneChange, RouteOverride } from "./change";
import { peerIdOf, peersIn, routeIdOf, routesIn, targetsOf, upstreamIn } from "./document-parts";
import type { PeerOverrides, RuntimeState } from "./runtime-state";

/**
 * Which overrides lose what they are for under another document: the upstream of a peer, the peer, the route, an
 * upstream that a route leads to. An added peer stays as long as its upstream is there.
 * @returns the change that drops them, or `undefined` if all can stay
 */
export function findPruned(state: RuntimeState, document: unknown): PruneChange | undefined {
  const peers: PeerName[] = [];
  const routes: string[] = [];
  const reasons: string[] = [];
  for (const [upstream, overrides] of state.peers) {
    const there = upstreamIn(document, upstream);
    const ids = there === undefined ? undefined : idsIn(peersIn(there), peerIdOf);
    prunePeers(upstream, overrides, ids, peers, reasons);
  }
  const ids = idsIn(routesIn(document), routeIdOf);
  for (const [route, { override }] of state.routes) {
    const reason = routeReason(route, override, ids, document);
    if (reason !== undefined) routes.push(route);
    if (reason !== undefined && reason !== "") reasons.push(reason);
  }
  if (peers.length === 0 && routes.length === 0) return undefined;
  peers.sort((a, b) => compare(`${a.upstream} ${a.peer}`, `${b.upstream} ${b.peer}`));
  return { kind: "prune", peers, routes: routes.sort(), reasons: reasons.sort() };
}

function prunePeers(
  upstream: string,
  overrides: PeerOverrides,
  ids: LuaSet<string> | undefined,
  peers: PeerName[],
  reasons: string[],
): void {
  for (const [peer, { override }] of overrides) {
    const reason = peerReason(upstream, peer, override, ids);
    if (reason !== undefined) peers.push({ upstream, peer });
    if (reason !== undefined && reason !== "") reasons.push(reason);
  }
}

/** `undefined`: it stays; `""`: it goes, and nobody misses it. */
function peerReason(
  upstream: string,
  peer: string,
  override: PeerOverride,
  ids: LuaSet<string> | undefined,
): string | undefined {
  if (ids !== undefined && (override.added === true || ids.has(peer))) return undefined;
  if (override.removed === true) return "";
  const what = override.added === true ? "added" : "changed";
  if (ids === undefined) {
    return `peer ${quote(peer)} of upstream ${quote(upstream)}, ${what} at run time: the upstream is gone`;
  }
  return `peer ${quote(peer)} of upstream ${quote(upstream)}, ${what} at run time: the peer is gone`;
}

function routeReason(
  route: string,
  override: RouteOverride,
  ids: LuaSet<string>,
  document: unknown,
): string | undefined {
  const { config } = override;
  if (config === undefined) return ids.has(route) ? undefined : "";
  const isAdded = override.added === true;
  if (!isAdded && !ids.has(route)) return `route ${quote(route)}, changed at run time: the route is gone`;
  for (const name of targetsOf(config)) {
    if (upstreamIn(document, name) === undefined) {
      const what = isAdded ? "added" : "changed";
      return `route ${quote(route)}, ${what} at run time: its upstream ${quote(name)} is gone`;
    }
  }
  return undefined;
}

function idsIn(
  items: readonly unknown[] | undefined,
  idOf: (this: void, item: unknown) => string | undefined,
): LuaSet<string> {
  const ids = new LuaSet<string>();
  for (const item of items ?? []) {
    const id = idOf(item);
    if (id !== undefined) ids.add(id);
  }
  return ids;
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
