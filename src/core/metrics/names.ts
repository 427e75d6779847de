import { PEER_LAYOUT, ROUTE_LAYOUT, UPSTREAM_LAYOUT, type Layout } from "./layout";

/**
 * What an owner of counters is counted under, in one list of all. The name of an upstream holds neither `@` nor `:`, so no
 * peer's name can be that of a route.
 */

const ROUTE = "@route:";
const UPSTREAM = "@upstream:";

export function peerName(upstream: string, peerKey: string): string {
  return `${upstream}:${peerKey}`;
}

/** @param id `""` stands for no route */
export function routeName(id: string): string {
  return ROUTE + id;
}

export function upstreamName(name: string): string {
  return UPSTREAM + name;
}

/** Which numbers the owner of the name has. */
export function layoutOf(name: string): Layout {
  if (name.startsWith(ROUTE)) return ROUTE_LAYOUT;
  return name.startsWith(UPSTREAM) ? UPSTREAM_LAYOUT : PEER_LAYOUT;
}
