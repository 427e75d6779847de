import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { connect, connectRefused } from "../support/client";
import type { ConnectOptions } from "../support/client";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { handshakeBytes, rawRequest } from "../support/raw-request";

let gateway: Gateway;
let backend: Backend;

/** The routes of the example in docs/routing.md, by their letters, and more on hosts of their own. */
const ROUTES: readonly ({ readonly id: string } & Readonly<Record<string, unknown>>)[] = [
  { id: "A", hosts: ["chat.example.com"], path: "/rooms/lobby" },
  { id: "B", hosts: ["chat.example.com"], path: "/rooms/{room}" },
  { id: "C", hosts: ["chat.example.com"], path: "/rooms/{room}", headers: { "x-beta": true } },
  { id: "D", hosts: ["chat.example.com"], path: "/rooms/*" },
  { id: "E", hosts: ["*.example.com"], path: "/rooms/lobby" },
  { id: "F", hosts: ["*.eu.example.com"], path: "/*" },
  { id: "G", path: "/*" },
  { id: "tenant", hosts: ["ask.test"], headers: { "X-Tenant": "acme" } },
  { id: "versioned", hosts: ["ask.test"], query: { v: "2" }, priority: 1 },
  { id: "protocol", hosts: ["ask.test"], subprotocols: ["chat.v2", "chat.v1"], priority: 2 },
  { id: "v6", hosts: ["[::1]"] },
  { id: "encoded", hosts: ["path.test"], path: "/café/{room}" },
  { id: "sockets", hosts: ["path.test"], path: "/sockets", http: false },
  { id: "rewritten", hosts: ["rewrite.test"], path: "/rooms/{room}/*", rewrite: "/ws/user-{room}/*" },
];

beforeAll(async () => {
  backend = await startBackend();
  const peers = [{ address: backend.address }];
  const named = ROUTES.map(({ id }) => [`to-${id}`, { peers, host_header: `route-${id}` }]);
  const split = [
    { upstream: "to-A", weight: 3 },
    { upstream: "to-B", weight: 1 },
    { upstream: "to-C", weight: 0 },
  ];
  gateway = await startGateway({
    config: {
      upstreams: Object.fromEntries(named),
      routes: [
        ...ROUTES.map((route) => ({ ...route, upstream: `to-${route.id}` })),
        { id: "split", hosts: ["split.test"], split },
      ],
    },
  });
});

/** The id of the route that the handshake took: its upstream says it in the Host header. */
async function routeOf(host: string, target: string, options: ConnectOptions = {}): Promise<string> {
  const client = await connect(gateway.url(target), { ...options, headers: { ...options.headers, host } });
  client.socket.terminate();
  return backend.requests.at(-1)!.headers.host!.replace("route-", "");
}

/** The target that the backend is asked for; the bytes of it are sent as they stand here. */
async function targetAfter(host: string, target: string): Promise<string | undefined> {
  const { status } = await rawRequest(gateway.port, handshakeBytes(target, { Host: host }));
  expect(status).toBe(101);
  return backend.requests.at(-1)?.url;
}

describe("a handshake takes the most specific route", () => {
  it.each([
    ["chat.example.com", "/rooms/lobby", "A"],
    ["chat.example.com", "/rooms/blue", "B"],
    ["chat.example.com", "/rooms/blue/history", "D"],
    ["chat.example.com", "/rooms/", "D"],
    ["chat.example.com", "/rooms", "G"],
    ["www.example.com", "/rooms/lobby", "E"],
    ["a.b.eu.example.com", "/rooms/lobby", "F"],
    ["example.com", "/", "G"],
    ["chat.example.com", "/Rooms/lobby", "G"],
  ])("for %s%s", async (host, target, route) => {
    expect(await routeOf(host, target)).toBe(route);
  });

  it("by the headers, arguments and subprotocols it has", async () => {
    expect(await routeOf("chat.example.com", "/rooms/blue", { headers: { "X-Beta": "1" } })).toBe("C");
    expect(await routeOf("ask.test", "/", { headers: { "x-tenant": "acme" } })).toBe("tenant");
    expect(await routeOf("ask.test", "/", { headers: { "x-tenant": "other" } })).toBe("G");
    expect(await routeOf("ask.test", "/?v=2")).toBe("versioned");
    expect(await routeOf("ask.test", "/?v=22")).toBe("G");
    expect(await routeOf("ask.test", "/", { protocols: ["chat.v0", "chat.v1"] })).toBe("protocol");
    expect(await routeOf("ask.test", "/", { protocols: ["chat.v0"] })).toBe("G");
  });

  it("whatever the case, the port and the dot at the end of its Host", async () => {
    expect(await routeOf("Chat.Example.COM.:8020", "/rooms/lobby")).toBe("A");
    expect(await routeOf("[::1]:8020", "/")).toBe("v6");
  });

  it("by its path decoded, merged and resolved", async () => {
    const hosts = { Host: "path.test" };
    for (const target of ["/caf%C3%A9/x", "//caf%c3%a9//x", "/rooms/../caf%C3%A9/./x"]) {
      await rawRequest(gateway.port, handshakeBytes(target, hosts));
      expect(backend.requests.at(-1)?.headers.host).toBe("route-encoded");
    }
  });
});

describe("a route", () => {
  it("sends on the target as it came, if it has no rewrite", async () => {
    expect(await targetAfter("path.test", "/caf%C3%A9/%7Ex?a=%20&b")).toBe("/caf%C3%A9/%7Ex?a=%20&b");
  });

  it("rewrites the path and keeps the query", async () => {
    expect(await targetAfter("rewrite.test", "/rooms/a%20b/x/y?q=%2F")).toBe("/ws/user-a%20b/x/y?q=%2F");
    expect(await targetAfter("rewrite.test", "/rooms/a%3Fb%2523/")).toBe("/ws/user-a%3Fb%2523/");
  });

  it("splits sessions over upstreams by weight", async () => {
    const taken: Record<string, number> = { A: 0, B: 0, C: 0 };
    for (let nth = 0; nth < 200; nth += 1) taken[await routeOf("split.test", "/")]! += 1;
    expect(taken["C"]).toBe(0);
    // 150 on average; 30 is five standard deviations.
    expect(taken["A"]).toBeGreaterThan(120);
    expect(taken["A"]).toBeLessThan(180);
  });

  it("that takes WebSockets only answers 426 to anything else", async () => {
    const { status, headers } = await rawRequest(
      gateway.port,
      "GET /sockets HTTP/1.1\r\nHost: path.test\r\n\r\n",
    );
    expect(status).toBe(426);
    expect(headers).toMatchObject({ upgrade: "websocket", "switchboard-error": "upgrade_required" });
    expect(await routeOf("path.test", "/sockets")).toBe("sockets");
  });
});

it("a handshake that no route matches is answered 404", async () => {
  const lonely = await startGateway({
    config: {
      upstreams: { only: { peers: [{ address: backend.address }] } },
      routes: [{ id: "only", path: "/only", upstream: "only" }],
    },
  });
  const { status, headers, body } = await connectRefused(lonely.url("/other"));
  expect(status).toBe(404);
  expect(headers["switchboard-error"]).toBe("no_route");
  expect(JSON.parse(body)).toMatchObject({ error: { code: "no_route" } });
});
