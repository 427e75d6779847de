import { readFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { getStatus, totalCount } from "../support/admin-calls";
import type { Backend } from "../support/backend";
import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import type { Client } from "../support/client";

import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import { allWorkers } from "../support/worker-probe";

const PEERS = 250;

/** `http-base.conf` with a dict that holds the config and not the counts of all peers. */
function withSmallDict(): string {
  const file = path.join(PACKAGE_ROOT, "nginx/switchboard/http-base.conf");
  const text = readFileSync(file, "utf8");
  const small = text.replace("lua_shared_dict switchboard 32m;", "lua_shared_dict switchboard 96k;");
  if (small === text) throw new Error(`${file}: the size of the dict was not found`);
  return small;
}

describe("a shared dict that is full", () => {
  let backend: Backend;
  let gateway: Gateway;
  const clients: Client[] = [];

  beforeAll(async () => {
    backend = await startBackend();
    const peers = Array.from({ length: PEERS }, (_, index) => ({
      id: `p${index}`,
      address: backend.address,
    }));
    gateway = await startGateway({
      config: { upstreams: { chat: { peers } }, routes: [{ id: "all", path: "/*", upstream: "chat" }] },

      files: { "conf/switchboard/http-base.conf": withSmallDict() },
      allowedErrors: [/worker process \d+ exited on signal 9/],
    });
    for (let index = 0; index < PEERS; index += 1) clients.push(await connect(gateway.url()));
  });

  it("takes every session, and says in log and status which are not counted", async () => {
    const { uncounted } = await getStatus(gateway);
    expect(uncounted).toBeGreaterThan(0);
    expect(await totalCount(gateway)).toBe(PEERS - uncounted);
    const entries = gateway
      .errorLog()
      .match(/the shared dict is full: a session on peer "p\d+" of upstream "chat"/g);
    expect(entries).toHaveLength(uncounted);
  });

  it("keeps what is in it: the config, for a worker that starts now, and the counts", async () => {
    const before = await getStatus(gateway);
    const [worker] = await allWorkers(gateway);
    process.kill(worker!, "SIGKILL");
    await waitFor(() => !gateway.workerPids().includes(worker!));
    await allWorkers(gateway);
    const client = await connect(gateway.url());
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    expect(await getStatus(gateway)).toMatchObject({ generation: before.generation });
  });

  it("counts again as the sessions of a worker that was killed make room", async () => {
    await waitFor(async () => (await totalCount(gateway)) === 0, { what: "no session in the counts" });
    const before = await getStatus(gateway);
    const opened: Client[] = [];
    for (let nth = 0; nth < 20; nth += 1) opened.push(await connect(gateway.url()));
    expect(await totalCount(gateway)).toBe(20);
    expect(await getStatus(gateway)).toMatchObject({ uncounted: before.uncounted });
    for (const { socket } of opened) socket.terminate();
    await waitFor(async () => (await totalCount(gateway)) === 0, { what: "no session in the counts" });
    expect(gateway.errorLog()).not.toContain("release without a slot");
  });

  it("refuses a change that does not fit, and says so", async () => {
    const peers = Array.from({ length: PEERS }, (_, index) => ({
      id: `q${index}`,
      address: backend.address,
    }));
    gateway.writeConfig({
      upstreams: { chat: { peers } },
      routes: [{ id: "all", path: "/*", upstream: "chat" }],
    });
    const reason = await waitFor(async () => {
      const { config_error: found } = await getStatus(gateway);
      return found !== "" && found;
    });
    expect(reason).toMatch(/the shared dict `switchboard` cannot hold the config: no memory/);
    expect(gateway.errorLog()).toContain(reason);
    const client = await connect(gateway.url());
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
  });
});
