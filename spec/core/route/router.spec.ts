import type { RouteConfig } from "../../../src/core/config/snapshot";
import { Router } from "../../../src/core/route/router";
import type { RouteRequest } from "../../../src/core/route/request";
import { aRoute } from "./route-fixture";

interface Asked {
  host?: string;
  path?: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  subprotocols?: string;
}

/** Counts what it is asked for, as every question costs a request something. */
class SpecRequest implements RouteRequest {
  host: string;
  path: string;
  questions = 0;
  constructor(private readonly asked: Asked) {
    this.host = asked.host ?? "a.example";
    this.path = asked.path ?? "/";
  }
  header(name: string): string | undefined {
    this.questions += 1;
    return this.asked.headers === undefined ? undefined : this.asked.headers[name];
  }
  query(name: string): string | undefined {
    this.questions += 1;
    return this.asked.query === undefined ? undefined : this.asked.query[name];
  }
  subprotocols(): string {
    this.questions += 1;
    return this.asked.subprotocols ?? "";
  }
}

interface Table {
  (asked: Asked): string | undefined;
}

/** Builds the routes in both orders and lets a request match in both: the answers must be the same. */
function table(...routes: Partial<RouteConfig>[]): Table {
  const forwards = new Router();
  const backwards = new Router();
  for (let index = 0; index < routes.length; index += 1) {
    forwards.add({ config: aRoute(routes[index]!) });
    backwards.add({ config: aRoute(routes[routes.length - 1 - index]!) });
  }
  return (asked) => {
    const found = forwards.match(new SpecRequest(asked));
    const mirrored = backwards.match(new SpecRequest(asked));
    expect(mirrored?.config.id).toBe(found?.config.id);
    return found?.config.id;
  };
}

function paths(...routes: string[]): (path: string) => string | undefined {
  const match = table(...routes.map((path) => ({ path })));
  return (path) => match({ path });
}

describe("the host of a route", () => {
  const match = table(
    { id: "exact", hosts: ["a.example.com"] },
    { id: "long", hosts: ["*.b.example.com"] },
    { id: "short", hosts: ["*.example.com"] },
    { id: "six", hosts: ["[::1]"] },
    { id: "four", hosts: ["127.0.0.1"] },
    { id: "bare", hosts: ["example.com"] },
    { id: "any" },
  );

  it("is matched exactly before a longer wildcard before a shorter one before any", () => {
    expect(match({ host: "a.example.com" })).toBe("exact");
    expect(match({ host: "x.b.example.com" })).toBe("long");
    expect(match({ host: "b.example.com" })).toBe("short");
    expect(match({ host: "other" })).toBe("any");
  });

  it("has one or more labels where the wildcard stands, and never none", () => {
    expect(match({ host: "x.y.z.example.com" })).toBe("short");
    expect(match({ host: "example.com" })).toBe("bare");
    expect(match({ host: ".example.com" })).toBe("any");
    expect(match({ host: "xexample.com" })).toBe("any");
  });

  it("may be an address, IPv6 in brackets, or empty", () => {
    expect(match({ host: "[::1]" })).toBe("six");
    expect(match({ host: "127.0.0.1" })).toBe("four");
    expect(match({ host: "::1" })).toBe("any");
    expect(match({ host: "" })).toBe("any");
  });

  it("never reads a dot as a pattern", () => {
    expect(match({ host: "aXexample.com" })).toBe("any");
  });

  it("leaves a request to a less specific one when none of its routes match", () => {
    const layered = table(
      { id: "exact", hosts: ["a.b.example"], path: "/exact" },
      { id: "long", hosts: ["*.b.example"], path: "/long" },
      { id: "short", hosts: ["*.example"], path: "/short" },
      { id: "any", path: "/any" },
    );
    for (const id of ["exact", "long", "short", "any"])
      expect(layered({ host: "a.b.example", path: `/${id}` })).toBe(id);
    expect(layered({ host: "a.b.example", path: "/none" })).toBeUndefined();
  });

  it("ranks above any specificity of the path", () => {
    const ranked = table({ id: "host", hosts: ["a"], path: "/*" }, { id: "path", path: "/literal" });
    expect(ranked({ host: "a", path: "/literal" })).toBe("host");
  });

  it("may be one of several", () => {
    const several = table({ id: "both", hosts: ["a", "*.b"] });
    expect(several({ host: "a" })).toBe("both");
    expect(several({ host: "x.b" })).toBe("both");
    expect(several({ host: "b" })).toBeUndefined();
  });
});

