import { active, HealthScene, healthOf, passive } from "./health-scene";

const FAILED = "5 failures in a row: connect refused";

function watching(peers: readonly string[], fields = {}): HealthScene {
  return new HealthScene(healthOf({ passive: passive(fields) }), peers);
}

function upOf(scene: HealthScene, keys: readonly string[]): string {
  return keys.filter((key) => scene.health.isUp(key)).join(" ");
}

describe("how many are ejected", () => {
  const FIVE = ["a", "b", "c", "d", "e"];

  it("is a part of the candidates at most", () => {
    const scene = watching(FIVE);
    for (const key of FIVE) scene.fail(key, 5);
    expect(upOf(scene, FIVE)).toBe("c d e");
    expect(scene.events()).toEqual([
      `a down: ejected for 30s: ${FAILED} (handshakes)`,
      `b down: ejected for 30s: ${FAILED} (handshakes)`,
      `c kept: no more may be: ${FAILED} (handshakes)`,
      `d kept: no more may be: ${FAILED} (handshakes)`,
      `e kept: no more may be: ${FAILED} (handshakes)`,
    ]);
  });

  it("is one if the part is none", () => {
    const scene = watching(FIVE, { maxEjectedPercent: 0 });
    scene.fail("a", 5);
    scene.fail("b", 5);
    expect(upOf(scene, FIVE)).toBe("b c d e");
  });

  it("is never all, whatever the part", () => {
    const scene = watching(FIVE, { maxEjectedPercent: 100 });
    for (const key of FIVE) scene.fail(key, 5);
    expect(upOf(scene, FIVE)).toBe("e");
    expect(scene.events()[4]).toBe(`e kept: no other is up: ${FAILED} (handshakes)`);
  });

  it("spares the only one that probes find up", () => {
    const scene = new HealthScene(healthOf({ passive: passive(), active: active() }), ["a", "b", "c"]);
    scene.probe("a", "x", "x");
    scene.probe("b", "x", "x");
    scene.fail("c", 5);
    expect(upOf(scene, ["a", "b", "c"])).toBe("c");
  });

  it("spares an only peer", () => {
    const scene = watching(["a"]);
    scene.fail("a", 50);
    expect(scene.health.isUp("a")).toBe(true);
  });

  it("leaves room again when a trial is passed, and who fails still is ejected then", () => {
    const scene = watching(["a", "b", "c"]);
    scene.fail("a", 5);
    scene.fail("b", 5);
    scene.wait(31);
    scene.fail("b", 5);
    expect(upOf(scene, ["a", "b", "c"])).toBe("b c");
    scene.report("a", { attempts: 1, trial: "passed" });
    scene.fail("b", 1);
    expect(upOf(scene, ["a", "b", "c"])).toBe("a c");
    expect(scene.state("b")).toBe("down: ejected for 30s: 6 failures in a row: connect refused");
  });

  it("is told of who is kept once in a window", () => {
    const scene = watching(["a", "b"]);
    scene.fail("a", 5);
    scene.events();
    for (const _ of $range(1, 30)) {
      scene.fail("b", 1);
      scene.wait(0.5);
    }
    expect(scene.events()).toEqual([
      `b kept: no other is up: ${FAILED} (handshakes)`,
      "b kept: no other is up: 25 failures in a row: connect refused (handshakes)",
    ]);
    expect(scene.state("b")).toBe("up");
    scene.wait(-3600);
    scene.fail("b", 5);
    expect(scene.events()).toEqual([
      "a trial: on trial after an ejection (handshakes)",
      "b kept: no other is up: 35 failures in a row: connect refused (handshakes)",
    ]);
  });

  it("does not depend on those who are no candidates, who are ejected whenever they fail", () => {
    const scene = watching(["a", "b?", "c?", "d?"]);
    for (const key of ["b", "c", "d", "a"]) scene.fail(key, 5);
    expect(upOf(scene, ["a", "b", "c", "d"])).toBe("a");
    const other = watching(["a", "b", "c", "d?"], { maxEjectedPercent: 34 });
    other.fail("d", 5);
    other.fail("a", 5);
    expect(upOf(other, ["a", "b", "c", "d"])).toBe("b c");
  });

  it("follows who is a candidate", () => {
    const scene = watching(["a", "b", "c", "d"]);
    scene.fail("a", 5);
    scene.fail("b", 5);
    scene.use(undefined, ["a?", "b", "c", "d", "e"]);
    scene.fail("c", 5);
    expect(upOf(scene, ["b", "c", "d", "e"])).toBe("d e");
    scene.use(undefined, ["a?", "b?", "c?", "d", "e?"]);
    scene.fail("d", 5);
    expect(upOf(scene, ["d"])).toBe("d");
  });
});

