import { formatDuration } from "../duration";
import type { Findings } from "../findings";
import * as formats from "../formats";
import type { ResolverConfig, RouteConfig, Snapshot, UpstreamConfig } from "../snapshot";
import type { Draft, Spec } from "../specification";
import { durationMs, list, object, text } from "../specification";
import { route } from "./route";
import { DAY_MS } from "./spans";
import { upstream } from "./upstream";

const MAX_SERVERS = 16;
const MAX_UPSTREAMS = 10_000;
const MAX_ROUTES = 100_000;

const resolver = object<ResolverConfig>(
  [
    {
      name: "addresses",
      into: "addresses",
      is: list(text(formats.server), MAX_SERVERS),
      default: [],
      about: "DNS servers, ip or ip:port; empty: those of /etc/resolv.conf.",
    },
    {
      name: "ttl_min",
      into: "ttlMinMs",
      is: durationMs(100, DAY_MS),
      default: "1s",
      about: "An answer is kept at least so long.",
    },
    {
      name: "ttl_max",
      into: "ttlMaxMs",
      is: durationMs(100, DAY_MS),
      default: "5m",
      about: "An answer is kept at most so long.",
    },
  ],
  { complete: checkTtls },
);

function checkTtls(this: void, draft: Draft<ResolverConfig>, findings: Findings): void {
  const { ttlMinMs, ttlMaxMs } = draft;
  if (ttlMinMs === undefined || ttlMaxMs === undefined || ttlMinMs <= ttlMaxMs) return;
  findings.reportField(
    "ttl_max",
    `expected at least ttl_min, which is ${formatDuration(ttlMinMs)}, found ${formatDuration(ttlMaxMs)}`,
  );
}

export const upstreams: Spec<readonly UpstreamConfig[]> = {
  kind: "map",
  keys: formats.name,
  of: upstream,
  max: MAX_UPSTREAMS,
  isList: true,
};

export const routes: Spec<readonly RouteConfig[]> = list(route, MAX_ROUTES, "id");

/** The whole configuration document. */
export const document = object<Snapshot>([
  { name: "$schema", is: text(formats.anyText), about: "Where an editor finds the schema of this file." },
  {
    name: "resolver",
    into: "resolver",
    is: resolver,
    default: {},
    about: "How host names of peers are looked up, after /etc/hosts.",
  },
  {
    name: "upstreams",
    into: "upstreams",
    is: upstreams,
    isRequired: true,
    about: "Groups of peers, by name.",
  },
  {
    name: "routes",
    into: "routes",
    is: routes,
    default: [],
    about: "Which requests go to which upstream; the most specific route wins.",
  },
]);
