import { parseOptions } from "../../src/cli/demo/options";
import { startCommand } from "../support/command";
import { demoArgs, demoPorts, expectNothingLeft } from "../support/demo";

const CLIENTS = 6;
const STOP_LIMIT_MS = 4_000;

describe("npm start -- --demo rolling", () => {
  it("restarts each backend under clients that notice nothing, says so, and leaves nothing behind", async () => {
    const ports = await demoPorts();
    const demo = startCommand("npm", demoArgs(ports, "--demo", "rolling", "--clients", `${CLIENTS}`));
    await demo.whenPrinted(/a ready/, 60_000);
    demo.descendants();
    const code = await demo.whenEnded();

    const output = demo.output();
    for (const [index, name] of ["a", "b"].entries()) {
      expect(output).toMatch(new RegExp(`${name} draining, \\d+ clients there`));
      expect(output).toMatch(new RegExp(`${name} restarting, 0 clients there`));
      expect(output).toMatch(new RegExp(`^${name} +127\\.0\\.0\\.1:${ports.backends[index]} .* 1$`, "m"));
    }
    expect(output).toMatch(
      /^Nobody noticed: 2 restarts, \d+ messages, 0 closes, 0 lost, 0 duplicated, 0 reordered, 0 altered$/m,
    );
    expect(code).toBe(0);
    await expectNothingLeft(demo, ports);
  });

  it("ends with everything it started at a Ctrl-C", async () => {
    const ports = await demoPorts();
    const demo = startCommand("npm", demoArgs(ports, "--demo", "rolling", "--rounds", "100"));
    await demo.whenPrinted(/a draining/, 60_000);
    demo.descendants();
    const toldMs = Date.now();
    demo.signal("SIGINT");
    await demo.whenEnded();
    expect(Date.now() - toldMs).toBeLessThan(STOP_LIMIT_MS);
    await expectNothingLeft(demo, ports);
  });

  it("has four backends unless it is told others, and needs two", () => {
    expect(parseOptions(["--demo", "rolling"])).toMatchObject({
      backends: [8010, 8011, 8012, 8013],
      rounds: 1,
      clients: 40,
    });
    expect(() => parseOptions(["--demo", "rolling", "--backends", "8010"])).toThrow("needs two backends");
  });
});
