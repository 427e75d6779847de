import { SaxesParser } from "saxes";
import { drawChart } from "../../src/simulator/report/chart";
import { readScenario } from "../../src/simulator/scenario/read";
import { runAll, TINY } from "./scenarios";

/** @throws where it is not well-formed */
function elementsOf(svg: string): { name: string; attributes: Record<string, string> }[] {
  const elements: { name: string; attributes: Record<string, string> }[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => elements.push({ name, attributes }));
  parser.write(svg).close();
  return elements;
}

const SCENARIO = readScenario({
  ...TINY,
  title: "<tiny> & more",
  duration_s: 2000,
  compare: ["round_robin", { label: "a & b", upstream: {} }],
  events: [{ at_s: 1000, do: "join", peers: { count: 3 } }],
});

describe("The picture of a run", () => {
  const svg = drawChart(SCENARIO, runAll(SCENARIO));
  const elements = elementsOf(svg);

  it("has one line for each peer of each variant", () => {
    // Lines of the axes and the grid have two points.
    const lines = elements.filter(
      ({ name, attributes }) => name === "path" && (attributes["d"] ?? "").split("L").length > 10,
    );
    expect(lines).toHaveLength(2 * 5);
  });

  it("names what it compares", () => {
    expect(svg).toContain("&lt;tiny&gt; &amp; more");
    expect(svg).toContain("a &amp; b");
  });

  it("stays small, however long the run is", () => {
    expect(svg.length).toBeLessThan(40_000);
  });
});
