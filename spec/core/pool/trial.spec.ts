import { WatchedPools, put, reasonOf } from "../support/watched-pool";
import { PASSIVE, WATCHED } from "../support/health-config";
import { down, onTrial } from "../support/memory-health";
import { peerOf } from "../support/pool-fixture";
import { aPeerConfig } from "../support/upstream-fixture";

let scene: WatchedPools;

beforeEach(() => {
  scene = new WatchedPools();
});

describe("a peer on trial", () => {
  it("gets one handshake at a time, as long as it may take", () => {
    const pool = scene.poolOf({ panicThreshold: 0 }, "a", "b");
    put(pool, "a", onTrial);
    expect(reasonOf(pool)).toBe("a: round_robin among 2 of 2 peers; it is on trial");
    expect(scene.health.asked).toEqual([]);
    expect(scene.picks(pool, 4)).toBe("a b b b");
    expect(scene.health.asked).toEqual(["a 13"]);
    expect(peerOf(pool, "a").trialSession).toBe("s1");
    scene.now += 1;
    expect(scene.picks(pool, 2)).toBe("b b");
    expect(scene.health.asked).toEqual(["a 13", "a 13"]);
    expect(scene.store.read("total chat a")).toBe(1);
    scene.now += 13;
    expect(scene.picks(pool, 2).includes("a")).toBe(true);
  });

  it("is asked for again a second after another worker had its trial", () => {
    const pool = scene.poolOf({ panicThreshold: 0 }, "a", "b");
    scene.health.claims.set("a", scene.now + 0.5);
    put(pool, "a", onTrial);
    expect(scene.picks(pool, 3)).toBe("b b b");
    expect(scene.health.asked).toHaveLength(1);
    expect(scene.store.read("total chat a")).toBe(0);
    scene.now += 0.9;
    expect(scene.picks(pool, 2)).toBe("b b");
    scene.now += 0.1;
    expect(scene.picks(pool, 2).includes("a")).toBe(true);
  });

  it("is tried also when nobody else is up, and refuses at once while it is", () => {
    const pool = scene.poolOf({}, "a", "b");
    put(pool, "a", onTrial);
    put(pool, "b", (peer) => down(peer));
    expect(scene.picks(pool, 3)).toBe("a none none");
    expect(reasonOf(pool)).toBe("none: 1 down (connect refused), 1 on trial");
  });

  it("leaves the others to the backups while its trial is under way", () => {
    const peers = [aPeerConfig({ id: "a" }), aPeerConfig({ id: "z", isBackup: true })];
    const pool = scene.poolOf({ peers });
    put(pool, "a", onTrial);
    expect(scene.picks(pool, 3)).toBe("a z z");
  });

  it("may be the trial of a session that is bound to it", () => {
    const pool = scene.poolOf({ panicThreshold: 0 }, "a", "b");
    put(pool, "b", onTrial);
    expect(pool.pick(scene.session(), "", peerOf(pool, "b"))!.key).toBe("b");
    expect(pool.pick(scene.session(), "", peerOf(pool, "b"))!.key).toBe("a");
  });

  it("takes anyone in a panic, one of them as its trial", () => {
    const pool = scene.poolOf({}, "a", "b", "c");
    put(pool, "a", onTrial);
    put(pool, "b", (peer) => down(peer));
    expect(scene.picks(pool, 6)).toBe("a b c a b c");
    expect(scene.health.asked).toHaveLength(1);
    expect(peerOf(pool, "a").trialSession).toBe("s1");
  });

  it("may be tried again at once if nothing came of it", () => {
    const pool = scene.poolOf({ panicThreshold: 0 }, "a", "b");
    put(pool, "a", onTrial);
    const trial = scene.session();
    expect(pool.pick(trial)!.key).toBe("a");
    pool.release(trial);
    pool.dropTrial(scene.session(), peerOf(pool, "a"));
    expect(scene.picks(pool, 2)).toBe("b b");
    pool.dropTrial(trial, peerOf(pool, "a"));
    expect(peerOf(pool, "a").trialSession).toBeUndefined();
    expect(scene.picks(pool, 2).includes("a")).toBe(true);
  });

  it("has time for the session to last where early closes count", () => {
    const passive = { ...PASSIVE, earlyCloseMs: 5000 };
    const pool = scene.poolOf({ health: { ...WATCHED, passive } }, "a");
    put(pool, "a", onTrial);
    scene.picks(pool, 1);
    expect(scene.health.asked).toEqual(["a 18"]);
  });

  for (const type of ["least_conn", "random_two", "hash", "peak_ewma", "round_robin"]) {
    it(`is found by ${type} as soon as another worker's trial is over`, () => {
      const pool = scene.poolOf({ panicThreshold: 0, balancer: { type, options: {} } }, "a", "b", "c");
      scene.health.claims.set("a", scene.now + 10);
      put(pool, "a", onTrial);
      for (const at of $range(1, 40)) expect(pool.pick(scene.session(), `key ${at}`)!.key).not.toBe("a");
      scene.now += 11;
      let found = 0;
      for (const at of $range(1, 60)) if (pool.pick(scene.session(), `key ${at}`)!.key === "a") found += 1;
      expect(found).toBe(1);
    });
  }
});
