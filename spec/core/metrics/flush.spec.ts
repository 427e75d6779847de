import { Flush } from "../../../src/core/metrics/flush";
import {
  CLOSES,
  FAILURES,
  OUTCOMES,
  PEER_LAYOUT,
  ROUTE_LAYOUT,
  UPSTREAM_LAYOUT,
} from "../../../src/core/metrics/layout";
import { Metrics } from "../../../src/core/metrics/metrics";
import { peerTotals } from "../../../src/core/metrics/totals";
import { newSession, type Session } from "../../../src/core/session/session";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { upstreamOf } from "../support/upstream-fixture";
import { MemoryStore } from "./memory-store";

let metrics: Metrics;
let store: MemoryStore;
let log: RecordingLog;
let flush: Flush;
let session: Session;

beforeEach(() => {
  metrics = new Metrics();
  store = new MemoryStore();
  log = new RecordingLog();
  flush = new Flush(metrics, store, log);
  const pool = aPool(poolDeps(new MemoryCounters(), log), upstreamOf("a"));
  session = newSession();
  session.route = "all";
  session.pool = pool;
  session.peer = peerOf(pool, "a");
  session.isUpgrade = true;
  session.attempts = 1;
});

function run(): void {
  flush.run(() => undefined);
}

function outcomeCode(outcome: string): string {
  return `h${(OUTCOMES as readonly string[]).indexOf(outcome)}`;
}

describe("what was counted", () => {
  it("is passed on once", () => {
    metrics.opened(session, 0.02);
    metrics.ended(session, 90, "client:closed", 300, 20);
    run();
    run();
    expect(store.read("@route:all", outcomeCode("opened"))).toBe(1);
    expect(store.read("@route:all", `e${(CLOSES as readonly string[]).indexOf("client:closed")}`)).toBe(1);
    expect(store.read("@upstream:chat", "hs")).toBe(0.02);
    expect(store.read("@upstream:chat", "h2")).toBe(1);
    expect(store.read("@upstream:chat", "ls")).toBe(90);
    expect(store.read("@upstream:chat", "l3")).toBe(1);
    const totals = peerTotals((code) => store.read("chat:a", code) ?? 0);
    expect(totals).toEqual({ opened: 1, failed: 0, retries: 0, bytes_to_client: 300, bytes_to_peer: 20 });
    expect(metrics.dirty).toHaveLength(0);
  });

  it("waits where there is no room, is logged once, and is not lost", () => {
    store.isFull = true;
    metrics.admitted("all");
    metrics.opened(session, 0.02);
    run();
    run();
    expect(log.lines).toHaveLength(1);
    expect(metrics.dirty.length).toBeGreaterThan(0);
    store.isFull = false;
    run();
    expect(store.read("@route:all", outcomeCode("opened"))).toBe(1);
    expect(store.read("chat:a", "o")).toBe(1);
    expect(store.shares.get("@route:all")).toBe(1);
    expect(metrics.dirty).toHaveLength(0);
  });

  it("of a peer that is gone makes no numbers anew", () => {
    session.peer!.isRemoved = true;
    metrics.opened(session, 0.02);
    run();
    expect(store.read("chat:a", "o")).toBe(undefined);
    expect(metrics.dirty).toHaveLength(0);
  });
});

describe("open sessions of a route", () => {
  it("are told as they are when they are passed on", () => {
    metrics.admitted("all");
    metrics.admitted("all");
    metrics.left("all");
    run();
    expect(store.shares.get("@route:all")).toBe(1);
    metrics.left("all");
    run();
    expect(store.shares.get("@route:all")).toBe(0);
  });

  it("keep the share of a removed route until the last one ends", () => {
    metrics.admitted("all");
    run();
    flush.keepRoutes(new LuaSet());
    expect(store.shares.get("@route:all")).toBe(1);
    metrics.left("all");
    run();
    expect(store.shares.get("@route:all")).toBe(undefined);
  });

  it("give up every share when the process ends", () => {
    metrics.admitted("all");
    run();
    metrics.left("all");
    flush.leave();
    expect(store.shares.get("@route:all")).toBe(undefined);
  });
});

describe("an attempt that failed", () => {
  function failures(kind: string): number | undefined {
    run();
    return store.read("chat:a", `f${(FAILURES as readonly string[]).indexOf(kind)}`);
  }

  it("is counted where nginx asked for another", () => {
    metrics.failed(session.peer!, "http_503");
    session.failure = "http_503";
    metrics.endedUnopened(session, 502, "gateway:bad_upstream");
    expect(failures("http_503")).toBe(1);
    expect(failures("error")).toBe(undefined);
  });

  it("is counted where nginx asked for none", () => {
    metrics.endedUnopened(session, 504, "gateway:handshake_timeout");
    expect(failures("timeout")).toBe(1);
    metrics.endedUnopened(session, 503, "upstream:http_503");
    expect(failures("http_503")).toBe(1);
  });

  it("is none where the peer refused or the client left", () => {
    metrics.endedUnopened(session, 403, "upstream:http_403");
    metrics.endedUnopened(session, 499, "client:aborted");
    run();
    expect(store.read("@route:all", outcomeCode("http_4xx"))).toBe(1);
    expect(store.read("@route:all", outcomeCode("aborted"))).toBe(1);
    expect(store.read("chat:a", "F")).toBe(undefined);
  });
});

describe("what has no name", () => {
  it("is counted as other", () => {
    metrics.endedUnopened(session, 0, "upstream:http_0");
    metrics.ended(session, 1, "upstream:struck", 0, 0);
    run();
    expect(store.read("@route:all", outcomeCode("other"))).toBe(1);
    expect(store.read("@route:all", `e${CLOSES.indexOf("gateway:other")}`)).toBe(1);
  });
});

it("every number of a layout has a code of its own", () => {
  for (const { codes, groups } of [ROUTE_LAYOUT, PEER_LAYOUT, UPSTREAM_LAYOUT]) {
    const seen = new LuaSet<string>();
    for (const code of [...codes, ...groups.map(({ guard }) => guard)]) {
      expect(code !== "" && seen.has(code)).toBe(false);
      seen.add(code);
    }
    expect(groups[groups.length - 1]!.last).toBe(codes.length - 1);
  }
});
