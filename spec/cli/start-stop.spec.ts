import { startCommand } from "../support/command";
import { connect } from "../support/client";
import { demoArgs, demoPorts, expectNothingLeft, startDemo } from "../support/demo";

const STOP_LIMIT_MS = 2_000;

describe("npm start", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`ends with everything it started within 2 s of a ${signal}, with a client connected`, async () => {
      const ports = await demoPorts();
      const demo = await startDemo(ports);
      const client = await connect(`ws://127.0.0.1:${ports.port}`);
      expect(demo.descendants().map(({ title }) => title)).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/backend\.js/),
          expect.stringMatching(/nginx: master/),
        ]),
      );

      const toldMs = Date.now();
      demo.signal(signal);
      await demo.whenEnded();
      expect(Date.now() - toldMs).toBeLessThan(STOP_LIMIT_MS);
      expect((await client.nextClose()).code).toBe(1006);
      await expectNothingLeft(demo, ports);
    });
  }

  it("ends with a Ctrl-C in its terminal", async () => {
    const ports = await demoPorts();
    const terminal = startCommand("script", ["-qec", ["npm", ...demoArgs(ports)].join(" "), "/dev/null"]);
    await terminal.whenPrinted(/npx wscat/);
    terminal.descendants();
    terminal.type("\x03");
    // A terminal's Ctrl-C reaches npm and the demo alike, and npm passes its own on. On a busy machine that one meets a
    // demo that is through with its stop, and npm then reports the signal.
    expect([0, 130]).toContain(await terminal.whenEnded());
    await expectNothingLeft(terminal, ports);
  });

  it("ends when the npm that runs it is killed", async () => {
    const ports = await demoPorts();
    const demo = await startDemo(ports);
    demo.descendants();
    demo.signal("SIGKILL");
    await expectNothingLeft(demo, ports);
  });

  it("starts again on the same ports after it was killed itself", async () => {
    const ports = await demoPorts();
    const first = await startDemo(ports);
    const main = first.descendants().find(({ title }) => title.includes("setup.mjs"));
    process.kill(main!.pid, "SIGKILL");
    await first.whenEnded();

    const second = await startDemo(ports);
    const client = await connect(`ws://127.0.0.1:${ports.port}`);
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    second.descendants();
    second.signal("SIGTERM");
    await second.whenEnded();
    await expectNothingLeft(second, ports);
  });
});
