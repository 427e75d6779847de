import { readFileSync } from "node:fs";
import path from "node:path";
import { runCommand } from "../support/command";
import { temporaryFolder } from "../support/temporary-folder";

const TINY = {
  title: "tiny",
  duration_s: 100,
  upstream: { peers: { count: 2 } },
  compare: ["round_robin"],
  arrivals: { process: "even", phases: [{ rate: 1 }] },
  length: { type: "fixed", seconds: 4.5 },
};

function simulate(...args: string[]): Promise<{ code: number | undefined; output: string }> {
  return runCommand(process.execPath, ["src/build/setup.mjs", "simulate", ...args]);
}

describe("npm run simulate", () => {
  it("prints a table and draws a picture", async () => {
    const folder = temporaryFolder({ "tiny.json": JSON.stringify(TINY) });
    const picture = path.join(folder, "tiny.svg");
    const { code, output } = await simulate(path.join(folder, "tiny.json"), "--out", picture);
    expect(output).toMatch(/^tiny \(seed 1\)$/m);
    expect(output).toMatch(/│ round_robin +│ +100 │ +5 │ +1\.20 │/);
    expect(readFileSync(picture, "utf8")).toMatch(/^<svg /);
    expect(code).toBe(0);
  });

  it("prints JSON, with a seed of the caller's", async () => {
    const folder = temporaryFolder({ "tiny.json": JSON.stringify(TINY) });
    const { output } = await simulate(path.join(folder, "tiny.json"), "--json", "--seed", "5");
    expect(JSON.parse(output)).toMatchObject({
      title: "tiny",
      seed: 5,
      figures: [{ sessions: 100, open: 5 }],
    });
  });

  it("says what is wrong with a scenario, and where", async () => {
    const folder = temporaryFolder({
      "bad.json": JSON.stringify({ ...TINY, duration_s: 0 }),
      "no.json": "{",
    });
    const bad = await simulate(path.join(folder, "bad.json"));
    expect(bad.output).toContain("/duration_s: must be > 0");
    expect(bad.code).toBe(1);
    expect((await simulate(path.join(folder, "no.json"))).output).toContain("no.json: not JSON: ");
    expect((await simulate("nowhere")).output).toContain("nowhere: ENOENT");
  });
});
