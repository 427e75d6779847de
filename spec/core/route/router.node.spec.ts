import fc from "fast-check";
import type { Condition, RouteConfig } from "../../../src/core/config/snapshot";
import { findConflicts } from "../../../src/core/route/conflicts";
import type { RouteRequest } from "../../../src/core/route/request";
import { Router } from "../../../src/core/route/router";
import { aRoute } from "./route-fixture";

interface Asked {
  host: string;
  path: string;
  headers: Record<string, string>;
  query: Record<string, string>;
  offered: string[];
}

function requestOf({ host, path, headers, query, offered }: Asked): RouteRequest {
  return {
    host,
    path,
    header: (name) => headers[name],
    query: (name) => query[name],
    subprotocols: () => offered.join(", "),
  };
}

/** Few names, so that routes and requests meet. */
const label = fc.constantFrom("a", "b", "c");
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const host = fc.oneof(
  name,
  name.map((suffix) => `*.${suffix}`),
);
const literal = fc.constantFrom("x", "y");
const path = fc
  .tuple(
    fc.array(fc.oneof(literal, fc.constantFrom("{p}", "{q}")), { maxLength: 4 }),
    fc.constantFrom("", "/", "/*"),
  )
  .map(([segments, end]) => segments.map((segment) => `/${segment}`).join("") + end)
  .map((text) => (text === "" ? "/" : text));
const conditions = fc.dictionary<Condition>(
  fc.constantFrom("t", "u"),
  fc.constantFrom<Condition>("1", "2", true, false),
  { maxKeys: 2, noNullPrototype: true },
);
const route = fc.record({
  hosts: fc.array(host, { maxLength: 2 }),
  path,
  headers: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: conditions }),
  query: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: conditions }),
  subprotocols: fc.array(fc.constantFrom("v1", "v2"), { maxLength: 1 }),
  priority: fc.integer({ min: 0, max: 1 }),
});
const routes = fc
  .array(route, { minLength: 5, maxLength: 30 })
  .map((list) => list.map((fields, index) => aRoute({ ...fields, id: String(index).padStart(2, "0") })));
const values = fc.dictionary(fc.constantFrom("t", "u"), fc.constantFrom("1", "2"), { noNullPrototype: true });
const asked = fc.record({
  host: name,
  path: fc
    .array(fc.oneof(literal, fc.constantFrom("z", "")), { minLength: 1, maxLength: 5 })
    .map((segments) => `/${segments.join("/")}`),
  headers: values,
  query: values,
  offered: fc.array(fc.constantFrom("v1", "v2"), { maxLength: 2 }),
});

/** The oracle: regular expressions, a list of all routes that match, and one comparison after another. */
function holds(all: Readonly<Record<string, Condition>>, actual: Record<string, string>): boolean {
  return Object.entries(all).every(([key, wanted]) =>
    typeof wanted === "string" ? actual[key] === wanted : key in actual === wanted,
  );
}

function pathMatches(config: RouteConfig, request: Asked): boolean {
  const source = config.path.replaceAll(/\{\w+\}/g, "[^/]+").replace(/\*$/, ".*");
  return new RegExp(`^${source}$`).test(request.path);
}

/** The length of the host that matched, an exact one above all wildcards; -1 for none. */
function hostRank(config: RouteConfig, request: Asked): number {
  if (config.hosts.length === 0) return 0;
  return Math.max(
    ...config.hosts.map((one) => {
      if (one === request.host) return Infinity;
      return one.startsWith("*.") && request.host.endsWith(one.slice(1)) ? one.length : -1;
    }),
  );
}

/** Sorts as the documented order does: a literal segment is 0, a parameter 1, the rest 2. */
function pathRank(config: RouteConfig): string {
  const kinds = config.path
    .slice(1)
    .split("/")
    .map((segment) => (segment === "*" ? "2" : segment.startsWith("{") ? "1" : "0"));
  return kinds.join("");
}

function conditionCount(config: RouteConfig): number {
  const listed = config.subprotocols.length > 0 ? 1 : 0;
  return Object.keys(config.headers).length + Object.keys(config.query).length + listed;
}

