import path from "node:path";
import { parseOptions } from "../../src/cli/demo/options";
import { startCommand } from "../support/command";
import { demoArgs, demoPorts, expectNothingLeft } from "../support/demo";
import { freePort } from "../support/free-port";
import { temporaryFolder } from "../support/temporary-folder";

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

  it("exits 1 and says what is off where a client gets no answer", async () => {
    const ports = await demoPorts();
    const folder = temporaryFolder({
      "dead-peer.json": JSON.stringify({
        upstreams: { chat: { peers: [{ address: `127.0.0.1:${await freePort()}` }] } },
        routes: [{ id: "all", upstream: "chat" }],
      }),
    });
    const demo = startCommand(
      "npm",
      demoArgs(ports, "--once", "--config", path.join(folder, "dead-peer.json")),
    );
    expect(await demo.whenEnded()).toBe(1);
    expect(demo.output()).toMatch(/no answer through ws:\S+: .*502/);
    await expectNothingLeft(demo, ports);
  });

  it("takes the ports of the classic example unless it is told others", () => {
    expect(parseOptions([])).toMatchObject({ port: 8020, adminPort: 8021, backends: [8010, 8011] });
  });
});
