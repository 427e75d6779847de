import type { Json } from "../walker";

/**
 * Looks into a decoded JSON document of any shape: what is not as it should be is not there. The validator tells what is
 * wrong with it.
 */

export const NOTHING: Json = {};
const NO_ITEMS: readonly unknown[] = [];

export function asRecord(value: unknown): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return value as Json;
}

/** Lua's decoder makes the same of an empty list and an empty object; an absent one is empty, too. */
export function asItems(value: unknown): readonly unknown[] | undefined {
  if (value === undefined) return NO_ITEMS;
  const record = asRecord(value);
  if (record === undefined) return undefined;
  if (Array.isArray(value)) return value as unknown[];
  return Object.keys(record).length === 0 ? NO_ITEMS : undefined;
}

export function upstreamIn(document: unknown, name: string): Json | undefined {
  const upstreams = asRecord(asRecord(document)?.["upstreams"]);
  return upstreams === undefined ? undefined : asRecord(upstreams[name]);
}

export function peersIn(upstream: unknown): readonly unknown[] | undefined {
  return asItems(asRecord(upstream)?.["peers"]);
}

export function routesIn(document: unknown): readonly unknown[] | undefined {
  return asItems(asRecord(document)?.["routes"]);
}

/** By default a peer's id is its address. */
export function peerIdOf(peer: unknown): string | undefined {
  const { id, address } = asRecord(peer) ?? NOTHING;
  if (typeof id === "string") return id;
  return id === undefined && typeof address === "string" ? address : undefined;
}

export function routeIdOf(route: unknown): string | undefined {
  const { id } = asRecord(route) ?? NOTHING;
  return typeof id === "string" ? id : undefined;
}

/** The first item of this id. */
export function findItem(
  items: readonly unknown[] | undefined,
  id: string,
  idOf: (this: void, item: unknown) => string | undefined,
): Json | undefined {
  for (const item of items ?? NO_ITEMS) if (idOf(item) === id) return asRecord(item);
  return undefined;
}

/** The upstreams that a route leads to, as far as it says so. */
export function targetsOf(route: Json): readonly string[] {
  const names: string[] = [];
  const { upstream, split } = route;
  if (typeof upstream === "string") names.push(upstream);
  for (const item of asItems(split) ?? NO_ITEMS) {
    const name = asRecord(item)?.["upstream"];
    if (typeof name === "string") names.push(name);
  }
  return names;
}
