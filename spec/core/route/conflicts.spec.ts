import type { RouteConfig } from "../../../src/core/config/snapshot";
import { findConflicts } from "../../../src/core/route/conflicts";
import { aRoute } from "./route-fixture";

function tie(a: Partial<RouteConfig>, b: Partial<RouteConfig>): boolean {
  const conflicts = findConflicts([aRoute({ ...a, id: "a" }), aRoute({ ...b, id: "b" })]);
  const mirrored = findConflicts([aRoute({ ...b, id: "b" }), aRoute({ ...a, id: "a" })]);
  expect(mirrored).toEqual(conflicts);
  return conflicts.length === 1;
}

describe("conflicts of routes", () => {
  it("has none where hosts, paths, priorities or the number of conditions differ", () => {
    expect(tie({ path: "/a" }, { path: "/b" })).toBe(false);
    expect(tie({ path: "/a" }, { path: "/a/" })).toBe(false);
    expect(tie({ path: "/a/{x}" }, { path: "/a/*" })).toBe(false);
    expect(tie({ hosts: ["a.example"] }, { hosts: ["b.example"] })).toBe(false);
    expect(tie({ hosts: ["a.example"] }, {})).toBe(false);
    expect(tie({ hosts: ["a.example"] }, { hosts: ["*.example"] })).toBe(false);
    expect(tie({ priority: 1 }, { priority: 2 })).toBe(false);
    expect(tie({ headers: { "x-a": "1" } }, {})).toBe(false);
    expect(tie({ subprotocols: ["chat"] }, {})).toBe(false);
  });

  it("finds the same path, whatever its parameters are called", () => {
    expect(tie({ path: "/a" }, { path: "/a" })).toBe(true);
    expect(tie({ path: "/{room}/x/{user}" }, { path: "/{a}/x/{b}" })).toBe(true);
    expect(tie({ path: "/{room}/{user}" }, { path: "/{a}/b" })).toBe(false);
  });

  it("finds one host in common among several", () => {
    expect(tie({ hosts: ["a", "b", "*.c"] }, { hosts: ["x", "*.c"] })).toBe(true);
    expect(tie({ hosts: ["a", "b"] }, { hosts: ["x", "y"] })).toBe(false);
  });

  it("does not take a host that is named twice for another route", () => {
    expect(findConflicts([aRoute({ hosts: ["a", "a"] })])).toHaveLength(0);
  });

  it("tells apart conditions that exclude each other", () => {
    expect(tie({ headers: { t: "1" } }, { headers: { t: "2" } })).toBe(false);
    expect(tie({ headers: { t: true } }, { headers: { t: false } })).toBe(false);
    expect(tie({ headers: { t: "1" } }, { headers: { t: false } })).toBe(false);
    expect(tie({ query: { t: "1" } }, { query: { t: "2" } })).toBe(false);
    expect(tie({ query: { t: "", u: "1" } }, { query: { t: "", u: "" } })).toBe(false);
  });

  it("finds conditions that may hold together", () => {
    expect(tie({ headers: { t: "1" } }, { headers: { t: "1" } })).toBe(true);
    expect(tie({ headers: { t: "1" } }, { headers: { t: true } })).toBe(true);
    expect(tie({ headers: { t: false } }, { headers: { t: false } })).toBe(true);
    expect(tie({ headers: { t: "1" } }, { headers: { u: "2" } })).toBe(true);
    expect(tie({ headers: { t: "1" } }, { query: { t: "2" } })).toBe(true);
    expect(tie({ headers: { t: "1", u: "2" } }, { headers: { t: "1", v: "3" } })).toBe(true);
    expect(tie({ headers: { t: "1", u: "2" } }, { headers: { t: "2", v: "3" } })).toBe(false);
    expect(tie({ subprotocols: ["a"] }, { subprotocols: ["b"] })).toBe(true);
    expect(tie({ subprotocols: ["a"] }, { headers: { t: "1" } })).toBe(true);
  });

  it("does not run values together", () => {
    expect(tie({ headers: { t: "1", u: "1:2" } }, { headers: { t: "11", u: "2" } })).toBe(false);
  });

  it("names the first of the routes that tie, once for each later one", () => {
    const routes = [
      aRoute({ path: "/a", headers: { t: "1" } }),
      aRoute({ path: "/b" }),
      aRoute({ path: "/a", headers: { t: "2" } }),
      aRoute({ path: "/a", headers: { t: true } }),
      aRoute({ path: "/b", hosts: ["x"] }),
      aRoute({ path: "/a", headers: { t: "2" } }),
    ];
    expect(findConflicts(routes)).toEqual([
      { index: 3, other: 0 },
      { index: 5, other: 2 },
    ]);
  });
});