describe("when the last peer that was up is gone", () => {
  const PROBED = healthOf({ passive: passive(), active: active(), hasAgent: true });
  let scene: HealthScene;

  beforeEach(() => {
    scene = new HealthScene(PROBED, ["a", "b", "c?"]);
    scene.fail("a", 5);
    scene.fail("c", 5);
    scene.events();
  });

  it("because probes fail, those who are ejected are on trial at once", () => {
    scene.probe("b", "x", "x");
    expect(scene.events()).toEqual(["b down: x (probe)", "a trial: on trial after an ejection (probe)"]);
    scene.report("a", { failures: 1, trial: "failed" });
    scene.probe("b", "x", "x");
    expect(scene.state("a")).toBe("down: ejected for 1m: trial failed: connect refused");
    scene.elect();
    expect(scene.state("a")).toBe("down: ejected for 1m: trial failed: connect refused");
    scene.wait(61);
    expect(scene.state("a")).toBe("trial: on trial after an ejection");
  });

  it("because it was taken away, they are as well", () => {
    scene.use(undefined, ["a", "b?", "c?"]);
    expect(scene.events()).toEqual(["a trial: on trial after an ejection (config)"]);
  });

  it("because it does not want sessions, they are as well", () => {
    scene.say("b", "drain");
    expect(scene.events()).toEqual(["b agent: drain (agent)", "a trial: on trial after an ejection (agent)"]);
  });
});

describe("a peer that wants no sessions itself", () => {
  it("is not the one that is left", () => {
    for (const wish of ["drain", "weight=0", "weight=0%"]) {
      const scene = new HealthScene(healthOf({ passive: passive(), hasAgent: true }), ["a", "b"]);
      scene.report("b", { attempts: 1, agent: wish });
      scene.fail("a", 5);
      expect(scene.health.isUp("a")).toBe(true);
      scene.report("b", { attempts: 1, agent: "weight=1" });
      scene.fail("a", 1);
      expect(scene.health.isUp("a")).toBe(false);
    }
  });

  it("is ejected whenever it fails, and counts again when it is ready", () => {
    const scene = new HealthScene(healthOf({ passive: passive(), hasAgent: true }), ["a", "b", "c", "d"]);
    scene.report("a", { failures: 5, agent: "drain" });
    scene.fail("b", 5);
    scene.fail("c", 5);
    expect(upOf(scene, ["a", "b", "c", "d"])).toBe("c d");
    scene.report("a", { agent: "ready" });
    scene.fail("c", 1);
    expect(upOf(scene, ["c", "d"])).toBe("c d");
  });
});

describe("a change of the config", () => {
  const BOTH = healthOf({ passive: passive(), active: active(), hasAgent: true });

  function troubled(): HealthScene {
    const scene = new HealthScene(BOTH, ["a", "b", "c", "d"]);
    scene.probe("a", "x", "x");
    scene.fail("b", 5);
    scene.say("c", "drain");
    scene.events();
    return scene;
  }

  it("that changes nothing here changes nothing", () => {
    const scene = troubled();
    const before = ["a", "b", "c"].map((key) => scene.records.get(key));
    scene.use();
    scene.elect();
    expect(scene.events()).toEqual([]);
    ["a", "b", "c"].forEach((key, index) => {
      expect(scene.records.get(key)).toBe(before[index]);
    });
  });

  it("without probes forgets what they said", () => {
    const scene = troubled();
    scene.use(healthOf({ passive: passive(), hasAgent: true }));
    expect(scene.events()).toEqual(["a up: health config changed (config)"]);
    scene.use(BOTH);
    expect(scene.state("a")).toBe("up: health config changed");
    scene.probe("a", "x");
    expect(scene.health.isUp("a")).toBe(true);
  });

  it("without handshakes ends ejections, and what was counted is forgotten", () => {
    const scene = troubled();
    scene.use(healthOf({ active: active(), hasAgent: true }));
    expect(scene.events()).toEqual(["b up: health config changed (config)"]);
    scene.wait(60);
    scene.fail("b", 50);
    scene.use(BOTH);
    scene.fail("b", 4);
    expect(scene.health.isUp("b")).toBe(true);
    scene.fail("b", 1);
    expect(scene.state("b")).toBe(`down: ejected for 30s: ${FAILED}`);
  });

  it("without the agent takes back what peers wished", () => {
    const scene = troubled();
    scene.use(healthOf({ passive: passive(), active: active() }));
    expect(scene.events()).toEqual(["c agent: ready (config)"]);
    expect(scene.records.get("c")!.agent).toBeUndefined();
  });

  it("that asks for nothing leaves no record", () => {
    const scene = troubled();
    scene.use(healthOf({}));
    expect(scene.events()).toEqual([
      "a up: health config changed (config)",
      "b up: health config changed (config)",
      "c agent: ready (config)",
    ]);
    for (const key of ["a", "b", "c", "d"]) expect(scene.records.has(key)).toBe(false);
  });

  it("with other peers forgets those who are gone, and begins anew with those who come back", () => {
    const scene = troubled();
    scene.use(undefined, ["c", "d", "e"]);
    expect([scene.records.has("a"), scene.records.has("b"), scene.records.has("c")]).toEqual([
      false,
      false,
      true,
    ]);
    expect(scene.events()).toEqual([]);
    scene.probe("a", "x", "x");
    scene.fail("b", 5);
    expect(scene.events()).toEqual([]);
    scene.use(undefined, ["a", "b", "c"]);
    expect(upOf(scene, ["a", "b", "c"])).toBe("a b c");
  });

  it("gives a peer at another address a new life", () => {
    const scene = troubled();
    scene.use(undefined, ["a@h:1", "b@h:2", "c@h:3", "d@h:4"]);
    expect(scene.events()).toEqual([
      "a up: another address (config)",
      "b up: another address (config)",
      "c agent: ready (config)",
    ]);
    for (const key of ["a", "b", "c", "d"]) expect(scene.records.has(key)).toBe(false);
    scene.fail("d", 5);
    expect(scene.health.isUp("d")).toBe(true);
    scene.report("d", { failures: 5, address: "h:4" });
    expect(scene.records.get("d")!.address).toBe("h:4");
  });

  it("in which another leader finds another address is told as well", () => {
    const scene = new HealthScene(healthOf({ active: active({ initial: "down" }) }), ["a"]);
    scene.probe("a", "");
    scene.events();
    scene.elect();
    scene.records.set("a", { ...scene.records.get("a")!, address: "elsewhere" });
    scene.elect();
    expect(scene.events()).toEqual(["a down: not probed yet (config)"]);
    expect(scene.records.get("a")!.address).toBe("a:80");
  });

  it("with a peer listed twice watches it once", () => {
    const scene = watching(["a", "a", "b"], { maxEjectedPercent: 100 });
    scene.fail("a", 5);
    scene.fail("b", 5);
    expect(upOf(scene, ["a", "b"])).toBe("b");
  });
});

