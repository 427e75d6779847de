import { startCommand } from "../support/command";
import { demoArgs, demoPorts, expectNothingLeft } from "../support/demo";

describe("npm start -- --once", () => {
  it("holds the dialogue with several clients, names the backend of each, and leaves nothing behind", async () => {
    const ports = await demoPorts();
    const demo = startCommand("npm", demoArgs(ports, "--once"));
    await demo.whenPrinted(/client 1/);
    demo.descendants();
    expect(await demo.whenEnded()).toBe(0);

    const output = demo.output();
    for (const backend of ports.backends) {
      expect(output).toContain(`[${backend}] Server started`);
      expect(output).toContain(`[${backend}] Received from client: Hello`);
      expect(output).toMatch(
        new RegExp(
          `client \\d+, served by backend ${backend}\n> Hello\n< Server received from client: Hello\n`,
        ),
      );
    }
    expect(output.match(/^client \d+/gm)!.length).toBeGreaterThanOrEqual(4);
    await expectNothingLeft(demo, ports);
  });
});
