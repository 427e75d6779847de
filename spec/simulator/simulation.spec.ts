import { figuresOf } from "../../src/simulator/report/figures";
import { readScenario } from "../../src/simulator/scenario/read";
import { activeAtEnd, runAll, runTiny, TINY } from "./scenarios";

const BUSY = {
  title: "busy",
  seed: 7,
  duration_s: 120,
  gateways: { count: 3, workers: 2, staleness_ms: 1000 },
  upstream: { peers: { count: 6, weights: [1, 2] }, retries: 1 },
  compare: ["round_robin"],
  arrivals: { phases: [{ for_s: 20, rate: 10, to_rate: 80 }, { rate: 40 }] },
  length: { type: "pareto", shape: 1.5, min_s: 5 },
  keys: { count: 100, distribution: "zipf" },
  handshake: { latency_ms: 200, capacity_per_s: 50 },
  reconnect: { jitter_ms: 3000, attempts: 2 },
  events: [
    { at_s: 30, do: "crash", peers: ["p1", "p2"], noticed_after_ms: 4000 },
    { at_s: 31, do: "disconnect", share: 0.5 },
    { at_s: 50, do: "recover", peers: ["p1", "p2"] },
    { at_s: 55, do: "set_peers", peers: ["p3"], fields: { max_conns: 20, weight: 3 } },
    { at_s: 60, do: "join", peers: { count: 2 } },
    { at_s: 62, do: "remove", peers: ["p4"], clients: "reconnect" },
    { at_s: 63, do: "remove", peers: ["p5"] },
    { at_s: 65, do: "roll", every_s: 8, close_over_s: 6, down_s: 1 },
    { at_s: 100, do: "set", upstream: { balancer: { type: "round_robin", start: 0 } } },
    { at_s: 110, do: "drain", peers: ["p1", "p2", "p3", "p6", "p7", "p8"], close_over_s: 5 },
  ],
};

describe("A simulated fleet", () => {
  it("does what can be worked out by hand", () => {
    const outcome = runTiny();
    // Those of the seconds 97 and 99, and of 96, 98 and 100.
    expect(activeAtEnd(outcome)).toEqual([2, 3]);
    expect(outcome.tally).toMatchObject({ arrivals: 100, ended: 95, refused: 0, lost: 0 });
    expect(outcome.series.ratio[100]).toBe(3 / 2.5);
    expect([...outcome.series.ratio.slice(0, 4)]).toEqual([NaN, 2, 1, 2 / 1.5]);
    expect(outcome.floodPerS).toBe(1);
  });

  it("refuses a session that no peer has room for", () => {
    const peers = { count: 2, max_conns: 1 };
    const outcome = runTiny({ upstream: { ...TINY.upstream, peers } });
    expect(activeAtEnd(outcome)).toEqual([1, 1]);
    // Two get in, the next three do not, and after 4.5 s there is room again.
    expect(outcome.tally).toMatchObject({ arrivals: 100, ended: 38, refused: 60, lost: 60 });
  });

  it("lets a refused client try again until it is taken", () => {
    const peers = { count: 2, max_conns: 1 };
    const { tally } = runTiny({
      arrivals: { process: "even", phases: [{ for_s: 4, rate: 1 }, { rate: 0 }] },
      length: { type: "fixed", seconds: 50 },
      duration_s: 49,
      upstream: { ...TINY.upstream, peers },
      reconnect: { jitter_ms: 1000, attempts: 3 },
    });
    expect(tally).toMatchObject({ arrivals: 3, refused: 4, lost: 1 });
  });

  it.each([1, 2, 3])("loses no session and no slot (seed %i)", (seed) => {
    const [outcome] = runAll(readScenario({ ...BUSY, seed }));
    const { tally, open, away, counted } = outcome!;
    expect(tally.arrivals).toBe(open + away + tally.ended + tally.lost);
    expect(counted).toBe(open);
    expect(activeAtEnd(outcome!).reduce((a, b) => a + b)).toBe(open);
    // All of it has happened.
    for (const count of [tally.arrivals, tally.ended, tally.refused, tally.lost, tally.failed, tally.moves])
      expect(count).toBeGreaterThan(0);
  });

  it("does the same for the same seed, and something else for another", () => {
    const run = (seed: number): object => {
      const scenario = readScenario({ ...BUSY, seed });
      const [outcome] = runAll(scenario);
      return { ...figuresOf(scenario, outcome!), took_s: 0, active: [...outcome!.series.active] };
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });

  it("gives all variants the same clients", () => {
    const outcomes = runAll(readScenario({ ...BUSY, events: [], compare: ["round_robin", "round_robin"] }));
    expect(outcomes[0]!.tally).toEqual(outcomes[1]!.tally);
  });

  it("opens every closed session again elsewhere while a peer drains, and on it when it is back", () => {
    const outcome = runTiny({
      length: { type: "fixed", seconds: 1000 },
      reconnect: { jitter_ms: 100 },
      events: [
        { at_s: 20, do: "drain", peers: ["p1"], close_over_s: 10 },
        { at_s: 60, do: "ready", peers: ["p1"] },
      ],
    });
    const { series, tally } = outcome;
    expect([...series.active.slice(2 * 40, 2 * 40 + 2)]).toEqual([0, 40]);
    expect(tally).toMatchObject({ reconnects: 10, moves: 10 });
    expect(activeAtEnd(outcome)[0]).toBe(20);
  });

  it("sends nobody to a dead peer for long, and says how often it was tried", () => {
    const crash = { at_s: 20, do: "crash", peers: ["p1"], noticed_after_ms: 10_000 };
    const { tally, series } = runTiny({ events: [crash] });
    expect([...series.active.slice(2 * 50, 2 * 50 + 2)]).toEqual([0, 5]);
    expect(tally.failed).toBeGreaterThanOrEqual(5);
    expect(tally.failed).toBeLessThanOrEqual(12);
    expect(tally.refused).toBe(0);
  });

  it("says when the load was balanced again", () => {
    const scenario = readScenario({
      ...TINY,
      duration_s: 400,
      length: { type: "fixed", seconds: 49.5 },
      events: [{ at_s: 100, do: "join", peers: { count: 2 } }],
    });
    const [outcome] = runAll(scenario);
    const { balanced_after_s: afterS, max_mean_worst: worst } = figuresOf(scenario, outcome!);
    expect(worst).toBeGreaterThan(1.9);
    // With 50 sessions open, 13 on one of four peers are within the limit and 14 are not.
    expect(afterS).toBeGreaterThan(35);
    expect(afterS).toBeLessThanOrEqual(50);
  });
});