describe("a peer that speaks", () => {
  const AGENT = healthOf({ active: active(), passive: passive(), hasAgent: true });
  let scene: HealthScene;

  beforeEach(() => {
    scene = new HealthScene(AGENT, ["a", "b"]);
  });

  it("is heard in probes and in handshakes", () => {
    scene.say("a", "drain weight=50%");
    scene.report("b", { attempts: 1, agent: "max_conns=5" });
    expect(scene.events()).toEqual(["a agent: drain weight=50% (agent)", "b agent: max_conns=5 (agent)"]);
    expect(scene.records.get("a")!.agent).toEqual({ isDraining: true, weightPercent: 50 });
    expect(scene.records.get("b")!.agent).toEqual({ isDraining: false, maxConns: 5 });
    expect(scene.health.isUp("a")).toBe(true);
  });

  it("says all it wishes each time, and takes it back with ready", () => {
    scene.say("a", "drain");
    scene.say("a", "weight=5");
    scene.say("a", "ready");
    expect(scene.events()).toEqual([
      "a agent: drain (agent)",
      "a agent: weight=5 (agent)",
      "a agent: ready (agent)",
    ]);
    expect(scene.records.get("a")!.agent).toBeUndefined();
  });

  it("is told of when its wish is another one", () => {
    scene.say("a", "ready");
    expect(scene.records.has("a")).toBe(false);
    scene.say("a", "drain weight=5");
    scene.say("a", "drain weight=5");
    scene.say("a", "weight=5, drain");
    expect(scene.events()).toEqual(["a agent: drain weight=5 (agent)"]);
  });

  it("keeps its wish through what it says wrong, which is told once", () => {
    scene.say("a", "drain");
    scene.events();
    for (const text of ["weight=-1", "weight=-1", "drain", "weight=-1"]) scene.say("a", text);
    expect(scene.events()).toEqual(['a agent: "weight=-1" is no whole number from 0 to 1000 (agent)']);
    expect(scene.records.get("a")!.agent).toEqual({ isDraining: true });
  });

  it("does not fill the log with new faults", () => {
    for (const load of $range(1, 100)) scene.say("a", `load=${load}`);
    expect(scene.events()).toHaveLength(5);
  });

  it("has its wish while it is down, and under the next leader", () => {
    scene.health.probed("a", { isGood: false, reason: "http_503", agent: "drain" }, scene.nowS);
    scene.probe("a", "http_503");
    expect(scene.events()).toEqual(["a agent: drain (agent)", "a down: http_503 (probe)"]);
    const since = scene.nowS;
    scene.wait(10);
    scene.report("a", { agent: "drain weight=7" });
    expect(scene.records.get("a")!.sinceS).toBe(since);
    scene.report("a", { agent: "drain" });
    scene.events();
    scene.elect();
    expect(scene.records.get("a")!.agent).toEqual({ isDraining: true });
    scene.say("a", "drain");
    expect(scene.events()).toEqual(["a up: probe passed (probe)"]);
  });

  it("is not heard where nobody asked for it", () => {
    scene.use(healthOf({ active: active() }));
    scene.say("a", "drain");
    expect(scene.events()).toEqual([]);
  });
});