function candidates(all: readonly RouteConfig[], request: Asked): RouteConfig[] {
  return all.filter(
    (config) =>
      hostRank(config, request) >= 0 &&
      pathMatches(config, request) &&
      holds(config.headers, request.headers) &&
      holds(config.query, request.query) &&
      (config.subprotocols.length === 0 || config.subprotocols.some((one) => request.offered.includes(one))),
  );
}

function compare(a: RouteConfig, b: RouteConfig, request: Asked): number {
  const [left, right] = [hostRank(a, request), hostRank(b, request)];
  if (left !== right) return right > left ? 1 : -1;
  if (pathRank(a) !== pathRank(b)) return pathRank(a) < pathRank(b) ? -1 : 1;
  if (conditionCount(a) !== conditionCount(b)) return conditionCount(b) - conditionCount(a);
  return b.priority - a.priority;
}

function oracle(all: readonly RouteConfig[], request: Asked): RouteConfig | undefined {
  return candidates(all, request).sort((a, b) => compare(a, b, request) || (a.id < b.id ? -1 : 1))[0];
}

function routerOf(all: readonly RouteConfig[]): Router {
  const router = new Router();
  for (const config of all) router.add({ config });
  return router;
}

describe("a router", () => {
  it("chooses what sorting all matching routes would put first, whatever order they were added in", () => {
    let found = 0;
    fc.assert(
      fc.property(routes, fc.array(asked, { minLength: 1, maxLength: 20 }), (all, requests) => {
        const router = routerOf(all);
        const reversed = routerOf([...all].reverse());
        for (const request of requests) {
          const expected = oracle(all, request)?.id;
          if (expected !== undefined) found += 1;
          expect(router.match(requestOf(request))?.config.id).toBe(expected);
          expect(reversed.match(requestOf(request))?.config.id).toBe(expected);
        }
      }),
      { numRuns: 500 },
    );
    expect(found).toBeGreaterThan(200);
  });
});

/** Routes that differ in little. */
const similarRoutes = fc
  .array(
    fc.record({
      hosts: fc.subarray(["a", "*.a", "*.b.a"]),
      path: fc.constantFrom("/{p}", "/{q}", "/x"),
      headers: conditions,
      query: conditions,
      subprotocols: fc.subarray(["v1", "v2"]),
      priority: fc.integer({ min: 0, max: 1 }),
    }),
    { minLength: 10, maxLength: 30 },
  )
  .map((list) => list.map((fields, index) => aRoute({ ...fields, id: String(index).padStart(2, "0") })));

/** A request that two routes match, if there is one. */
function requestOfBoth(a: RouteConfig, b: RouteConfig): Asked {
  const both = (key: "headers" | "query"): Record<string, string> => {
    const wanted = Object.entries(a[key]).concat(Object.entries(b[key]));
    const present = wanted.filter(([, value]) => value !== false);
    present.sort(
      ([, left], [, right]) => Number(typeof left === "string") - Number(typeof right === "string"),
    );
    return Object.fromEntries(present.map(([key, value]) => [key, value === true ? "any" : String(value)]));
  };
  const shared = a.hosts.length === 0 ? "c" : (a.hosts.find((one) => b.hosts.includes(one)) ?? "none");
  return {
    host: shared.replace("*", "z"),
    path: a.path.replaceAll(/\{\w+\}/g, "z"),
    headers: both("headers"),
    query: both("query"),
    offered: ["v1", "v2"],
  };
}

function doTie(a: RouteConfig, b: RouteConfig): boolean {
  const hosts = a.hosts.length === 0 ? b.hosts.length === 0 : a.hosts.some((one) => b.hosts.includes(one));
  const request = requestOfBoth(a, b);
  return hosts && candidates([a, b], request).length === 2 && compare(a, b, request) === 0;
}

describe("conflicts of routes", () => {
  it("are the routes that tie with an earlier one for some request, each with the first of them", () => {
    let ties = 0;
    fc.assert(
      fc.property(similarRoutes, (all) => {
        const expected = all.flatMap((config, index) => {
          const other = all.findIndex((earlier, at) => at < index && doTie(earlier, config));
          return other < 0 ? [] : [{ index, other }];
        });
        ties += expected.length;
        expect(findConflicts(all)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
    expect(ties).toBeGreaterThan(500);
  });
});
