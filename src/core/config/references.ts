import type { BalancerRegistry } from "../balance/registry";
import { findConflicts } from "../route/conflicts";
import { MAX_PEERS } from "./fields/upstream";
import type { Findings } from "./findings";
import { suggestion } from "./nearest";
import { alternatives, printable, quote } from "./show";
import type { BalancerConfig, RouteConfig, UpstreamConfig, WeightedUpstream } from "./snapshot";
import type { Draft } from "./specification";

/** Checks that one place of the document agrees with another. They make do with what could be read of each. */

const MAX_REASON = 300;
const NO_TARGETS: readonly WeightedUpstream[] = [];

export type UpstreamDraft = Draft<UpstreamConfig> & { readonly name: string };

export type RouteDraft = Draft<RouteConfig>;

/** The upstreams a route can name. */
export interface KnownUpstreams {
  readonly names: readonly string[];
  /** Why the routes to an upstream need a key; `""` where they need none. */
  readonly keyReasons: LuaMap<string, string>;
}

export function checkUpstreams(
  upstreams: readonly UpstreamDraft[],
  registry: BalancerRegistry,
  findings: Findings,
): KnownUpstreams {
  let peers = 0;
  for (const upstream of upstreams) {
    findings.countPlace();
    const { name, balancer } = upstream;
    if (balancer !== undefined) checkBalancer(name, balancer, registry, findings);
    peers += upstream.peers === undefined ? 0 : upstream.peers.length;
  }
  if (peers > MAX_PEERS) {
    findings.reportAt(["upstreams"], `expected at most ${MAX_PEERS} peers in all, found ${peers}`);
  }
  return knownUpstreams(upstreams, registry);
}

function checkBalancer(
  upstream: string,
  balancer: Draft<BalancerConfig>,
  registry: BalancerRegistry,
  findings: Findings,
): void {
  const { type, options } = balancer;
  if (type === undefined || options === undefined) return;
  const factory = registry.find(type);
  const steps = ["upstreams", upstream, "balancer"];
  if (factory === undefined) {
    const names = registry.names();
    findings.reportAt(
      steps,
      `expected ${alternatives(names)}, found ${quote(type)}${suggestion(type, names)}`,
    );
    return;
  }
  const reason = factory.validate(options);
  if (reason !== undefined) findings.reportAt(steps, printable(reason, MAX_REASON));
}

function keyReason(upstream: UpstreamDraft, registry: BalancerRegistry): string {
  const { affinity, balancer } = upstream;
  if (affinity !== undefined && affinity.type === "key") return "its affinity";
  if (balancer === undefined) return "";
  const factory = registry.find(balancer.type);
  return factory !== undefined && factory.needs.includes("key") ? `its balancer ${quote(balancer.type)}` : "";
}

/** A document as it was given; a route whose draft has targets is an object in it. */
export interface GivenRoutes {
  readonly routes: readonly Readonly<Record<string, unknown>>[];
}

/** What routes may name, given upstreams that are sound. */
export function knownUpstreams(
  upstreams: readonly UpstreamDraft[],
  registry: BalancerRegistry,
): KnownUpstreams {
  const names: string[] = [];
  const keyReasons = new LuaMap<string, string>();
  for (const upstream of upstreams) {
    names.push(upstream.name);
    keyReasons.set(upstream.name, keyReason(upstream, registry));
  }
  return { names, keyReasons };
}

export function checkTargets(
  given: GivenRoutes,
  routes: readonly RouteDraft[],
  known: KnownUpstreams,
  findings: Findings,
): void {
  for (const index of $range(0, routes.length - 1)) {
    findings.countPlace();
    const route = routes[index]!;
    const targets: readonly Draft<WeightedUpstream>[] = route.split ?? NO_TARGETS;
    for (const position of $range(0, targets.length - 1)) {
      const name = targets[position]!.upstream;
      const reason = name === undefined ? "" : known.keyReasons.get(name);
      if (reason === undefined) {
        const isSplit = given.routes[index]!["upstream"] === undefined;
        const steps = isSplit ? ["split", position, "upstream"] : ["upstream"];
        const hint = findings.isFull() ? "" : suggestion(name!, known.names);
        findings.reportAt(["routes", index, ...steps], `unknown upstream "${name}"${hint}`);
      } else if (reason !== "" && route.key === "") {
        findings.reportAt(["routes", index], `"key" is missing: upstream "${name}" needs one for ${reason}`);
      }
    }
  }
}

/** Two routes that one request may match and nothing ranks. */
export function checkConflicts(routes: readonly RouteConfig[], findings: Findings): void {
  for (const { index, other } of findConflicts(routes, () => findings.countPlace())) {
    findings.reportAt(
      ["routes", index],
      `ties with /routes/${other} (${quote(routes[other]!.id)}): a request can match both, and neither is more ` +
        `specific; give one a higher "priority"`,
    );
  }
}