describe("the path of a route", () => {
  it("prefers a literal to a parameter to the rest, segment by segment", () => {
    const match = paths("/a/b", "/a/{x}", "/a/*", "/{x}/b", "/*");
    expect(match("/a/b")).toBe("/a/b");
    expect(match("/a/c")).toBe("/a/{x}");
    expect(match("/a/c/d")).toBe("/a/*");
    expect(match("/z/b")).toBe("/{x}/b");
    expect(match("/z/z")).toBe("/*");
  });

  it("comes back from a literal that leads nowhere", () => {
    const match = paths("/a/b/c", "/a/{x}/d", "/{x}/b/e", "/{x}/*");
    expect(match("/a/b/c")).toBe("/a/b/c");
    expect(match("/a/b/d")).toBe("/a/{x}/d");
    expect(match("/a/b/e")).toBe("/{x}/b/e");
    expect(match("/a/b/f")).toBe("/{x}/*");
  });

  it("takes everything below a rest, the empty rest too, but not the path without its slash", () => {
    const match = paths("/a/*");
    expect(match("/a/")).toBe("/a/*");
    expect(match("/a/b/c/")).toBe("/a/*");
    expect(match("/a")).toBeUndefined();
    expect(match("/ab")).toBeUndefined();
    expect(paths("/*")("/")).toBe("/*");
  });

  it("tells a trailing slash from none", () => {
    const match = paths("/a", "/a/", "/");
    expect(match("/a")).toBe("/a");
    expect(match("/a/")).toBe("/a/");
    expect(match("/")).toBe("/");
    expect(paths("/a/")("/a")).toBeUndefined();
    expect(paths("/a")("/a/")).toBeUndefined();
  });

  it("gives a parameter exactly one segment that is not empty", () => {
    const match = paths("/a/{x}", "/b/{x}/");
    expect(match("/a/x")).toBe("/a/{x}");
    expect(match("/a/")).toBeUndefined();
    expect(match("/a/x/")).toBeUndefined();
    expect(match("/b/x/")).toBe("/b/{x}/");
    expect(match("/b//")).toBeUndefined();
  });

  it("differs by case", () => {
    expect(paths("/Chat")("/chat")).toBeUndefined();
  });

  it("holds no pattern but a whole segment of its own", () => {
    const match = paths("/a.c", "/%d+", "/x*", "/p{x}", "/q/*/r");
    expect(match("/abc")).toBeUndefined();
    expect(match("/12")).toBeUndefined();
    expect(match("/%d+")).toBe("/%d+");
    expect(match("/xyz")).toBeUndefined();
    expect(match("/x*")).toBe("/x*");
    expect(match("/p1")).toBeUndefined();
    expect(match("/q/1/r")).toBeUndefined();
  });

  it("is not found where the request has none", () => {
    expect(paths("/*")("")).toBeUndefined();
    expect(paths("/*")("*")).toBeUndefined();
  });
});

