import type { RetryKind, RouteConfig, UpstreamConfig } from "../../../src/core/config/snapshot";
import type { Gateway, IncomingRequest } from "../../../src/core/gateway/gateway";
import { isLate, type Session } from "../../../src/core/session/session";
import { aRoute } from "../route/route-fixture";
import { aGateway, handshake, noVariables, plainRequest } from "../support/gateway-fixture";
import { MemoryCounters } from "../support/memory-counters";
import { noAnswers, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { anUpstream, aPeerConfig, upstreamOf } from "../support/upstream-fixture";

let now: number;
let store: MemoryCounters;
let log: RecordingLog;

beforeEach(() => {
  now = 1000;
  store = new MemoryCounters();
  log = new RecordingLog();
});

function gatewayOf(upstreams: UpstreamConfig[], routes: RouteConfig[] = [aRoute({ path: "/*" })]): Gateway {
  return aGateway(
    poolDeps(store, log, () => now),
    upstreams,
    routes,
  );
}

function admit(gateway: Gateway, request: IncomingRequest = handshake("/")): Session {
  const [session] = gateway.admit(request);
  return session!;
}

/** Admits the request, and its connect to the peer begins. */
function connect(gateway: Gateway, request: IncomingRequest = handshake("/")): Session {
  const session = admit(gateway, request);
  gateway.beginAttempt(session);
  return session;
}

function refusal(gateway: Gateway, request: IncomingRequest): string {
  const [session, , answer] = gateway.admit(request);
  expect(session).toBeUndefined();
  expect(gateway.sessions.size).toBe(0);
  return `${answer!.status} ${answer!.code}: ${answer!.message}`;
}

function active(key: string): number {
  return store.read(`total chat ${key}`);
}

/** How many of the handshakes under way are late now. */
function countLate(gateway: Gateway): number {
  let count = 0;
  gateway.sessions.eachLate(now, () => {
    count += 1;
  });
  return count;
}

describe("what the gateway refuses", () => {
  it("a handshake with a fault, before it looks for a route", () => {
    expect(refusal(gatewayOf([], []), handshake("/", { version: "8" }))).toBe(
      "400 bad_handshake: Sec-WebSocket-Version must be 13",
    );
  });

  it("a request with more fields than were looked at", () => {
    const request = handshake("/", { upgrade: "", upgradeCount: 0, isTruncated: true });
    expect(refusal(gatewayOf([upstreamOf("a")]), request)).toBe("400 bad_handshake: too many header fields");
  });

  it("what no route matches", () => {
    const gateway = gatewayOf([upstreamOf("a")], [aRoute({ path: "/chat" })]);
    expect(refusal(gateway, handshake("/other"))).toBe("404 no_route: no route matches this host and path");
  });

  it("plain HTTP on a route for WebSockets only", () => {
    const gateway = gatewayOf([upstreamOf("a")], [aRoute({ path: "/*", isHttpAllowed: false })]);
    expect(refusal(gateway, plainRequest("/"))).toBe(
      "426 upgrade_required: this route takes WebSockets only",
    );
    expect(admit(gateway).isUpgrade).toBe(true);
  });

  it("a session that no peer can take", () => {
    const full = anUpstream({ peers: [aPeerConfig({ id: "a", state: "drain" })] });
    expect(refusal(gatewayOf([full]), handshake("/"))).toBe("503 no_live_peer: no backend can take this now");
    expect(store.list()).toEqual([]);
  });

  it("a session on an upstream that is not there yet", () => {
    expect(refusal(gatewayOf([]), handshake("/"))).toBe("503 no_live_peer: no backend can take this now");
  });
});

describe("what the gateway admits", () => {
  it("has a peer, a slot, and its route's name", () => {
    const gateway = gatewayOf([upstreamOf("a")], [aRoute({ id: "rooms", path: "/rooms/*" })]);
    const [session, route] = gateway.admit(handshake("/rooms/1"));
    expect(route!.config.id).toBe("rooms");
    expect(session!.route).toBe("rooms");
    expect(session!.peer!.key).toBe("a");
    expect(session!.pool).toBe(gateway.pool("chat"));
    expect(gateway.sessions.find(session!.requestHandle)).toBe(session);
    expect(active("a")).toBe(1);
  });

  it("is late when the handshake takes too long, from the connect on", () => {
    const gateway = gatewayOf([{ ...upstreamOf("a"), handshakeTimeoutMs: 1500 }]);
    connect(gateway);
    now += 1.4;
    expect(countLate(gateway)).toBe(0);
    now += 0.1;
    expect(countLate(gateway)).toBe(1);
  });

  it("is never late when it is plain HTTP", () => {
    const gateway = gatewayOf([upstreamOf("a")]);
    const session = connect(gateway, plainRequest("/"));
    expect(session.isUpgrade).toBe(false);
    now += 3600;
    expect(countLate(gateway)).toBe(0);
  });

  it("is not late any more once it is answered", () => {
    const gateway = gatewayOf([upstreamOf("a")]);
    const session = connect(gateway);
    gateway.endHandshake(session, true, false);
    now += 3600;
    expect(session.isOpen).toBe(true);
    expect(countLate(gateway)).toBe(0);
  });

  it("goes to an upstream of the split by its weight", () => {
    const split = [
      { upstream: "chat", weight: 3 },
      { upstream: "new", weight: 1 },
      { upstream: "old", weight: 0 },
    ];
    const named = (name: string): UpstreamConfig => ({ ...upstreamOf("a"), name });
    const gateway = gatewayOf([named("chat"), named("new"), named("old")], [aRoute({ path: "/*", split })]);
    for (const _ of $range(1, 4000)) admit(gateway);
    expect(store.read("total chat a")).toBeGreaterThan(2850);
    expect(store.read("total chat a")).toBeLessThan(3150);
    expect(store.read("total old a")).toBe(0);
    expect(store.read("total chat a") + store.read("total new a")).toBe(4000);
  });
});

describe("a retry", () => {
  it("moves the slot to a peer that was not tried", () => {
    const gateway = gatewayOf([upstreamOf("a", "b")]);
    const session = admit(gateway);
    expect(gateway.retry(session, "error", noVariables)!.key).toBe("b");
    expect(session.peer!.key).toBe("b");
    expect([active("a"), active("b")]).toEqual([0, 1]);
  });

  it("fails when every peer was tried, and holds no slot then", () => {
    const gateway = gatewayOf([upstreamOf("a", "b")]);
    const session = admit(gateway);
    gateway.retry(session, "error", noVariables);
    expect(gateway.retry(session, "http_503", noVariables)).toBeUndefined();
    expect(session.failure).toBe("http_503");
    expect([active("a"), active("b")]).toEqual([0, 0]);
  });

  const kinds: readonly RetryKind[] = ["error", "timeout", "http_502", "http_503", "http_504"];
  for (const kind of kinds) {
    it(`follows ${kind} if retry_on names it`, () => {
      const only = gatewayOf([{ ...upstreamOf("a", "b"), retryOn: [kind] }]);
      expect(only.retry(admit(only), kind, noVariables)!.key).toBe("b");
    });

    it(`does not follow ${kind} if retry_on does not name it`, () => {
      const others = kinds.filter((other) => other !== kind);
      const gateway = gatewayOf([{ ...upstreamOf("a", "b"), retryOn: others }]);
      const session = admit(gateway);
      expect(gateway.retry(session, kind, noVariables)).toBeUndefined();
      expect(session.failure).toBe(kind);
      expect(session.hasSlot).toBe(false);
      expect(active("a")).toBe(0);
    });
  }

  it("has a deadline of its own, and nothing of the attempt before", () => {
    const gateway = gatewayOf([{ ...upstreamOf("a", "b"), handshakeTimeoutMs: 2000 }]);
    const session = connect(gateway);
    now += 2;
    expect(countLate(gateway)).toBe(1);
    gateway.retry(session, "timeout", noVariables);
    gateway.beginAttempt(session);
    expect(session.attempts).toBe(2);
    expect(isLate(session)).toBe(false);
    expect(session.failure).toBe("");
    now += 1.9;
    expect(countLate(gateway)).toBe(0);
    now += 0.1;
    expect(countLate(gateway)).toBe(1);
  });

  it("where the last peer fills up meanwhile takes no slot and gives none back", () => {
    const limited = aPeerConfig({ id: "b", maxConns: 1 });
    const deps = poolDeps(
      { add: (key, delta) => store.add(key, delta), read: () => 0, remove: (key) => store.remove(key) },
      log,
    );
    const gateway = aGateway(
      deps,
      [anUpstream({ peers: [aPeerConfig({ id: "a" }), limited] })],
      [aRoute({ path: "/*" })],
    );
    const session = admit(gateway);
    store.add("share chat a", 1);
    store.add("total chat a", 1);
    store.add("total chat b", 1);
    expect(gateway.retry(session, "error", noVariables)).toBeUndefined();
    gateway.close(session);
    expect([active("a"), active("b")]).toEqual([1, 1]);
    expect(log.lines).toEqual([]);
  });

  it("finds nobody when the upstream was removed, and holds no slot", () => {
    const gateway = gatewayOf([upstreamOf("a", "b")]);
    const session = admit(gateway);
    gateway.removeUpstream("chat");
    expect(gateway.retry(session, "error", noVariables)).toBeUndefined();
    gateway.close(session);
    expect(store.list()).toEqual(["total chat a=0"]);
    expect(log.lines).toEqual([]);
  });

  it("knows the peers of now", () => {
    const gateway = gatewayOf([upstreamOf("a")]);
    const session = admit(gateway);
    gateway.applyUpstream(upstreamOf("c"), noAnswers);
    expect(gateway.retry(session, "error", noVariables)!.key).toBe("c");
  });
});

describe("a request that comes again", () => {
  it("has one session and one slot", () => {
    const gateway = gatewayOf([upstreamOf("a")]);
    const request = handshake("/");
    gateway.admit(request);
    gateway.admit(request);
    expect(gateway.sessions.size).toBe(1);
    expect(active("a")).toBe(1);
  });
});

describe("the end of a session", () => {
  it("gives its slot back and takes it off the table", () => {
    const gateway = gatewayOf([upstreamOf("a")]);
    const session = admit(gateway);
    const { requestHandle } = session;
    gateway.endHandshake(session, true, false);
    gateway.close(session);
    expect(active("a")).toBe(0);
    expect(gateway.sessions.find(requestHandle)).toBeUndefined();
    expect(gateway.sessions.size).toBe(0);
  });

  it("gives back what the removed upstream counted", () => {
    const gateway = gatewayOf([upstreamOf("a")]);
    const session = admit(gateway);
    gateway.removeUpstream("chat");
    expect(gateway.pool("chat")).toBeUndefined();
    expect(active("a")).toBe(1);
    gateway.close(session);
    expect(store.list()).toEqual(["total chat a=0"]);
  });
});

it("lists its pools by name", () => {
  const gateway = gatewayOf(["b", "c", "a"].map((name) => ({ ...upstreamOf("a"), name })));
  expect(gateway.allPools().map((pool) => pool.config.name)).toEqual(["a", "b", "c"]);
});
