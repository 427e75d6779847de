import type { SlowStartConfig } from "../../../src/core/config/snapshot";
import { SlowStart } from "../../../src/core/pool/slow-start";
import { BEGUN_S, MINUTE, old, Scene, young } from "../support/slow-start-scene";
import { aPeer } from "../support/upstream-fixture";

describe("the cap", () => {
  it("goes by the fair share among those that can take sessions now", () => {
    const config: SlowStartConfig = { windowMs: 3_600_000, minPercent: 50, aggression: 1 };
    const few = new Scene([old("a"), young("new")], config);
    const many = new Scene([old("a"), old("b"), old("c"), young("new")], config);
    const down = new Scene([old("a"), old("b"), old("c"), young("new")], config);
    down.peers[1]!.isUp = false;
    down.peers[2]!.state = "maint";
    const hadOfFew = few.greedy(few.peers[1]!, 1000);
    expect(hadOfFew).toBeGreaterThan(200);
    expect(hadOfFew).toBeLessThanOrEqual(250);
    const hadOfMany = many.greedy(many.peers[3]!, 1000);
    expect(hadOfMany).toBeGreaterThan(100);
    expect(hadOfMany).toBeLessThanOrEqual(125);
    expect(down.greedy(down.peers[3]!, 1000)).toBeGreaterThan(190);
  });

  it("goes by the weight, of which the addresses of one name have a part each", () => {
    const config: SlowStartConfig = { windowMs: 3_600_000, minPercent: 60, aggression: 1 };
    const half = aPeer({ key: "new#1", weight: 0.5, readySinceS: BEGUN_S });
    const scene = new Scene([old("a"), half], config);
    const had = scene.greedy(half, 1000);
    expect(had).toBeGreaterThan(160);
    expect(had).toBeLessThanOrEqual(200);
  });

  it("goes by the peers of the gateway's own zone, which come first", () => {
    const config: SlowStartConfig = { windowMs: 3_600_000, minPercent: 50, aggression: 1 };
    const near = aPeer({ key: "new", zone: "here", readySinceS: BEGUN_S });
    const far = [1, 2, 3, 4].map((nth) => aPeer({ key: `far${nth}`, zone: "there" }));
    const scene = new Scene([aPeer({ key: "a", zone: "here" }), near, ...far], config, new SlowStart("here"));
    expect(scene.greedy(near, 1000)).toBeGreaterThan(190);
  });

  it("counts a retry to who gets it, and not as another handshake", () => {
    const scene = new Scene([old("a"), young("new")], { ...MINUTE, windowMs: 3_600_000, minPercent: 50 });
    const peer = scene.peers[1]!;
    let had = 0;
    for (const _ of $range(1, 1000)) {
      scene.after(0.01);
      scene.slowStart.note(scene.peers[0]);
      for (const _ of $range(1, 3)) {
        const isAdmitted = scene.slowStart.admits(peer);
        if (isAdmitted) had += 1;
        scene.slowStart.note(isAdmitted ? peer : undefined, true);
      }
    }
    expect(had).toBeGreaterThan(190);
    expect(had).toBeLessThanOrEqual(250);
  });

  it("is soon over what a peer got beyond it, as bound sessions or for want of another", () => {
    const scene = new Scene([old("a"), young("new")], { ...MINUTE, windowMs: 3_600_000, minPercent: 50 });
    for (const _ of $range(1, 100)) {
      scene.after(0.01);
      scene.slowStart.note(scene.peers[1]);
    }
    expect(scene.greedy(scene.peers[1]!, 80)).toBe(0);
    expect(scene.greedy(scene.peers[1]!, 200)).toBeGreaterThan(30);
  });

  it("lets a peer have one at a time after a quiet while", () => {
    const scene = new Scene([old("a"), young("new")], { ...MINUTE, windowMs: 36_000_000, minPercent: 50 });
    for (const _ of $range(1, 1000)) {
      scene.after(0.1);
      scene.slowStart.note(scene.peers[0]);
    }
    scene.after(5);
    expect(scene.slowStart.admits(scene.peers[1]!)).toBe(true);
    scene.slowStart.note(scene.peers[1]);
    expect(scene.slowStart.admits(scene.peers[1]!)).toBe(false);
  });
});

describe("after the window", () => {
  const config: SlowStartConfig = { ...MINUTE, windowMs: 10_000 };

  function whenOver(): Scene {
    const scene = new Scene([1, 2, 3, 4].map((nth) => old(`old${nth}`)).concat(young("new")), config);
    scene.greedy(scene.peers[4]!, 1010);
    expect(scene.peers[4]!.weight).toBe(1);
    return scene;
  }

  it("a peer that is still behind gets more from second to second, and not everything at once", () => {
    const scene = whenOver();
    const had: number[] = [];
    for (const _ of $range(1, 10)) had.push(scene.greedy(scene.peers[4]!, 100));
    // A fifth is fair, and grows by a tenth of that each second.
    for (const second of $range(0, 9)) {
      expect(had[second]!).toBeLessThanOrEqual(20 * (1 + (second + 1) / 10));
      expect(had[second]!).toBeGreaterThan(20 * (1 + second / 10) * 0.7);
    }
    expect(scene.slowStart.isIdle).toBe(false);
  });

  it("one that has caught up is as any other", () => {
    const scene = whenOver();
    scene.greedy(scene.peers[4]!, 100);
    // It has its fair share, and wants no more.
    for (const _ of $range(1, 30)) {
      for (const peer of scene.peers) {
        scene.after(0.05);
        if (peer !== scene.peers[4] || scene.slowStart.admits(peer)) scene.slowStart.note(peer);
      }
    }
    expect(scene.slowStart.isIdle).toBe(true);
  });

  it("a quiet while is no sign that a peer has caught up", () => {
    const scene = whenOver();
    scene.after(15);
    expect(scene.slowStart.isIdle).toBe(false);
    // Meanwhile its part has grown to two and a half fifths.
    expect(scene.greedy(scene.peers[4]!, 100)).toBeLessThanOrEqual(52);
  });

  it("whatever a peer wants, its cap ends where it would be everything", () => {
    const scene = whenOver();
    for (const _ of $range(1, 45)) scene.greedy(scene.peers[4]!, 100);
    expect(scene.slowStart.isIdle).toBe(true);
  });
});
