import { active, HealthScene, healthOf } from "./health-scene";

const PEERS = ["a", "b"];

function probing(fields = {}): HealthScene {
  return new HealthScene(healthOf({ active: active(fields) }), PEERS);
}

/** Down once more, and up again after as many probes as it takes. */
function flap(scene: HealthScene): number {
  scene.probe("a", "x", "x");
  return scene.probesToRise("a");
}

describe("probes", () => {
  it("leave no record of a peer that is up all the time", () => {
    const scene = probing();
    scene.probe("a", "", "x", "", "x", "");
    expect(scene.records.has("a")).toBe(false);
    expect(scene.events()).toEqual([]);
  });

  it("make a peer down after `fall` failures in a row, with the reason of the last", () => {
    const scene = probing({ fall: 3 });
    scene.probe("a", "connect timeout", "connect timeout", "", "connect timeout", "connect timeout");
    expect(scene.state("a")).toBe("up");
    scene.probe("a", "connect refused");
    expect(scene.state("a")).toBe("down: connect refused");
    expect(scene.events()).toEqual(["a down: connect refused (probe)"]);
    expect(scene.state("b")).toBe("up");
  });

  it("make it up after `rise` good ones in a row", () => {
    const scene = probing({ rise: 3 });
    scene.probe("a", "x", "x");
    scene.events();
    scene.probe("a", "", "", "x", "", "");
    expect(scene.state("a")).toBe("down: x");
    scene.probe("a", "");
    expect(scene.state("a")).toBe("up: probe passed");
    expect(scene.events()).toEqual(["a up: probe passed (probe)"]);
  });

  it("keep the reason for which it went down, and since when", () => {
    const scene = probing();
    scene.probe("a", "pong timeout", "pong timeout");
    const since = scene.records.get("a")!.sinceS;
    scene.wait(10);
    scene.probe("a", "connect refused");
    expect(scene.state("a")).toBe("down: pong timeout");
    expect(scene.records.get("a")!.sinceS).toBe(since);
  });

  it("come more often while a peer is on its way, and for a while after it went down", () => {
    const scene = probing({ rise: 2 });
    const changing: boolean[] = [];
    for (const reason of ["", "x", "x", "x", "", ""]) {
      scene.probe("a", reason);
      changing.push(scene.health.isChanging("a"));
    }
    expect(changing).toEqual([false, true, true, true, true, false]);
    scene.probe("a", "x", "x");
    for (const _ of $range(1, 9)) scene.probe("a", "x");
    expect(scene.health.isChanging("a")).toBe(true);
    scene.probe("a", "x");
    expect(scene.health.isChanging("a")).toBe(false);
    scene.probe("a", "");
    expect(scene.health.isChanging("a")).toBe(true);
  });

  it("of a peer that nobody watches are nothing", () => {
    const scene = probing();
    scene.probe("c", "x", "x");
    expect(scene.events()).toEqual([]);
    expect(scene.health.isUp("c")).toBe(true);
    expect(scene.health.isChanging("c")).toBe(false);
  });
});

describe("a peer that flaps", () => {
  it("has to show twice as much with each fall, up to a limit", () => {
    const scene = probing();
    expect([1, 2, 3, 4, 5, 6, 7, 8].map(() => flap(scene))).toEqual([1, 2, 4, 8, 16, 32, 32, 32]);
    const strict = probing({ rise: 20 });
    expect([1, 2, 3].map(() => flap(strict))).toEqual([20, 32, 32]);
    const stricter = probing({ rise: 50 });
    expect([1, 2, 3].map(() => flap(stricter))).toEqual([50, 50, 50]);
  });

  it("is forgiven one fall for each minute that it is up", () => {
    const scene = probing();
    flap(scene);
    flap(scene);
    expect(flap(scene)).toBe(4);
    scene.wait(119);
    expect(flap(scene)).toBe(4);
    scene.wait(65);
    expect(flap(scene)).toBe(2);
    scene.wait(3600);
    expect(flap(scene)).toBe(1);
  });

  it("is as good as new after six minutes, however often it fell", () => {
    const scene = probing();
    for (const _ of $range(1, 20)) flap(scene);
    scene.wait(360);
    expect(flap(scene)).toBe(1);
  });

  it("is forgiven nothing while it is down", () => {
    const scene = probing();
    flap(scene);
    scene.probe("a", "x", "x");
    scene.wait(3600);
    expect(scene.probesToRise("a")).toBe(2);
  });

  it("is no stranger to the next leader", () => {
    const scene = probing();
    flap(scene);
    flap(scene);
    scene.elect();
    scene.wait(30);
    scene.probe("a", "x", "x");
    scene.elect();
    expect(scene.probesToRise("a")).toBe(4);
  });
});

describe("before its first probe", () => {
  it("a peer is up", () => {
    expect(probing().state("a")).toBe("up");
  });

  it("or down, if it has to show first what it can do", () => {
    const scene = probing({ initial: "down", rise: 2 });
    expect(scene.state("a")).toBe("down: not probed yet");
    expect(scene.health.isChanging("a")).toBe(true);
    scene.probe("a", "connect refused");
    expect(scene.state("a")).toBe("down: connect refused");
    expect(scene.events()).toEqual([]);
    scene.probe("a", "", "");
    expect(scene.state("a")).toBe("up: probe passed");
    expect(scene.events()).toEqual(["a up: probe passed (probe)"]);
  });

  it("a peer that was never up has not fallen", () => {
    const scene = probing({ initial: "down" });
    scene.probe("a", "x", "x", "x", "");
    expect(scene.records.get("a")!.memory.falls).toBe(0);
  });

  it("it is what an earlier leader left, whatever the config says", () => {
    for (const initial of ["up", "down", "last"] as const) {
      const scene = probing({ initial });
      scene.probe("a", "");
      scene.probe("b", "x", "x");
      scene.events();
      scene.elect();
      expect(scene.health.isUp("a")).toBe(true);
      expect(scene.state("b")).toBe("down: x");
      expect(scene.events()).toEqual([]);
    }
  });

  it("it follows the config, and probes after that", () => {
    const scene = probing();
    scene.probe("b", "");
    scene.use(healthOf({ active: active({ initial: "down" }) }));
    expect([scene.state("a"), scene.state("b")]).toEqual(["down: not probed yet", "up"]);
    expect(scene.events()).toEqual(["a down: not probed yet (config)"]);
    scene.elect();
    expect([scene.state("a"), scene.state("b")]).toEqual(["down: not probed yet", "up"]);
    scene.use(healthOf({ active: active({ initial: "last" }) }));
    expect(scene.state("a")).toBe("up: health config changed");
  });
});
