import path from "node:path";
import { runCommand } from "../support/command";
import { demoArgs, demoPorts } from "../support/demo";
import type { DemoPorts } from "../support/demo";
import { startRawBackend, staySilent } from "../support/raw-backend";
import { temporaryFolder } from "../support/temporary-folder";
import { requireFreePort } from "../../src/cli/nginx/ports";

async function expectRefusal(ports: DemoPorts, line: RegExp, ...args: string[]): Promise<void> {
  const { code, output } = await runCommand("npm", demoArgs(ports, ...args));
  const lines = output.split("\n").filter((text) => text !== "" && !/^\[\d+\] /.test(text));
  expect(lines).toEqual([expect.stringMatching(line)]);
  expect(code).toBe(1);
  await requireFreePort(ports.port, "of the gateway");
}

function configFile(text: string): string {
  return path.join(temporaryFolder({ "switchboard.json": text }), "switchboard.json");
}

describe("npm start says in one line why it does not, exits 1 and leaves nothing running", () => {
  it("when the gateway's port is taken", async () => {
    const { port } = await startRawBackend(staySilent);
    const { code, output } = await runCommand("npm", demoArgs({ ...(await demoPorts()), port }));
    expect(output).toBe(`port ${port} (of the gateway, --port) is taken\n`);
    expect(code).toBe(1);
  });

  it("when the admin port is taken", async () => {
    const { port: adminPort } = await startRawBackend(staySilent);
    await expectRefusal(
      { ...(await demoPorts()), adminPort },
      new RegExp(`^port ${adminPort} .*--admin-port.* is taken$`),
    );
  });

  it("when a backend's port is taken", async () => {
    const { port: backend } = await startRawBackend(staySilent);
    const ports = await demoPorts();
    await expectRefusal(
      { ...ports, backends: [ports.backends[0], backend] },
      new RegExp(`^port ${backend} .*--backends.* is taken$`),
    );
  });

  it("when a port is given twice", async () => {
    const ports = await demoPorts();
    await expectRefusal(
      { ...ports, adminPort: ports.port },
      new RegExp(`^port ${ports.port} is given twice$`),
    );
  });

  it("when a port is none", async () => {
    await expectRefusal(await demoPorts(), /'--port <port>' argument '70000' is invalid/, "--port", "70000");
  });

  it("when the configuration is wrong, naming the file and the place", async () => {
    const file = configFile('{"upstreams": {}, "routs": []}');
    await expectRefusal(
      await demoPorts(),
      new RegExp(`^nginx did not start: .*${file}: /routs: .*"routes"`),
      "--config",
      file,
    );
  });

  it("when the configuration is not JSON", async () => {
    const file = configFile('{"upstreams":');
    await expectRefusal(
      await demoPorts(),
      new RegExp(`^nginx did not start: .*${file}: not JSON`),
      "--config",
      file,
    );
  });

  it("when there is no such configuration", async () => {
    await expectRefusal(
      await demoPorts(),
      /^cannot read the configuration: .*no-such\.json/,
      "--config",
      "no-such.json",
    );
  });

  it("when the requested nginx is none", async () => {
    const { code, output } = await runCommand("npm", demoArgs(await demoPorts()), {
      env: { SWITCHBOARD_NGINX: "/bin/true" },
    });
    expect(output).toMatch(
      /^\/bin\/true is not an nginx: install OpenResty, or .*apt-get install nginx .*\n$/,
    );
    expect(code).toBe(1);
  });
});
