import type { HealthConfig, UpstreamConfig } from "../../../src/core/config/snapshot";
import { WatchedPools, put, reasonOf, watchedUpstream } from "../support/watched-pool";
import { WATCHED } from "../support/health-config";
import { aRecord, down } from "../support/memory-health";
import { aPool, noAnswers, peerOf } from "../support/pool-fixture";
import { AFFINITY, aPeerConfig } from "../support/upstream-fixture";

let scene: WatchedPools;

beforeEach(() => {
  scene = new WatchedPools();
});

describe("what a peer says itself", () => {
  const HEEDED: HealthConfig = { hasAgent: true, onDown: "keep" };

  it("keeps new sessions off it as a drain does, but bound ones may", () => {
    const pool = scene.poolOf({ health: HEEDED }, "a", "b");
    put(pool, "a", (peer) => aRecord(peer, { agent: { isDraining: true } }));
    expect(scene.picks(pool, 2)).toBe("b b");
    expect(pool.pick(scene.session(), "", peerOf(pool, "a"))!.key).toBe("a");
    put(pool, "b", (peer) => aRecord(peer, { agent: { isDraining: true } }));
    expect(reasonOf(pool)).toBe("none: 2 draining by its own wish");
    put(pool, "a", (peer) => aRecord(peer, { agent: { isDraining: false } }));
    expect(scene.picks(pool, 1)).toBe("a");
  });

  it("does not count among those that should be up", () => {
    const pool = scene.poolOf({ health: { ...WATCHED, hasAgent: true } }, "a", "b", "c", "d");
    for (const key of ["a", "b"]) put(pool, key, (peer) => aRecord(peer, { agent: { isDraining: true } }));
    put(pool, "c", (peer) => down(peer));
    expect(scene.picks(pool, 2)).toBe("d d");
  });

  it("takes the place of its weight, as a number or in percent", () => {
    const pool = scene.poolOf({ health: HEEDED }, "a", "b");
    put(pool, "a", (peer) => aRecord(peer, { agent: { isDraining: false, weight: 3 } }));
    expect(scene.picks(pool, 4)).toBe("a a b a");
    const a = peerOf(pool, "a");
    expect([a.weight, a.fullWeight, a.configuredWeight]).toEqual([3, 3, 1]);
    put(pool, "a", (peer) => aRecord(peer, { agent: { isDraining: false, weightPercent: 50 } }));
    expect(a.weight).toBe(0.5);
    put(pool, "a", (peer) => aRecord(peer, { agent: { isDraining: false, weight: 0 } }));
    expect(scene.picks(pool, 2)).toBe("b b");
    pool.apply(watchedUpstream({ health: WATCHED }, "a", "b"), noAnswers);
    expect(a.agent).toBeUndefined();
    expect([a.weight, a.fullWeight]).toEqual([1, 1]);
  });

  it("holds through a change of the config, and leaves a weight of 0 as it is", () => {
    const peers = (weight: number): UpstreamConfig =>
      watchedUpstream({
        health: HEEDED,
        peers: [aPeerConfig({ id: "a", weight }), aPeerConfig({ id: "b" })],
      });
    const pool = aPool(scene.deps(), peers(4));
    put(pool, "a", (peer) => aRecord(peer, { agent: { isDraining: false, weightPercent: 50 } }));
    expect(peerOf(pool, "a").weight).toBe(2);
    pool.apply(peers(8), noAnswers);
    expect(peerOf(pool, "a").weight).toBe(4);
    pool.apply(peers(0), noAnswers);
    expect(peerOf(pool, "a").weight).toBe(0);
    put(pool, "a", (peer) => aRecord(peer, { agent: { isDraining: false, weight: 5 } }));
    expect(scene.picks(pool, 2)).toBe("b b");
  });

  it("is of one address of a name alone, which has its part of the weight", () => {
    const lookup = (): readonly string[] => ["10.0.0.1", "10.0.0.2"];
    const peers = [aPeerConfig({ id: "n", address: "chat.test:80", weight: 10 })];
    const pool = aPool(scene.deps(), watchedUpstream({ health: HEEDED, peers }), lookup);
    const [first, second] = pool.peers;
    pool.applyHealth(first!, aRecord(first!, { agent: { isDraining: false, weightPercent: 50 } }));
    pool.settleHealth();
    expect([first!.weight, second!.weight]).toEqual([2.5, 5]);
  });

  it("grows to the new weight from where its slow start is", () => {
    const slowStart = { windowMs: 60_000, minPercent: 10, aggression: 1 };
    const pool = scene.poolOf({ slowStart, health: { ...WATCHED, hasAgent: true } }, "a", "b");
    put(pool, "a", (peer) => down(peer));
    put(pool, "a", (peer) => aRecord(peer));
    scene.now += 30;
    put(pool, "a", (peer) => aRecord(peer, { agent: { isDraining: false, weight: 4 } }));
    pool.reweigh();
    expect(Math.round(peerOf(pool, "a").weight * 10)).toBe(20);
  });

  it("limits its sessions beside the configured limit", () => {
    const peers = [aPeerConfig({ id: "a", maxConns: 3 }), aPeerConfig({ id: "b", maxConns: 2 })];
    const pool = scene.poolOf({ health: HEEDED, peers });
    put(pool, "a", (peer) => aRecord(peer, { agent: { isDraining: false, maxConns: 1 } }));
    put(pool, "b", (peer) => aRecord(peer, { agent: { isDraining: false, maxConns: 9 } }));
    expect(scene.picks(pool, 4)).toBe("a b b none");
    put(pool, "a", (peer) => aRecord(peer, { agent: { isDraining: false } }));
    expect(scene.picks(pool, 3)).toBe("a a none");
  });

  it("moves keys only once it is settled", () => {
    const pool = scene.poolOf({ health: HEEDED, balancer: { type: "hash", options: {} } }, "a", "b");
    const a = peerOf(pool, "a");
    pool.applyHealth(a, aRecord(a, { agent: { isDraining: false, weight: 9 } }));
    pool.settleHealth();
    let ofA = 0;
    for (const at of $range(1, 200)) if (pool.pick(scene.session(), `key ${at}`) === a) ofA += 1;
    expect(ofA).toBeGreaterThan(150);
  });
});

describe("a weight of the peer's own wish", () => {
  for (const at of [1, 2, 3]) {
    it(`leaves the homes of keys to the peers of a change in the middle of it (${at})`, () => {
      const affinity = { ...AFFINITY, type: "key" as const };
      const health: HealthConfig = { hasAgent: true, onDown: "keep" };
      const pool = scene.poolOf({ affinity, health }, "a", "b");
      const a = peerOf(pool, "a");
      pool.applyHealth(a, aRecord(a, { agent: { isDraining: false, weight: 3 } }));
      let pauses = 0;
      pool.settleHealth(() => {
        pauses += 1;
        if (pauses === at) pool.apply(watchedUpstream({ affinity, health }, "c", "d"), noAnswers);
      });
      expect(pauses).toBeGreaterThan(3);
      expect(["c", "d"]).toContain(pool.keyHome!.home("room")?.key);
    });
  }
});
