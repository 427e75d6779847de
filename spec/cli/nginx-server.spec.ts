import { rmSync } from "node:fs";
import { ensurePlatform } from "../../src/cli/nginx/ensure";
import { isAlive } from "../../src/cli/nginx/processes";
import { makeRunDirectory } from "../../src/cli/nginx/run-directory";
import { NginxServer } from "../../src/cli/nginx/server";
import { onCleanup } from "../support/cleanup";
import { connect } from "../support/client";
import { freePort } from "../support/free-port";
import { startBackend } from "../support/backend";
import { waitFor } from "../support/wait-for";
import { startGateway } from "../support/gateway";

async function launch(directives: string): Promise<NginxServer> {
  const port = await freePort();
  const { nginx } = ensurePlatform();
  const conf = `
    include modules.con[f];
    pid logs/nginx.pid;
    error_log logs/error.log;
    events {}
    http {
      client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
      access_log off;
      ${directives}
      server { listen 127.0.0.1:${port}; }
    }`;
  const directory = makeRunDirectory({ kind: nginx.kind, config: "{}", conf });
  onCleanup(() => rmSync(directory, { recursive: true, force: true }));
  const server = NginxServer.launch({ nginx, directory, ports: [port] });
  onCleanup(() => server.stop());
  return server;
}

describe("running nginx", () => {
  it("tells nginx's own reason when it does not start", async () => {
    const server = await launch("no_such_directive on;");
    await expect(server.whenReady()).rejects.toThrow(
      /^nginx did not start: \[emerg\] unknown directive "no_such_directive"/,
    );
  });

  it("tells the reason of an init_by_lua that fails", async () => {
    const server = await launch('init_by_lua_block { error("the config is bad", 0) }');
    await expect(server.whenReady()).rejects.toThrow(/^nginx did not start: .*the config is bad$/);
  });

  it("ends the workers of a master that was killed", async () => {
    const server = await launch("");
    await server.whenReady();
    await waitFor(() => server.children().length > 0, {
      what: "the worker: the master listens before it starts one",
    });
    const workers = server.children().map(({ pid }) => pid);
    process.kill(server.pid, "SIGKILL");
    await server.whenEnded();
    expect(workers.filter(isAlive)).not.toEqual([]);
    await server.stop();
    expect(workers.filter(isAlive)).toEqual([]);
  });
});

describe("the gateway of live specs", () => {
  const config = {
    upstreams: { chat: { peers: [{ address: "127.0.0.1:1" }] } },
    routes: [{ id: "all", path: "/*", upstream: "chat" }],
  };

  it("fails its spec for a defect in the error log, unless the spec expects it", async () => {
    const locationExtra = "rewrite_by_lua_block { error('provoked') }";
    const gateway = await startGateway({ config, locationExtra, allowedErrors: [/provoked/] });
    await expect(connect(gateway.url())).rejects.toThrow(": 500 ");
    expect(gateway.errorLog()).toContain("provoked");
    await gateway.stop();

    const strict = await startGateway({ config, locationExtra });
    await expect(connect(strict.url())).rejects.toThrow(": 500 ");
    await expect(strict.stop()).rejects.toThrow(/^the gateway logged:\n.*provoked/);
  });

  it("keeps a session over a reload in a worker that is shutting down", async () => {
    const backend = await startBackend();
    const gateway = await startGateway({
      config: { ...config, upstreams: { chat: { peers: [{ address: backend.address }] } } },
    });
    const client = await connect(gateway.url("/room"));
    const before = gateway.workerPids();
    await gateway.reload();
    expect(gateway.exitingWorkerPids()).toEqual(before);
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
  });
});
