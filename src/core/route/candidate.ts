import type { RouteConfig } from "../config/snapshot";
import type { Conditions } from "./conditions";
import { compileConditions, conditionsHold } from "./conditions";
import type { RouteRequest } from "./request";

/** What a router routes to: a route's config, and whatever its owner keeps beside it. */
export interface Routed {
  readonly config: RouteConfig;
}

/** A route as it stands among others with the same host and path. */
export interface Candidate<R extends Routed> {
  readonly route: R;
  readonly conditions: Conditions;
}

export function newCandidate<R extends Routed>(route: R): Candidate<R> {
  return { route, conditions: compileConditions(route.config) };
}

/** Keeps the list in the order in which candidates are tried. */
export function insertCandidate<R extends Routed>(list: Candidate<R>[], candidate: Candidate<R>): void {
  let place = list.length;
  list.push(candidate);
  while (place > 0 && goesBefore(candidate, list[place - 1]!)) {
    list[place] = list[place - 1]!;
    place -= 1;
  }
  list[place] = candidate;
}

/** Ids decide between routes that tie, so that the order of adding never does. */
function goesBefore(a: Candidate<Routed>, b: Candidate<Routed>): boolean {
  if (a.conditions.count !== b.conditions.count) return a.conditions.count > b.conditions.count;
  const left = a.route.config;
  const right = b.route.config;
  return left.priority !== right.priority ? left.priority > right.priority : left.id < right.id;
}

export function firstHolding<R extends Routed>(
  list: readonly Candidate<R>[],
  request: RouteRequest,
): R | undefined {
  const first = list[0];
  if (first === undefined || first.conditions.count === 0) return first?.route;
  for (const candidate of list) if (conditionsHold(candidate.conditions, request)) return candidate.route;
  return undefined;
}
