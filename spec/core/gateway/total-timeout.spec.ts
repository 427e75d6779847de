import type { UpstreamConfig } from "../../../src/core/config/snapshot";
import type { Gateway, IncomingRequest } from "../../../src/core/gateway/gateway";
import { UPSTREAM_REFUSED_TRIES } from "../../../src/core/metrics/layout";
import type { Session } from "../../../src/core/session/session";
import { aRoute } from "../route/route-fixture";
import { aGateway, handshake, noVariables, plainRequest } from "../support/gateway-fixture";
import { MemoryCounters } from "../support/memory-counters";
import { poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { upstreamOf } from "../support/upstream-fixture";

let now: number;

beforeEach(() => {
  now = 1000;
});

function gatewayWith(fields: Partial<UpstreamConfig>): Gateway {
  const deps = poolDeps(new MemoryCounters(), new RecordingLog(), () => now);
  return aGateway(deps, [{ ...upstreamOf("a", "b", "c"), ...fields }], [aRoute({ path: "/*" })]);
}

/** Its first attempt begins so long after the request has. */
function begin(gateway: Gateway, ageS: number, request: IncomingRequest = handshake("/")): Session {
  const [session] = gateway.admit(request);
  gateway.beginAttempt(session!, ageS);
  return session!;
}

function countLate(gateway: Gateway): number {
  let count = 0;
  gateway.sessions.eachLate(now, () => {
    count += 1;
  });
  return count;
}

/** When the only handshake under way is late, in seconds from now on. */
function lateAfterS(gateway: Gateway): number {
  const startedAt = now;
  while (countLate(gateway) === 0) now += 0.25;
  return now - startedAt;
}

describe("total_timeout", () => {
  it("ends an attempt that its own deadline would leave time", () => {
    const fields = { handshakeTimeoutMs: 10_000, totalTimeoutMs: 15_000 };
    const late = (ageS: number): number => {
      const gateway = gatewayWith(fields);
      begin(gateway, ageS);
      return lateAfterS(gateway);
    };
    expect(late(0)).toBe(10);
    expect(late(5)).toBe(10);
    expect(late(6)).toBe(9);
    expect(late(14.5)).toBe(0.5);
    expect(late(15)).toBe(0);
    expect(late(40)).toBe(0);
  });

  it("is none if it is 0", () => {
    const gateway = gatewayWith({ handshakeTimeoutMs: 10_000, totalTimeoutMs: 0 });
    const session = begin(gateway, 3600);
    expect(lateAfterS(gateway)).toBe(10);
    expect(gateway.retry(session, "timeout", noVariables, 7200)).toBeDefined();
  });

  it("leaves no time for a further try, and the client is told of a timeout", () => {
    const gateway = gatewayWith({ totalTimeoutMs: 15_000 });
    const session = begin(gateway, 0);
    expect(gateway.retry(session, "error", noVariables, 14.9)).toBeDefined();
    gateway.beginAttempt(session, 14.9);
    expect(gateway.retry(session, "http_503", noVariables, 15)).toBeUndefined();
    expect(session.failure).toBe("timeout");
    expect(session.hasSlot).toBe(false);
    const { values } = gateway.pool("chat")!.counters!;
    expect([values[UPSTREAM_REFUSED_TRIES], values[UPSTREAM_REFUSED_TRIES + 1]]).toEqual([0, 1]);
  });

  it("says nothing of plain requests, which may have taken long to arrive", () => {
    const gateway = gatewayWith({ totalTimeoutMs: 15_000 });
    const session = begin(gateway, 100, plainRequest("/"));
    expect(gateway.retry(session, "error", noVariables, 100)).toBeDefined();
  });

  it("does not make a peer look slower than it was", () => {
    const balancer = { type: "peak_ewma", options: {} };
    const gateway = gatewayWith({ handshakeTimeoutMs: 10_000, totalTimeoutMs: 2_000, balancer });
    const pool = gateway.pool("chat")!;
    const samples: number[] = [];
    pool.observe = (_, { latencyMs }) => void samples.push(latencyMs);
    const session = begin(gateway, 1);
    now += 0.25;
    gateway.endHandshake(session, true, false);
    expect(samples).toEqual([250]);
  });
});
