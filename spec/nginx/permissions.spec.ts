import { chmodSync, cpSync, readFileSync } from "node:fs";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { countsOf, getStatus } from "../support/admin-calls";
import { connect, connectRefused } from "../support/client";
import { DnsServer } from "../support/dns-server";
import { freePort } from "../support/free-port";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { temporaryFolder } from "../support/temporary-folder";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER, probe, startNamedBackend, waitUntilLive } from "../support/worker-probe";

let gateway: Gateway;
let addresses: { readonly a: string; readonly b: string; readonly dead: string; readonly named: string };
let nameserver: string;

/** The modules in a folder that is closed to workers, as a clone of the repository under /root is. */
function closedModules(): string {
  const folder = temporaryFolder();
  cpSync(path.join(PACKAGE_ROOT, "dist/lua"), path.join(folder, "lua"), { recursive: true });
  chmodSync(folder, 0o700);
  return folder;
}

/** The bundled conf with the modules elsewhere. */
function confWith(modules: string): string {
  return readFileSync(path.join(PACKAGE_ROOT, "nginx/nginx.conf"), "utf8")
    .replace(/lua_package_path .*/, `lua_package_path "${modules}/lua/?.lua;;";`)
    .replace("listen 8020", "listen 127.0.0.1:{port}")
    .replace("listen 127.0.0.1:8021", "listen 127.0.0.1:{admin_port}");
}

function documentOf(backend: "a" | "b"): object {
  return {
    resolver: { addresses: [nameserver] },
    upstreams: {
      chat: { peers: [{ id: backend, address: addresses[backend] }] },
      named: { peers: [{ id: "n", address: addresses.named }] },
      dead: { peers: [{ id: "d", address: addresses.dead }] },
    },
    routes: [
      { id: "named", path: "/named", upstream: "named" },
      { id: "dead", path: "/dead", upstream: "dead" },
      { id: "templates", path: "/rooms/{room}/*", upstream: "chat", rewrite: "/ws/{room}" },
      { id: "all", path: "/*", upstream: "chat" },
    ],
  };
}

beforeAll(async () => {
  const [a, b] = [await startNamedBackend("a"), await startNamedBackend("b")];
  const dns = await DnsServer.start();
  dns.setAddresses("backend.test", ["127.0.0.1"]);
  nameserver = dns.address;
  addresses = {
    a: a.address,
    b: b.address,
    dead: `127.0.0.1:${await freePort()}`,
    named: `backend.test:${a.port}`,
  };
  gateway = await startGateway({
    conf: confWith(closedModules()),
    config: documentOf("a"),
    workers: 2,
    locationExtra: NAME_WORKER,
  });
  await allWorkers(gateway);
});

describe("workers that may not read the folder of the modules", () => {
  it("run without privileges", () => {
    for (const pid of gateway.workerPids()) {
      const userIds = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]!;
      expect(userIds.split(/\s+/)).not.toContain("0");
    }
  });

  it("take WebSockets, by rewritten paths too", async () => {
    expect(await probe(gateway, "/rooms/1/x")).toMatchObject({ status: 101, backend: "a" });
  });

  it("resolve names", async () => {
    await waitFor(async () => (await probe(gateway, "/named")).status === 101);
  });

  it("follow changes of the config file, and tell what is wrong with it", async () => {
    gateway.writeConfig(documentOf("b"));
    await waitUntilLive(gateway, "b");
    gateway.writeConfig({ ...documentOf("a"), rotes: [] });
    const reason = await waitFor(async () => {
      const { config_error: found } = await getStatus(gateway);
      return found !== "" && found;
    });
    expect(reason).toContain('did you mean "routes"');
  });

  it("answer errors and the admin API", async () => {
    expect(await connectRefused(gateway.url("/dead"))).toMatchObject({
      status: 502,
      headers: { "switchboard-error": "bad_upstream" },
    });
    expect(await countsOf(gateway, "dead")).toEqual({ d: 0 });
  });

  it("serve on after a reload", async () => {
    const client = await connect(gateway.url());
    gateway.writeConfig(documentOf("a"));
    await gateway.reload();
    await waitUntilLive(gateway, "a");
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
  });

  it("miss no module in any of that", () => {
    expect(gateway.errorLog()).not.toMatch(/module '.*' not found|Permission denied/);
  });
});
