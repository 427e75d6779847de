import type { Balancer, BalancerFactory, Need } from "../../../src/core/balance/contract";
import { BalancerRegistry } from "../../../src/core/balance/registry";
import type { UpstreamConfig } from "../../../src/core/config/snapshot";
import { compileRoute, type CompiledRoute } from "../../../src/core/gateway/compiled-route";
import type { Gateway } from "../../../src/core/gateway/gateway";
import { ROUTE_EMPTY_KEYS } from "../../../src/core/metrics/layout";
import type { Peer } from "../../../src/core/pool/peer";
import { Router } from "../../../src/core/route/router";
import type { Session } from "../../../src/core/session/session";
import { aRoute } from "../route/route-fixture";
import { aGateway, handshake, noVariables, plainRequest } from "../support/gateway-fixture";
import { MemoryCounters } from "../support/memory-counters";
import { noAnswers, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { AFFINITY, anUpstream, aPeerConfig } from "../support/upstream-fixture";

let now: number;
let keys: string[];
let samples: string[];

beforeEach(() => {
  now = 1000;
  keys = [];
  samples = [];
});

/** Picks whoever is eligible, and writes down what it is told. */
function listener(needs: readonly Need[]): BalancerFactory {
  const create = (): Balancer => {
    let known: readonly Peer[] = [];
    return {
      update: (peers) => {
        known = peers;
      },
      pick: (input) => {
        keys.push(input.key);
        return known.find((peer) => input.eligible(peer));
      },
      observe: (peer, { kind, latencyMs, isFailed }) =>
        void samples.push(`${peer.key} ${kind} ${Math.floor(latencyMs + 0.5)}${isFailed ? " failed" : ""}`),
    };
  };
  return { name: "listener", needs, validate: () => undefined, create: () => create() };
}

function gatewayWith(needs: readonly Need[], key = "{room}$arg_x"): Gateway {
  const registry = new BalancerRegistry([listener(needs)]);
  const deps = { ...poolDeps(new MemoryCounters(), new RecordingLog(), () => now), registry };
  const peers = [aPeerConfig({ id: "a" }), aPeerConfig({ id: "b" })];
  const upstream = anUpstream({
    balancer: { type: "listener", options: {} },
    peers,
    handshakeTimeoutMs: 2000,
  });
  return aGateway(deps, [upstream], [aRoute({ id: "rooms", path: "/rooms/{room}", key })]);
}

function connect(gateway: Gateway, path = "/rooms/7"): Session {
  const [session] = gateway.admit(handshake(path));
  gateway.beginAttempt(session!);
  return session!;
}

describe("a balancer that needs a key", () => {
  it("is given that of the request, also for another attempt", () => {
    const gateway = gatewayWith(["key"]);
    const session = connect(gateway);
    expect(keys).toEqual(["7"]);
    expect(gateway.retry(session, "error", noVariables)!.key).toBe("b");
    expect(keys).toEqual(["7", "7"]);
  });

  it("leaves no key on a session that is open", () => {
    const gateway = gatewayWith(["key"]);
    const session = connect(gateway);
    expect(session.key).toBe("7");
    gateway.endHandshake(session, true, false);
    expect(session.key).toBe("");
  });

  it("has requests without a key counted", () => {
    const gateway = gatewayWith(["key"], "$arg_x");
    connect(gateway);
    let count = 0;
    gateway.metrics.eachRoute((_, route) => (count += route.counters.values[ROUTE_EMPTY_KEYS]!));
    expect(count).toBe(1);
    expect(keys).toEqual([""]);
  });

  it("is not given one that it does not need", () => {
    connect(gatewayWith([]));
    expect(keys).toEqual([""]);
  });
});

describe("a balancer that times peers", () => {
  it("is told how long each handshake took, once", () => {
    const gateway = gatewayWith(["latency"]);
    const session = connect(gateway);
    now += 0.25;
    gateway.endHandshake(session, true, false);
    gateway.endHandshake(session, true, false);
    now += 50;
    gateway.close(session);
    expect(samples).toEqual(["a handshake 250"]);
  });

  it("is told of those that failed, and what they took", () => {
    const gateway = gatewayWith(["latency"]);
    const session = connect(gateway);
    now += 0.01;
    gateway.retry(session, "error", noVariables);
    gateway.beginAttempt(session);
    now += 3;
    gateway.sessions.eachLate(now, () => undefined);
    gateway.endHandshake(session, false, true);
    gateway.endUnopened(session, 504, "gateway:handshake_timeout", noVariables);
    expect(samples).toEqual(["a handshake 10 failed", "b handshake 2000 failed"]);
  });

  it("is told of a peer that refuses in a proper way as of one that answers", () => {
    const gateway = gatewayWith(["latency"]);
    const session = connect(gateway);
    now += 0.1;
    gateway.endHandshake(session, false, false);
    gateway.endUnopened(session, 403, "upstream:http_403", noVariables);
    expect(samples).toEqual(["a handshake 100", "a none 0"]);
  });

  it("is told that nothing came of plain requests and of clients that left", () => {
    const gateway = gatewayWith(["latency"]);
    const [plain] = gateway.admit(plainRequest("/rooms/7"));
    gateway.beginAttempt(plain!);
    gateway.endHandshake(plain!, false, false);
    gateway.endUnopened(connect(gateway), 499, "client:aborted", noVariables);
    expect(samples).toEqual(["a none 0", "a none 0"]);
  });
});

describe("an affinity by key", () => {
  const ids = ["a", "b", "c", "d"];

  function boundGateway(isStrict: boolean): Gateway {
    const deps = poolDeps(new MemoryCounters(), new RecordingLog(), () => now);
    const gateway = aGateway(deps, [], [aRoute({ id: "rooms", path: "/rooms/{room}", key: "{room}" })]);
    gateway.applyUpstream(boundUpstream(isStrict, []), noAnswers);
    return gateway;
  }

  function boundUpstream(isStrict: boolean, draining: readonly string[]): UpstreamConfig {
    const peers = ids.map((id) => aPeerConfig({ id, state: draining.includes(id) ? "drain" : "ready" }));
    return anUpstream({ peers, panicThreshold: 0, affinity: { ...AFFINITY, type: "key", isStrict } });
  }

  function peersOf(gateway: Gateway, count: number): string {
    const keys: string[] = [];
    for (const room of $range(1, count)) {
      const [session] = gateway.admit(handshake(`/rooms/${room}`));
      keys.push(session?.peer?.key ?? "none");
      if (session !== undefined) gateway.close(session);
    }
    return keys.join(" ");
  }

  it("brings a key back to its peer, under any balancer, and while the peer drains", () => {
    const gateway = boundGateway(false);
    const before = peersOf(gateway, 40);
    for (const id of ids) expect(before).toContain(id);
    expect(peersOf(gateway, 40)).toBe(before);
    gateway.applyUpstream(boundUpstream(false, ids), noAnswers);
    expect(peersOf(gateway, 40)).toBe(before);
  });

  it("goes by the balancer while the peer may have nobody, and back afterwards", () => {
    const gateway = boundGateway(false);
    const pool = gateway.pool("chat")!;
    const before = peersOf(gateway, 40);
    pool.setUp(peerOf(pool, "a"), false);
    const meanwhile = peersOf(gateway, 40);
    expect(meanwhile).not.toContain("a");
    expect(meanwhile).not.toContain("none");
    pool.setUp(peerOf(pool, "a"), true);
    expect(peersOf(gateway, 40)).toBe(before);
  });

  it("refuses rather than that where it is strict, after a failed attempt as well", () => {
    const gateway = boundGateway(true);
    const pool = gateway.pool("chat")!;
    const before = peersOf(gateway, 40);
    pool.setUp(peerOf(pool, "a"), false);
    expect(peersOf(gateway, 40)).toBe(before.split("a").join("none"));
    pool.setUp(peerOf(pool, "a"), true);
    expect(gateway.retry(connect(gateway), "error", noVariables)).toBeUndefined();
  });

  it("leaves a request without a key to the balancer", () => {
    const gateway = boundGateway(true);
    const router = new Router<CompiledRoute>();
    router.add(compileRoute(aRoute({ id: "any", path: "/*", key: "$arg_room" })));
    gateway.useRouter(router);
    expect(connect(gateway, "/").peer!.key).toBe("a");
    expect(connect(gateway, "/").peer!.key).toBe("b");
  });
});
