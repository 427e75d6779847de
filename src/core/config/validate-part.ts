import type { BalancerRegistry } from "../balance/registry";
import type { Pause } from "../pause";
import { findConflicts } from "../route/conflicts";
import { route as routeSpecification } from "./fields/route";
import { MAX_PEERS, upstream as upstreamSpecification } from "./fields/upstream";
import type { ConfigError, Step } from "./findings";
import { Findings } from "./findings";
import type { GivenRoutes } from "./references";
import { checkTargets, checkUpstreams } from "./references";
import { quote } from "./show";
import type { RouteConfig, UpstreamConfig } from "./snapshot";
import { walk } from "./walker";

/** Checks one part of a document of which the rest is valid and stays. Pointers are those of the whole document. */
export interface PartResult<T> {
  /** There exactly if `errors` is empty. */
  readonly config?: T;
  readonly errors: readonly ConfigError[];
}

/** @param otherPeers how many peers the other upstreams have */
export function validateUpstream(
  name: string,
  document: unknown,
  otherPeers: number,
  registry: BalancerRegistry,
  pause?: Pause,
): PartResult<UpstreamConfig> {
  const findings = new Findings([], pause);
  const draft = walkAt(["upstreams", name], upstreamSpecification, document, findings);
  if (draft !== undefined) {
    (draft as { name: string }).name = name;
    checkUpstreams([draft], registry, findings);
    const peers = otherPeers + (draft.peers ?? []).length;
    if (findings.count === 0 && peers > MAX_PEERS) {
      findings.reportAt(["upstreams"], `expected at most ${MAX_PEERS} peers in all, found ${peers}`);
    }
  }
  if (findings.count > 0) return { errors: findings.list() };
  return { config: draft, errors: [] };
}

/** @param index where the route stands among `others`, which it is none of */
export function validateRoute(
  index: number,
  document: unknown,
  others: readonly RouteConfig[],
  upstreams: readonly UpstreamConfig[],
  registry: BalancerRegistry,
  pause?: Pause,
): PartResult<RouteConfig> {
  const findings = new Findings([], pause);
  const draft = walkAt(["routes", index], routeSpecification, document, findings);
  if (draft === undefined || findings.count > 0) return { errors: findings.list() };
  const known = checkUpstreams(upstreams, registry, new Findings([], pause));
  const targets = new Findings([], pause);
  checkTargets({ routes: [document] } as GivenRoutes, [draft], known, targets);
  for (const { pointer, message } of targets.list()) {
    findings.reportAt(["routes", index, ...stepsBehind(pointer)], message);
  }
  if (findings.count === 0) checkTies(index, insertAt(others, index, draft), findings);
  if (findings.count > 0) return { errors: findings.list() };
  return { config: draft, errors: [] };
}

function walkAt<T>(
  steps: readonly Step[],
  specification: Parameters<typeof walk<T>>[0],
  document: unknown,
  findings: Findings,
): T | undefined {
  for (const step of steps) findings.enter(step);
  const draft = walk(specification, document, findings);
  for (const _ of steps) findings.leave();
  return draft;
}

/** The steps of `/routes/0/...`: none of their names needs escapes. */
function stepsBehind(pointer: string): readonly string[] {
  return pointer.split("/").slice(3);
}

/** Every tie is of this route, as the others had none among themselves. */
function checkTies(index: number, routes: readonly RouteConfig[], findings: Findings): void {
  for (const conflict of findConflicts(routes, () => findings.countPlace())) {
    const other = conflict.index === index ? conflict.other : conflict.index;
    findings.reportAt(
      ["routes", index],
      `ties with /routes/${other} (${quote(routes[other]!.id)}): a request can match both, and neither is more ` +
        `specific; give one a higher "priority"`,
    );
  }
}

/** A list with one more item. */
export function insertAt<T>(items: readonly T[], index: number, item: T): readonly T[] {
  return items.slice(0, index).concat([item], items.slice(index));
}
