import type { BalancerRegistry } from "../balance/registry";
import type { Pause } from "../pause";
import { routes as routesSpec, upstreams as upstreamsSpec } from "./fields/document";
import type { ConfigError } from "./findings";
import { Findings } from "./findings";
import type { GivenRoutes, KnownUpstreams, RouteDraft, UpstreamDraft } from "./references";
import { checkConflicts, checkTargets, checkUpstreams } from "./references";
import type { RouteConfig, UpstreamConfig } from "./snapshot";
import { walk } from "./walker";

export { knownUpstreams, type KnownUpstreams } from "./references";

/** A part of a document: what `validate` would make of it in the whole, with the same pointers and words. */
export interface PartResult<T> {
  /** There exactly if `errors` is empty. */
  readonly part?: T;
  readonly errors: readonly ConfigError[];
}

/** One upstream alone. The routes to it are not looked at: whether they need a key now is asked of `validateRoutes`. */
export function validateUpstream(
  name: string,
  document: unknown,
  registry: BalancerRegistry,
  pause?: Pause,
): PartResult<UpstreamConfig> {
  const findings = new Findings(["upstreams"], pause);
  const drafts: readonly UpstreamDraft[] | undefined = walk(upstreamsSpec, { [name]: document }, findings);
  if (drafts !== undefined) checkUpstreams(drafts, registry, findings);
  if (findings.count > 0) return { errors: findings.list() };
  return { part: (drafts as readonly UpstreamConfig[])[0]!, errors: [] };
}

/** The list of all routes, for upstreams that are sound. */
export function validateRoutes(
  document: unknown,
  known: KnownUpstreams,
  pause?: Pause,
): PartResult<readonly RouteConfig[]> {
  const findings = new Findings(["routes"], pause);
  const drafts: readonly RouteDraft[] | undefined = walk(routesSpec, document, findings);
  const areSound = findings.count === 0;
  if (drafts !== undefined) {
    checkTargets({ routes: document } as GivenRoutes, drafts, known, findings);
    if (areSound) checkConflicts(drafts as readonly RouteConfig[], findings);
  }
  if (findings.count > 0) return { errors: findings.list() };
  return { part: drafts as readonly RouteConfig[], errors: [] };
}
