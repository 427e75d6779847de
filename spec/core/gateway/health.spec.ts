import type { VariableSource } from "../../../src/core/affinity/cookie";
import type { HealthConfig, RetryKind, UpstreamConfig } from "../../../src/core/config/snapshot";
import { valueOfAttempt } from "../../../src/core/gateway/attempt-values";
import type { Gateway, IncomingRequest } from "../../../src/core/gateway/gateway";
import { LATE, type Session } from "../../../src/core/session/session";
import { aRoute } from "../route/route-fixture";
import { aGateway, handshake, noVariables, plainRequest } from "../support/gateway-fixture";
import { MemoryCounters } from "../support/memory-counters";
import { PASSIVE, WATCHED } from "../support/health-config";
import { down, MemoryHealth, onTrial } from "../support/memory-health";
import { peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { upstreamOf } from "../support/upstream-fixture";

let now: number;
let health: MemoryHealth;
let variables: Record<string, string>;
const request: VariableSource = { variable: (name) => variables[name] };

beforeEach(() => {
  now = 1000;
  health = new MemoryHealth(() => now);
  variables = { upstream_bytes_sent: "300", upstream_bytes_received: "0", body_bytes_sent: "0" };
});

function gatewayOf(fields: Partial<UpstreamConfig> = {}, ...ids: string[]): Gateway {
  const deps = { ...poolDeps(new MemoryCounters(), new RecordingLog(), () => now), health };
  const upstream = { ...upstreamOf(...(ids.length > 0 ? ids : ["a", "b"])), health: WATCHED, ...fields };
  return aGateway(deps, [upstream], [aRoute({ path: "/*" })]);
}

function connect(gateway: Gateway, asked: IncomingRequest = handshake("/")): Session {
  const [session] = gateway.admit(asked);
  gateway.beginAttempt(session!);
  return session!;
}

function told(gateway: Gateway): string {
  const lines = gateway.attempts
    .take(now)
    .map(({ key, attempts, failures, reason, trial }) =>
      `${key} ${attempts}/${failures} ${reason} ${trial ?? ""}`.trimEnd(),
    );
  return lines.join("; ");
}

/** What is told when the last attempt ended so. */
function end(
  gateway: Gateway,
  status: number,
  outcome: string,
  asked: IncomingRequest = handshake("/"),
): string {
  const session = connect(gateway, asked);
  gateway.endHandshake(session, false, status >= 500);
  gateway.endUnopened(session, status, outcome, request);
  gateway.close(session);
  return told(gateway);
}

describe("a failed attempt", () => {
  const rows: readonly [RetryKind, Record<string, string>, string][] = [
    ["error", { upstream_bytes_sent: "0" }, "connect failed"],
    ["error", {}, "closed before it answered"],
    ["error", { upstream_bytes_received: "12" }, "malformed answer"],
    ["timeout", { upstream_bytes_sent: "0" }, "connect timeout"],
    ["timeout", {}, "handshake timeout"],
    ["http_503", {}, "answered 503"],
  ];
  for (const [kind, given, reason] of rows) {
    it(`is told as: ${reason}`, () => {
      const gateway = gatewayOf();
      for (const name of Object.keys(given)) variables[name] = given[name]!;
      const session = connect(gateway);
      gateway.retry(session, kind, request);
      expect(told(gateway)).toBe(`a 1/1 ${reason}`);
      gateway.beginAttempt(session);
      gateway.endHandshake(session, true, false);
      expect(told(gateway)).toBe("b 1/0");
    });
  }

  it("is told of an upstream with TLS as what it may be", () => {
    const gateway = gatewayOf({ tls: { serverName: "" } });
    variables["upstream_bytes_sent"] = "0";
    gateway.retry(connect(gateway), "error", request);
    expect(told(gateway)).toBe("a 1/1 connect or TLS failed");
  });

  it("is told of the attempt that it was, of several", () => {
    const gateway = gatewayOf({}, "a", "b", "c");
    variables = { upstream_bytes_sent: "300, 0 : 300", upstream_bytes_received: "17, 0, 0" };
    const session = connect(gateway);
    for (const _ of $range(1, 2)) {
      gateway.retry(session, "error", request);
      gateway.beginAttempt(session);
    }
    expect(told(gateway)).toBe("a 1/1 malformed answer; b 1/1 connect failed");
  });

  it("is not told where the upstream does not learn from handshakes", () => {
    const gateway = gatewayOf({ health: { hasAgent: false, onDown: "keep" } });
    const session = connect(gateway);
    gateway.retry(session, "error", request);
    gateway.beginAttempt(session);
    gateway.endHandshake(session, true, false);
    expect(told(gateway)).toBe("");
  });

  it("says nothing of a peer that the whole handshake left no time", () => {
    const gateway = gatewayOf({ totalTimeoutMs: 3000 });
    const session = connect(gateway);
    now += 3;
    session.deadline = LATE;
    gateway.retry(session, "timeout", request);
    expect(told(gateway)).toBe("");
    const other = connect(gateway);
    now += 10;
    other.deadline = LATE;
    gateway.retry(other, "timeout", request);
    expect(told(gateway)).toBe("b 1/1 handshake timeout");
  });
});

describe("the end of a request that was never open", () => {
  it("is a failure if its last attempt failed, and that was not told yet", () => {
    const gateway = gatewayOf();
    expect(end(gateway, 502, "gateway:bad_upstream")).toBe("a 1/1 closed before it answered");
    expect(end(gateway, 504, "gateway:handshake_timeout")).toBe("b 1/1 handshake timeout");
    expect(end(gateway, 503, "upstream:http_503")).toBe("a 1/1 answered 503");
    for (const status of [500, 501, 599])
      expect(end(gateway, status, `upstream:http_${status}`)).toContain(`1/1 answered ${status}`);
    const session = connect(gateway);
    gateway.retry(session, "http_503", request);
    told(gateway);
    session.failure = "http_503";
    gateway.endUnopened(session, 503, "upstream:http_503", request);
    expect(told(gateway)).toBe("");
  });

  it("is a success if the peer refused it as it may", () => {
    const gateway = gatewayOf();
    for (const status of [200, 302, 401, 404, 429])
      expect(end(gateway, status, `upstream:http_${status}`)).toContain("1/0");
  });

  it("says nothing if the client left, or the gateway answered by itself", () => {
    const gateway = gatewayOf();
    const left = connect(gateway);
    gateway.endUnopened(left, 499, "client:aborted", request);
    gateway.close(left);
    const [refused] = gateway.admit(handshake("/"));
    refused!.verdict = "bad_handshake";
    gateway.endHandshake(refused!, false, false);
    gateway.endUnopened(refused!, 400, "gateway:bad_handshake", request);
    gateway.close(refused!);
    expect(told(gateway)).toBe("");
    expect(end(gateway, 500, "gateway:internal_error")).toBe("");
  });

  it("of a plain request is a failure only if there was no answer", () => {
    const gateway = gatewayOf({}, "a");
    expect(end(gateway, 503, "upstream:http_503", plainRequest("/"))).toBe("");
    expect(end(gateway, 200, "upstream:http_200", plainRequest("/"))).toBe("a 1/0");
    expect(end(gateway, 502, "gateway:bad_upstream", plainRequest("/"))).toContain("a 1/1 closed");
    expect(end(gateway, 504, "gateway:handshake_timeout", plainRequest("/"))).toContain("a 1/1");
  });
});

describe("a session that breaks off", () => {
  const EARLY: HealthConfig = { ...WATCHED, passive: { ...PASSIVE, earlyCloseMs: 1000 } };

  function broke(seconds: number, outcome: string, healthConfig = EARLY): string {
    const gateway = gatewayOf({ health: healthConfig }, "a");
    const session = connect(gateway);
    gateway.endHandshake(session, true, false);
    told(gateway);
    gateway.watch.broke(session, seconds, outcome, request);
    gateway.close(session);
    return told(gateway);
  }

  it("counts if that is soon and its peer's doing", () => {
    expect(broke(0.5, "upstream:reset")).toBe("a 1/1 reset after its 101");
    expect(broke(0.5, "upstream:closed")).toBe("a 1/1 closed after its 101");
  });

  it("does not count later, nor if the peer had its say, nor as the client's or the gateway's doing", () => {
    expect(broke(1, "upstream:reset")).toBe("");
    expect(broke(0.5, "upstream:reset", WATCHED)).toBe("");
    for (const outcome of ["client:closed", "client:reset", "gateway:killed"])
      expect(broke(0.5, outcome)).toBe("");
    variables["body_bytes_sent"] = "4";
    expect(broke(0.5, "upstream:closed")).toBe("");
  });
});

describe("a trial", () => {
  function tried(gateway: Gateway, ask = (): IncomingRequest => handshake("/")): Session {
    const pool = gateway.pool("chat")!;
    const a = peerOf(pool, "a");
    pool.applyHealth(a, onTrial(a));
    gateway.settleHealth(pool);
    const [first, second] = [connect(gateway, ask()), connect(gateway, ask())];
    const session = first.peer === a ? first : second;
    expect(session.peer === a).toBe(true);
    expect(health.claims.has("a")).toBe(true);
    return session;
  }

  it("is told with what became of it", () => {
    const gateway = gatewayOf();
    gateway.endHandshake(tried(gateway), true, false);
    expect(told(gateway)).toBe("a 1/0  passed");
    health.claims.delete("a");
    now += 2;
    const failing = tried(gateway);
    gateway.retry(failing, "error", request);
    expect(told(gateway)).toBe("a 1/1 closed before it answered failed");
    expect(health.claims.has("a")).toBe(true);
  });

  it("is given up if its client left, so that the next handshake may be it", () => {
    const gateway = gatewayOf();
    const session = tried(gateway);
    gateway.endUnopened(session, 499, "client:aborted", noVariables);
    gateway.close(session);
    expect(told(gateway)).toBe("");
    expect(health.claims.has("a")).toBe(false);
    const keys = [connect(gateway), connect(gateway)].map(({ peer }) => peer!.key);
    expect(keys).toContain("a");
  });

  it("is given up if its request goes on to another peer, and says nothing of this one", () => {
    const gateway = gatewayOf();
    const session = tried(gateway, () => plainRequest("/"));
    expect(gateway.retry(session, "http_503", request)?.key).toBe("b");
    expect(told(gateway)).toBe("");
    expect(peerOf(gateway.pool("chat")!, "a").trialSession).toBeUndefined();
    expect(health.claims.has("a")).toBe(false);
  });
});

describe("an upstream with peers that go down", () => {
  it("is among those that close sessions as long as some are to be closed", () => {
    const gateway = gatewayOf({ health: { ...WATCHED, onDown: "close" }, panicThreshold: 0 });
    const pool = gateway.pool("chat")!;
    const a = peerOf(pool, "a");
    const changes = gateway.closingChanges;
    gateway.settleHealth(pool);
    expect(gateway.closingChanges).toBe(changes);
    pool.applyHealth(a, down(a));
    gateway.settleHealth(pool);
    expect(gateway.closingPools.has(pool)).toBe(true);
    expect(gateway.closingChanges).toBe(changes + 1);
    pool.applyHealth(a, undefined);
    gateway.settleHealth(pool);
    expect(gateway.closingPools.has(pool)).toBe(false);
    expect(gateway.closingChanges).toBe(changes + 2);
  });
});

describe("what nginx tells of each attempt", () => {
  it("is found whatever separates it", () => {
    const list = "0.001, - : 12";
    expect([1, 2, 3].map((attempt) => valueOfAttempt(list, attempt))).toEqual(["0.001", "-", "12"]);
    expect(valueOfAttempt(list, 4)).toBeUndefined();
    expect(valueOfAttempt("", 1)).toBeUndefined();
  });
});
