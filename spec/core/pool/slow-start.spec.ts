import { BEGUN_S, MINUTE, old, Scene, young } from "../support/slow-start-scene";
import { aPeer } from "../support/upstream-fixture";

describe("the weight of a peer that starts slowly", () => {
  it("grows evenly from its least part on, and ends exactly at what is configured", () => {
    const scene = new Scene([
      old("a"),
      aPeer({ key: "b", weight: 0.3, fullWeight: 0.3, readySinceS: BEGUN_S }),
    ]);
    expect(scene.peers[1]!.weight).toBeCloseTo(0.03, 9);
    scene.after(30);
    expect(scene.peers[1]!.weight).toBeCloseTo(0.15, 9);
    scene.after(29.8);
    expect(scene.slowStart.isIdle).toBe(false);
    scene.after(0.3);
    expect(scene.peers[1]!.weight).toBe(0.3);
    expect(scene.reweighed.join(" ")).toBe("b b b");
  });

  it("grows by the formula", () => {
    const scene = new Scene([old("a"), young("b")], { windowMs: 100_000, minPercent: 5, aggression: 2 });
    expect(scene.weights()).toBe("100 5");
    expect(scene.after(25)).toBe("100 50");
    expect(scene.after(24)).toBe("100 70");
    const later = new Scene([old("a"), young("b")], { windowMs: 100_000, minPercent: 5, aggression: 0.5 });
    expect(later.after(50)).toBe("100 25");
  });

  it("is looked at ten times a second at most", () => {
    const scene = new Scene([old("a"), young("b", 30)]);
    for (const _ of $range(1, 100)) scene.after(0.01);
    expect(scene.reweighed.length).toBeGreaterThan(8);
    expect(scene.reweighed.length).toBeLessThan(12);
  });

  it("is that of one that has begun earlier where the worker is new", () => {
    expect(new Scene([old("a"), young("b", 45), young("c", 61)]).weights()).toBe("100 75 100");
  });

  it("is the full one without a window", () => {
    const scene = new Scene([old("a"), young("b")], { ...MINUTE, windowMs: 0 });
    expect(scene.weights()).toBe("100 100");
    expect(scene.slowStart.isIdle).toBe(true);
  });

  it("is the full one as soon as the window is taken away", () => {
    const scene = new Scene([old("a"), young("b")]);
    scene.slowStart.use({ ...MINUTE, windowMs: 0 }, scene.peers, scene.now);
    expect(scene.weights()).toBe("100 100");
    expect(scene.slowStart.isIdle).toBe(true);
  });

  it("goes on growing over other changes of the config", () => {
    const scene = new Scene([old("a"), young("b")]);
    scene.after(30);
    const c = young("c", -30);
    scene.peers.push(c);
    scene.peers[1]!.weight = 1;
    scene.slowStart.use(MINUTE, scene.peers, scene.now);
    expect(scene.weights()).toBe("100 50 10");
    expect(scene.after(15)).toBe("100 75 25");
  });

  it("grows over several picks where many peers start at once", () => {
    const peers = [old("a")];
    for (const nth of $range(1, 200)) peers.push(young(`b${nth}`));
    const scene = new Scene(peers);
    scene.after(30);
    expect(scene.reweighed).toHaveLength(64);
    for (const _ of $range(1, 4)) scene.after(0.001);
    expect(scene.reweighed).toHaveLength(200);
    expect(peers[200]!.weight).toBeCloseTo(0.5, 9);
    scene.after(31);
    for (const _ of $range(1, 4)) scene.after(0.001);
    for (const peer of peers) expect(peer.weight).toBe(1);
  });
});

describe("peers that all start slowly", () => {
  it("are held back by what they are behind the one that has come farthest", () => {
    const scene = new Scene([young("a"), young("b")]);
    expect(scene.weights()).toBe("100 100");
    expect(scene.greedy(scene.peers[0]!, 20)).toBe(20);
    const other = new Scene([young("a", 30), young("b", 15), old("drained")]);
    other.peers[2]!.state = "drain";
    other.slowStart.use(MINUTE, other.peers, BEGUN_S);
    expect(other.weights()).toBe("100 50 100");
    expect(other.slowStart.admits(other.peers[0]!)).toBe(true);
    expect(other.slowStart.admits(other.peers[1]!)).toBe(false);
  });

  it("are so in their tier alone", () => {
    const spare = aPeer({ key: "spare", isBackup: true, readySinceS: BEGUN_S });
    expect(new Scene([old("a"), young("b"), spare]).weights()).toBe("100 10 100");
  });

  it("are so as soon as the last of the others is down", () => {
    const scene = new Scene([old("a"), young("b")]);
    scene.peers[0]!.isUp = false;
    scene.after(0.2);
    expect(scene.slowStart.admits(scene.peers[1]!)).toBe(true);
    expect(scene.weights()).toBe("100 100");
    scene.peers[0]!.isUp = true;
    scene.after(0.2);
    expect(scene.weights()).toBe("100 10");
  });
});

describe("a clock that is set", () => {
  it("back stretches no window and breaks no count", () => {
    const scene = new Scene([old("a"), young("b")]);
    expect(scene.after(30)).toBe("100 50");
    expect(scene.after(-3600)).toBe("100 50");
    expect(scene.after(15)).toBe("100 75");
    scene.slowStart.use(MINUTE, scene.peers, scene.now);
    expect(scene.weights()).toBe("100 75");
    expect(scene.greedy(scene.peers[1]!, 50)).toBeLessThanOrEqual(25);
    expect(scene.after(16)).toBe("100 100");
  });

  it("back before a worker begins holds a peer back for one window at most", () => {
    const scene = new Scene([old("a"), young("b", -3600)]);
    expect(scene.weights()).toBe("100 10");
    expect(scene.after(60.1)).toBe("100 100");
  });

  it("forward ends the windows", () => {
    const scene = new Scene([old("a"), young("b")]);
    expect(scene.after(3600)).toBe("100 100");
    expect(scene.slowStart.isIdle).toBe(true);
  });
});

describe("a peer that comes up", () => {
  it("starts slowly from then on", () => {
    const scene = new Scene([old("a"), old("b")]);
    expect(scene.slowStart.isIdle).toBe(true);
    scene.now += 1000;
    scene.slowStart.restart(scene.peers[1]!, scene.now);
    expect(scene.slowStart.isIdle).toBe(false);
    expect(scene.weights()).toBe("100 10");
    expect(scene.slowStart.admits(scene.peers[1]!)).toBe(false);
    expect(scene.after(30)).toBe("100 50");
    scene.slowStart.restart(scene.peers[1]!, scene.now);
    expect(scene.weights()).toBe("100 10");
    expect(scene.after(15)).toBe("100 25");
  });

  it("does so over a change of the config that knows nothing of it", () => {
    const scene = new Scene([old("a"), old("b")]);
    scene.slowStart.restart(scene.peers[1]!, scene.now);
    scene.after(30);
    scene.peers[1]!.readySinceS = 0;
    scene.peers[1]!.weight = 1;
    scene.slowStart.use(MINUTE, scene.peers, scene.now);
    expect(scene.weights()).toBe("100 50");
  });

  it("has all at once where there is no window", () => {
    const scene = new Scene([old("a"), old("b")], { ...MINUTE, windowMs: 0 });
    scene.slowStart.restart(scene.peers[1]!, scene.now);
    expect(scene.weights()).toBe("100 100");
    expect(scene.slowStart.isIdle).toBe(true);
  });
});