describe("the conditions of a route", () => {
  it("rank by their number, then by priority", () => {
    const match = table(
      { id: "none" },
      { id: "one", headers: { a: "1" }, priority: -5 },
      { id: "two", headers: { a: "1" }, query: { b: true } },
      { id: "three", headers: { a: "1" }, query: { b: true }, subprotocols: ["chat", "chat2"] },
      { id: "first", headers: { c: true }, priority: 1 },
      { id: "second", headers: { d: true }, priority: 0 },
    );
    const headers = { a: "1" };
    expect(match({})).toBe("none");
    expect(match({ headers })).toBe("one");
    expect(match({ headers, query: { b: "" } })).toBe("two");
    expect(match({ headers, query: { b: "" }, subprotocols: "chat" })).toBe("three");
    expect(match({ headers: { c: "", d: "" } })).toBe("first");
    expect(match({ headers: { d: "" } })).toBe("second");
  });

  it("that do not hold leave the request to the next candidate, at any segment", () => {
    const match = table(
      { path: "/a/b", headers: { t: "1" } },
      { path: "/a/{x}", query: { q: "1" } },
      { path: "/*" },
    );
    expect(match({ path: "/a/b", headers: { t: "1" } })).toBe("/a/b");
    expect(match({ path: "/a/b", query: { q: "1" } })).toBe("/a/{x}");
    expect(match({ path: "/a/b" })).toBe("/*");
  });

  it("ask for a value, for presence or for absence", () => {
    const match = table(
      { id: "value", headers: { t: "1" }, priority: 3 },
      { id: "empty", headers: { t: "" }, priority: 3 },
      { id: "there", headers: { t: true } },
      { id: "absent", headers: { t: false } },
    );
    expect(match({ headers: { t: "1" } })).toBe("value");
    expect(match({ headers: { t: "" } })).toBe("empty");
    expect(match({ headers: { t: "2" } })).toBe("there");
    expect(match({})).toBe("absent");
  });

  it("want one of the subprotocols among those the client offers", () => {
    const match = table({ id: "yes", subprotocols: ["v2.chat", "v1.chat"] }, { id: "no" });
    for (const offered of ["v1.chat", "x, v2.chat", "v2.chat,x", "x,\tv1.chat ,y", "v1.chatty, v1.chat"])
      expect(match({ subprotocols: offered })).toBe("yes");
    for (const offered of ["", "V1.chat", "v1.chatty", "xv1.chat", "v1xchat", "v1", "v1.chat2,xv2.chat"])
      expect(match({ subprotocols: offered })).toBe("no");
  });

  it("are asked only of routes that fit by host and path", () => {
    const router = new Router();
    router.add({ config: aRoute({ path: "/a", headers: { t: "1" } }) });
    router.add({ config: aRoute({ path: "/b", hosts: ["b"], query: { t: "1" }, subprotocols: ["x"] }) });
    router.add({ config: aRoute({ path: "/b" }) });
    const request = new SpecRequest({ path: "/b" });
    expect(router.match(request)?.config.id).toBe("/b");
    expect(request.questions).toBe(0);
  });
});

describe("a router", () => {
  it("gives back the very object that was added, and nothing where it is empty", () => {
    const router = new Router<{ config: RouteConfig; label: string }>();
    const request = new SpecRequest({});
    expect(router.match(request)).toBeUndefined();
    const route = { config: aRoute({}), label: "mine" };
    router.add(route);
    expect(router.match(request)).toBe(route);
  });

  it("takes routes after it has been asked", () => {
    const router = new Router();
    router.add({ config: aRoute({ path: "/*" }) });
    expect(router.match(new SpecRequest({ path: "/a" }))?.config.id).toBe("/*");
    router.add({ config: aRoute({ path: "/a" }) });
    expect(router.match(new SpecRequest({ path: "/a" }))?.config.id).toBe("/a");
  });

  it("chooses between routes that tie by their ids", () => {
    expect(table({ id: "b" }, { id: "a" }, { id: "c" })({})).toBe("a");
  });
});

/** Every path of `depth` segments that are `x` or a parameter. */
function branchingPaths(depth: number): string[] {
  let all = [""];
  for (let level = 0; level < depth; level += 1) {
    const longer: string[] = [];
    for (const path of all) longer.push(`${path}/x`, `${path}/{p}`);
    all = longer;
  }
  return all;
}

describe("a path made to keep a router busy", () => {
  it("asks each route that fits once, however many branches lead there and however long the path is", () => {
    const router = new Router();
    const fitting = branchingPaths(8);
    for (const path of fitting) router.add({ config: aRoute({ path: `${path}/*`, headers: { t: "1" } }) });
    router.add({ config: aRoute({ path: "/y/*", headers: { t: "1" } }) });
    router.add({ config: aRoute({ path: "/*" }) });
    const request = new SpecRequest({ path: "/x".repeat(4000) });
    expect(router.match(request)?.config.id).toBe("/*");
    expect(request.questions).toBe(fitting.length);
  });

  it("does not meet a limit of depth in the routes themselves", () => {
    const deep = "/x".repeat(4000);
    const match = paths(`${deep}/y`, `${"/{p}/x".repeat(2000)}`, "/*");
    expect(match(`${deep}/y`)).toBe(`${deep}/y`);
    expect(match(deep)).toBe("/{p}/x".repeat(2000));
    expect(match(`${deep}/z`)).toBe("/*");
    expect(match("/".repeat(4000))).toBe("/*");
  });

  it("may come with a host of nothing but dots", () => {
    const match = table({ id: "wild", hosts: ["*.example.com"] }, { id: "any" });
    expect(match({ host: ".".repeat(8000) })).toBe("any");
    expect(match({ host: `${"a.".repeat(4000)}example.com` })).toBe("wild");
  });
});
