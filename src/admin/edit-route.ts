import type { BalancerRegistry } from "../core/balance/registry";
import { isEqual } from "../core/config/equality";
import type { ConfigError } from "../core/config/findings";
import { pointerTo } from "../core/config/findings";
import type { RouteChange } from "../core/config/layers/change";
import { findItem, routeIdOf, routesIn } from "../core/config/layers/document-parts";
import type { Layers } from "../core/config/layers/layers";
import { quote } from "../core/config/show";
import type { RouteConfig } from "../core/config/snapshot";
import { insertAt, validateRoute } from "../core/config/validate-part";
import type { Json } from "../core/config/walker";
import type { Pause } from "../core/pause";
import type { Applied } from "./applied";
import type { Refusal } from "./write-call";
import { invalid, refusal } from "./write-call";

/** What a call on a route asks for. */
export interface RouteEdit {
  readonly change: RouteChange;
  readonly layers: Layers;
  /** All of them, as they are then. */
  readonly routes: readonly RouteConfig[];
  readonly isSame: boolean;
}

export type RouteEditOrRefusal = LuaMultiReturn<[edit: RouteEdit] | [edit: undefined, refused: Refusal]>;

/** @param config the whole route, as in the document, with its id */
export function putRoute(
  applied: Applied,
  route: string,
  config: Json,
  registry: BalancerRegistry,
  pause: Pause,
): RouteEditOrRefusal {
  const override = isInBase(applied, route) ? { config } : { config, added: true };
  const change: RouteChange = { kind: "route", route, override };
  const [layers, reason] = applied.layers.apply(change);
  if (layers === undefined) return $multi(undefined, refusal(422, "invalid_config", reason));
  const documents = layers.routes() ?? [];
  const index = Math.max(0, documents.indexOf(config));
  const others = routesBeside(applied, documents, route);
  const result = validateRoute(index, config, others, applied.allUpstreams(), registry, pause);
  if (result.config === undefined) {
    return $multi(undefined, invalid(inBody(result.errors, pointerTo(["routes", index]))));
  }
  const isSame = isEqual(routeNamed(applied, route), result.config);
  return $multi({ change, layers, routes: insertAt(others, index, result.config), isSame });
}

export function deleteRoute(applied: Applied, route: string): RouteEditOrRefusal {
  if (routeNamed(applied, route) === undefined) {
    return $multi(undefined, refusal(404, "no_such_route", `there is no route ${quote(route)}`));
  }
  // A route that the document has must be kept out.
  const change: RouteChange = isInBase(applied, route)
    ? { kind: "route", route, override: {} }
    : { kind: "route", route };
  const [layers, reason] = applied.layers.apply(change);
  if (layers === undefined) return $multi(undefined, refusal(422, "invalid_config", reason));
  return $multi({ change, layers, routes: applied.routes.filter(({ id }) => id !== route), isSame: false });
}

/** Pointers into one item as those into the body that it came as. */
export function inBody(errors: readonly ConfigError[], place: string): readonly ConfigError[] {
  return errors.map(({ pointer, message }) => {
    const isInside = pointer === place || pointer.startsWith(`${place}/`);
    return { pointer: isInside ? pointer.substring(place.length) : pointer, message };
  });
}

function routeNamed(applied: Applied, route: string): RouteConfig | undefined {
  for (const config of applied.routes) if (config.id === route) return config;
  return undefined;
}

function isInBase(applied: Applied, route: string): boolean {
  return findItem(routesIn(applied.layers.base), route, routeIdOf) !== undefined;
}

/** All but one, in the order of the document. */
function routesBeside(
  applied: Applied,
  documents: readonly unknown[],
  route: string,
): readonly RouteConfig[] {
  const known = new LuaMap<string, RouteConfig>();
  for (const config of applied.routes) known.set(config.id, config);
  const others: RouteConfig[] = [];
  for (const document of documents) {
    const id = routeIdOf(document);
    const config = id === undefined || id === route ? undefined : known.get(id);
    if (config !== undefined) others.push(config);
  }
  return others;
}
