import type { HealthConfig } from "../../../src/core/config/snapshot";
import type { Pool } from "../../../src/core/pool/pool";
import { WatchedPools, put, reasonOf, watchedUpstream } from "../support/watched-pool";
import { WATCHED } from "../support/health-config";
import { aRecord, down, onTrial } from "../support/memory-health";
import { noAnswers, peerOf } from "../support/pool-fixture";

let scene: WatchedPools;

beforeEach(() => {
  scene = new WatchedPools();
});

const AT = (id: string): { address: string } => ({ address: `10.0.0.1:${id.charCodeAt(0)}` });

describe("what is told of a peer's health", () => {
  it("holds at once, with its reason, and until something else is told", () => {
    const pool = scene.poolOf({ panicThreshold: 0 }, "a", "b");
    put(pool, "a", (peer) => down(peer));
    expect(scene.picks(pool, 2)).toBe("b b");
    const a = peerOf(pool, "a");
    expect([a.isUp, a.healthReason, a.healthSinceS]).toEqual([false, "connect refused", 900]);
    put(pool, "b", (peer) => down(peer, "pong timeout"));
    expect(scene.picks(pool, 1)).toBe("none");
    expect(reasonOf(pool)).toBe("none: 2 down (connect refused and others)");
    pool.applyHealth(a, undefined);
    expect([a.isUp, a.healthReason, a.healthSinceS]).toEqual([true, "", 0]);
    expect(scene.picks(pool, 1)).toBe("a");
  });

  it("is not heeded where it is about another address", () => {
    const pool = scene.poolOf({ panicThreshold: 0 }, "a", "b");
    put(pool, "a", () => down({ address: "10.9.9.9:1" }));
    expect(peerOf(pool, "a").isUp).toBe(true);
  });

  it("is asked for a peer that is new, before anyone can pick it", () => {
    scene.health.records.set("a", down(AT("a")));
    scene.health.records.set("b", down({ address: "10.9.9.9:1" }));
    const pool = scene.poolOf({ panicThreshold: 0 }, "a", "b");
    expect(scene.picks(pool, 2)).toBe("b b");
    pool.apply(watchedUpstream({ panicThreshold: 0 }, "a", "b", "c"), noAnswers);
    expect(scene.picks(pool, 2)).toBe("b c");
  });

  it("lets a peer begin down where nothing is known of it and the config says so", () => {
    const active = { initial: "down" } as NonNullable<HealthConfig["active"]>;
    scene.health.records.set("b", aRecord(AT("b")));
    const pool = scene.poolOf({ health: { active, hasAgent: false, onDown: "keep" } }, "a", "b");
    expect([peerOf(pool, "a").isUp, peerOf(pool, "b").isUp]).toEqual([false, true]);
    expect(peerOf(pool, "a").healthReason).toBe("not probed yet");
  });

  it("is forgotten when health is switched off, and taken up again when it is on", () => {
    const off = watchedUpstream({ health: { hasAgent: false, onDown: "keep" } }, "a", "b");
    scene.health.records.set("a", down(AT("a")));
    const pool = scene.poolOf({ panicThreshold: 0 }, "a", "b");
    pool.apply(off, noAnswers);
    expect(peerOf(pool, "a").isUp).toBe(true);
    put(pool, "a", (peer) => down(peer));
    expect(peerOf(pool, "a").isUp).toBe(true);
    expect(scene.picks(pool, 2)).toBe("a b");
    pool.apply(watchedUpstream({ panicThreshold: 0 }, "a", "b"), noAnswers);
    expect(scene.picks(pool, 2)).toBe("b b");
  });

  it("begins a slow start when the peer comes up", () => {
    const slowStart = { windowMs: 60_000, minPercent: 10, aggression: 1 };
    const pool = scene.poolOf({ slowStart }, "a", "b");
    put(pool, "a", (peer) => down(peer));
    put(pool, "a", (peer) => aRecord(peer));
    expect(peerOf(pool, "a").weight).toBe(0.1);
    scene.now += 30;
    pool.reweigh();
    expect(Math.round(peerOf(pool, "a").weight * 10)).toBe(5);
  });

  it("goes on with the slow start of a peer that came up before the worker was there", () => {
    const slowStart = { windowMs: 60_000, minPercent: 10, aggression: 1 };
    const memory = { falls: 1, ejections: 0, ejectedUntilS: 0, atS: 970 };
    scene.health.records.set("a", aRecord(AT("a"), { sinceS: 970, memory }));
    scene.health.records.set("b", aRecord(AT("b"), { sinceS: 970 }));
    const pool = scene.poolOf({ slowStart }, "a", "b");
    expect(pool.peers.map(({ weight }) => weight)).toEqual([0.5, 1]);
  });
});

describe("the open sessions of a peer that is down", () => {
  const CLOSE: HealthConfig = { ...WATCHED, onDown: "close" };

  function closing(pool: Pool): string {
    return pool.closing.map(({ key, closingAsDown }) => `${key} ${closingAsDown?.atS ?? "-"}`).join(", ");
  }

  it("stay if nothing else is asked for", () => {
    const pool = scene.poolOf({ panicThreshold: 0 }, "a", "b");
    put(pool, "a", (peer) => down(peer));
    expect(closing(pool)).toBe("");
  });

  it("are closed from then on where somebody else is up, until it is up again", () => {
    const pool = scene.poolOf({ panicThreshold: 0, health: CLOSE }, "a", "b");
    put(pool, "a", (peer) => down(peer));
    expect(closing(pool)).toBe("a 900");
    expect(peerOf(pool, "a").closingAsDown!.spreadMs).toBe(30_000);
    const before = peerOf(pool, "a").closingAsDown;
    put(pool, "a", (peer) => ({ ...onTrial(peer), sinceS: 950 }));
    expect(peerOf(pool, "a").closingAsDown).toBe(before);
    put(pool, "b", (peer) => down(peer));
    expect(closing(pool)).toBe("");
    put(pool, "b", (peer) => aRecord(peer));
    expect(closing(pool)).toBe("a 950");
    put(pool, "a", (peer) => aRecord(peer));
    expect(closing(pool)).toBe("");
  });

  it("stay in a panic", () => {
    const pool = scene.poolOf({ health: CLOSE }, "a", "b", "c");
    put(pool, "a", (peer) => down(peer));
    expect(closing(pool)).toBe("a 900");
    put(pool, "b", (peer) => down(peer));
    expect(closing(pool)).toBe("");
    put(pool, "b", (peer) => aRecord(peer));
    expect(closing(pool)).toBe("a 900");
  });

  it("follow a change of the config, and are the operator's own where it says when", () => {
    const pool = scene.poolOf({ panicThreshold: 0, health: CLOSE }, "a", "b");
    put(pool, "a", (peer) => down(peer));
    pool.apply(watchedUpstream({ panicThreshold: 0 }, "a", "b"), noAnswers);
    expect(closing(pool)).toBe("");
    pool.apply(watchedUpstream({ panicThreshold: 0, health: CLOSE }, "a", "b"), noAnswers);
    expect(closing(pool)).toBe("a 900");
    pool.apply(watchedUpstream({ panicThreshold: 0, health: CLOSE }, "b"), noAnswers);
    expect(closing(pool)).toBe("");
  });
});
