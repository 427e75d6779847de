import { active, HealthScene, healthOf, LONGEST, passive } from "./health-scene";

const PEERS = ["a", "b", "c", "d"];
const FAILED = "5 failures in a row: connect refused";

function watching(fields = {}): HealthScene {
  return new HealthScene(healthOf({ passive: passive(fields) }), PEERS);
}

/** The seconds of the ejection that has just begun, in tenths. */
function lengthOf(scene: HealthScene): number {
  const { memory, sinceS } = scene.records.get("a")!;
  return Math.round((memory.ejectedUntilS - sinceS) * 10) / 10;
}

describe("an ejection", () => {
  it("begins with its reason, and lasts as long as it says", () => {
    const scene = watching();
    scene.fail("a", 4);
    expect(scene.records.has("a")).toBe(false);
    scene.fail("a", 1, "handshake timeout");
    expect(scene.state("a")).toBe("down: ejected for 30s: 5 failures in a row: handshake timeout");
    scene.wait(29.9);
    expect(scene.state("a")).toBe("down: ejected for 30s: 5 failures in a row: handshake timeout");
    scene.wait(0.2);
    expect(scene.state("a")).toBe("trial: on trial after an ejection");
    expect(scene.events()).toEqual([
      "a down: ejected for 30s: 5 failures in a row: handshake timeout (handshakes)",
      "a trial: on trial after an ejection (handshakes)",
    ]);
  });

  it("comes of a share of failures as well", () => {
    const scene = watching();
    for (const _ of $range(1, 2)) scene.report("a", { attempts: 12, failures: 7, failuresInRow: 0 });
    expect(scene.state("a")).toBe("down: ejected for 30s: 14 of 24 handshakes failed: connect refused");
  });

  it("takes no notice of stragglers", () => {
    const scene = watching();
    scene.fail("a", 5);
    const before = scene.records.get("a");
    scene.wait(20);
    scene.fail("a", 50);
    scene.succeed("a", 50);
    scene.report("a", { attempts: 1, trial: "passed" });
    expect(scene.records.get("a")).toBe(before);
    scene.wait(11);
    scene.fail("a", 50);
    scene.succeed("a", 50);
    expect(scene.state("a")).toBe("trial: on trial after an ejection");
  });

  it("ends in a trial, however long that is waited for", () => {
    const scene = watching();
    scene.fail("a", 5);
    scene.wait(3600);
    scene.events();
    scene.report("a", { attempts: 1, trial: "passed" });
    expect(scene.state("a")).toBe("up: trial passed");
    expect(scene.events()).toEqual(["a up: trial passed (handshakes)"]);
    scene.fail("a", 4);
    expect(scene.state("a")).toBe("up: trial passed");
  });

  it("is followed by a longer one if the trial fails", () => {
    const scene = watching();
    scene.fail("a", 5);
    scene.wait(31);
    scene.events();
    scene.report("a", { failures: 1, trial: "failed", reason: "http_503" });
    expect(scene.events()).toEqual(["a down: ejected for 1m: trial failed: http_503 (handshakes)"]);
    scene.wait(59);
    expect(scene.health.isUp("a")).toBe(false);
    scene.wait(2);
    expect(scene.state("a")).toBe("trial: on trial after an ejection");
  });

  it("is longer each time, up to the longest", () => {
    const scene = watching({ maxEjectMs: 100_000 });
    const lengths: number[] = [];
    for (const _ of $range(1, 6)) {
      if (scene.health.isUp("a")) scene.fail("a", 5);
      else scene.report("a", { failures: 1, trial: "failed" });
      lengths.push(lengthOf(scene));
      scene.wait(101);
    }
    expect(lengths).toEqual([30, 60, 90, 100, 100, 100]);
  });

  it("is forgotten after as long a time as the first one takes", () => {
    const scene = watching();
    const again = (): number => {
      scene.fail("a", 5);
      const length = lengthOf(scene);
      scene.wait(length + 1);
      scene.report("a", { attempts: 1, trial: "passed" });
      return length;
    };
    const lengths = [again(), again(), again()];
    scene.wait(29);
    lengths.push(again());
    scene.wait(55);
    lengths.push(again());
    scene.wait(3600);
    lengths.push(again());
    expect(lengths).toEqual([30, 60, 90, 120, 90, 30]);
  });

  it("is forgotten as soon as the longest one takes, however often there was one", () => {
    const scene = watching({ maxEjectMs: 90_000 });
    scene.fail("a", 5);
    for (const _ of $range(1, 20)) {
      scene.wait(100);
      scene.report("a", { failures: 1, trial: "failed" });
    }
    scene.wait(100);
    scene.report("a", { attempts: 1, trial: "passed" });
    scene.wait(90);
    scene.fail("a", 5);
    expect(lengthOf(scene)).toBe(30);
  });

  it("is not forgotten while it lasts, during the trial, or by a clock that is set back", () => {
    const scene = watching();
    scene.fail("a", 5);
    scene.wait(3600);
    scene.wait(3600);
    scene.report("a", { attempts: 1, trial: "passed" });
    scene.wait(-3600);
    scene.fail("a", 5);
    expect(lengthOf(scene)).toBe(60);
  });

  it("is over for the next leader if it was for the last, whatever the clock says", () => {
    const scene = watching();
    scene.fail("a", 5);
    scene.wait(31);
    scene.nowS -= 20;
    scene.elect();
    expect(scene.state("a")).toBe("trial: on trial after an ejection");
  });

  it("is remembered by the next leader", () => {
    const scene = watching();
    scene.fail("a", 5);
    scene.wait(10);
    scene.elect();
    expect(scene.state("a")).toBe(`down: ejected for 30s: ${FAILED}`);
    scene.wait(19);
    expect(scene.state("a")).toBe(`down: ejected for 30s: ${FAILED}`);
    scene.wait(2);
    scene.elect();
    expect(scene.state("a")).toBe("trial: on trial after an ejection");
    scene.events();
    scene.report("a", { failures: 1, trial: "failed" });
    expect(lengthOf(scene)).toBe(60);
    scene.wait(0);
    scene.nowS += 61;
    scene.elect();
    expect(scene.state("a")).toBe("trial: on trial after an ejection");
  });

  it("is up to a tenth longer, never shorter", () => {
    const scene = new HealthScene(healthOf({ passive: passive() }), PEERS, LONGEST);
    scene.fail("a", 5);
    expect(lengthOf(scene)).toBe(33);
  });

  it("ends if the clock is set back to before it", () => {
    const scene = watching();
    scene.fail("a", 5);
    scene.wait(-0.5);
    expect(scene.state("a")).toBe(`down: ejected for 30s: ${FAILED}`);
    scene.wait(-3600);
    expect(scene.state("a")).toBe("trial: on trial after an ejection");
    scene.fail("b", 5);
    scene.wait(-3600);
    expect(scene.state("b")).toBe("trial: on trial after an ejection");
  });

  it("is no longer than a new config allows", () => {
    const scene = watching();
    scene.fail("a", 5);
    scene.use(healthOf({ passive: passive({ maxEjectMs: 5000 }) }));
    scene.wait(6);
    expect(scene.state("a")).toBe("trial: on trial after an ejection");
  });
});

