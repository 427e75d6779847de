import { drawChart } from "../../src/simulator/report/chart";
import { figuresOf } from "../../src/simulator/report/figures";
import { renderTable } from "../../src/simulator/report/table";
import { readScenario } from "../../src/simulator/scenario/read";
import { runAll, shipped, shippedScenarios, shortened } from "./scenarios";

const FACTOR = 100;
const MOST_GATEWAYS = 2;
const MOST_WORKERS = 2;
const LIMIT_BYTES = 150_000;

describe("A scenario that ships", () => {
  it("is there for what operators ask about", () => {
    expect(shippedScenarios()).toEqual(
      expect.arrayContaining(["scale-up", "peer-dies", "rolling-deploy", "stale-counts"]),
    );
  });

  it.each(shippedScenarios())("runs, in a shortened form: %s", (name) => {
    const { gateways, ...others } = readScenario(shortened(shipped(name), FACTOR));
    const count = Math.min(gateways.count, MOST_GATEWAYS);
    const workers = Math.min(gateways.workers, MOST_WORKERS);
    const scenario = { ...others, gateways: { ...gateways, count, workers } };
    const outcomes = runAll(scenario);
    for (const { tally, open, away, counted } of outcomes) {
      expect(tally.arrivals).toBe(open + away + tally.ended + tally.lost);
      expect(counted).toBe(open);
      expect(open).toBeGreaterThan(0);
    }
    const figures = outcomes.map((outcome) => figuresOf(scenario, outcome));
    expect(renderTable(figures)).toContain(figures.at(-1)!.label);
    expect(drawChart(scenario, outcomes).length).toBeLessThan(LIMIT_BYTES);
  });
});