describe("an ejected peer that is probed", () => {
  function both(fields = {}): HealthScene {
    return new HealthScene(healthOf({ passive: passive(), active: active(fields) }), PEERS);
  }

  it("is up with the first good probe", () => {
    const scene = both({ rise: 3 });
    scene.fail("a", 5);
    scene.events();
    scene.probe("a", "");
    expect(scene.events()).toEqual(["a up: probe passed (probe)"]);
    scene.fail("a", 4);
    expect(scene.health.isUp("a")).toBe(true);
    scene.fail("a", 1);
    expect(scene.state("a")).toBe(`down: ejected for 1m: ${FAILED}`);
  });

  it("takes twice as many good probes in a row with each further ejection, and comes at a faster pace meanwhile", () => {
    const scene = both();
    const asked: number[] = [];
    for (const _ of $range(1, 8)) {
      scene.fail("a", 5);
      asked.push(scene.probesToRise("a"));
    }
    expect(asked).toEqual([1, 2, 4, 8, 16, 32, 32, 32]);
    scene.fail("a", 5);
    for (const _ of $range(1, 31)) scene.probe("a", "");
    expect(scene.health.isChanging("a")).toBe(true);
    scene.probe("a", "pong timeout", "");
    expect(scene.health.isUp("a")).toBe(false);
    for (const _ of $range(1, 31)) scene.probe("a", "");
    expect(scene.health.isUp("a")).toBe(true);
    expect(scene.health.isChanging("a")).toBe(false);
    scene.wait(3600);
    scene.fail("a", 5);
    expect(scene.probesToRise("a")).toBe(1);
  });

  it("is up from its trial as well", () => {
    const scene = both();
    scene.fail("a", 5);
    scene.wait(31);
    scene.probe("a", "");
    expect(scene.state("a")).toBe("up: probe passed");
    scene.wait(60);
    expect(scene.state("a")).toBe("up: probe passed");
  });

  it("goes on waiting if probes fail, and may be down by them besides", () => {
    const scene = both();
    scene.fail("a", 5);
    scene.events();
    scene.probe("a", "connect refused", "connect refused");
    expect(scene.state("a")).toBe("down: connect refused");
    scene.wait(31);
    expect(scene.state("a")).toBe("down: connect refused");
    scene.elect();
    expect(scene.state("a")).toBe("down: connect refused");
    expect(scene.events()).toEqual([]);
    scene.probe("a", "");
    expect(scene.events()).toEqual(["a up: probe passed (probe)"]);
  });

  it("is on no trial while probes find it down, but goes back to it without them", () => {
    const scene = both();
    scene.fail("a", 5);
    scene.wait(31);
    scene.events();
    scene.probe("a", "x", "x");
    expect(scene.events()).toEqual(["a down: x (probe)"]);
    scene.use(healthOf({ passive: passive() }));
    expect(scene.events()).toEqual(["a trial: on trial after an ejection (config)"]);
    scene.report("a", { attempts: 1, trial: "passed" });
    expect(scene.state("a")).toBe("up: trial passed");
  });

  it("does not take the reason of its probes for that of its ejection", () => {
    const scene = both();
    scene.fail("a", 5);
    scene.probe("a", "x", "x");
    scene.elect();
    scene.use(healthOf({ passive: passive() }));
    expect(scene.state("a")).toBe("down: ejected");
  });

  it("is not ejected for what it fails at while probes find it down", () => {
    const scene = both();
    scene.fail("a", 4);
    scene.probe("a", "x", "x");
    scene.fail("a", 100);
    scene.probe("a", "");
    expect(scene.state("a")).toBe("up: probe passed");
    scene.fail("a", 1);
    expect(scene.state("a")).toBe("up: probe passed");
  });
});
