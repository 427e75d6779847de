import http from "node:http";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { startBackend } from "../support/backend";
import type { Backend, BackendOptions } from "../support/backend";
import { connect } from "../support/client";
import { startCommand } from "../support/command";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { handshakeBytes, rawRequest } from "../support/raw-request";

/** A backend that says its name. */
const named = (name: string): BackendOptions => ({ reply: (text: string) => `${name}: ${text}` });

describe("the classic example", () => {
  it("runs as it is told everywhere, with the gateway in between", async () => {
    const port = await freePort();
    const server = startCommand(process.execPath, [
      path.join(PACKAGE_ROOT, "dist/node/cli/demo/backend.js"),
      `${port}`,
    ]);
    await server.whenPrinted(/^Server started$/m);
    const gateway = await startGateway({
      config: {
        upstreams: { websocket: { peers: [{ address: `127.0.0.1:${port}` }] } },
        routes: [{ id: "all", path: "/*", upstream: "websocket" }],
      },
    });
    const client = await connect(gateway.url());
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    await server.whenPrinted(/^Received from client: Hello$/m);
  });
});

describe("one port", () => {
  let gateway: Gateway;
  let app: Backend;
  let rest: Backend;
  let tenant: Backend;

  beforeAll(async () => {
    app = await startBackend(named("app"));
    rest = await startBackend(named("rest"));
    tenant = await startBackend(named("tenant"));
    const upstream = (backend: Backend) => ({ peers: [{ address: backend.address }] });
    gateway = await startGateway({
      config: {
        upstreams: { app: upstream(app), rest: upstream(rest), tenant: upstream(tenant) },
        routes: [
          { id: "app", path: "/wsapp/*", upstream: "app" },
          { id: "rest", path: "/*", upstream: "rest" },
          { id: "tenant", hosts: ["tenant.example.com"], path: "/*", upstream: "tenant" },
        ],
      },
    });
  });

  it("sends a path prefix to one upstream, with the path and query as they came", async () => {
    const client = await connect(gateway.url("/wsapp/a%20b?c=d%2Fe"));
    expect(await client.ask("x")).toBe("app: x");
    expect(app.requests.at(-1)!.url).toBe("/wsapp/a%20b?c=d%2Fe");
  });

  it("sends everything else to another", async () => {
    expect(await (await connect(gateway.url("/wsapplication"))).ask("x")).toBe("rest: x");
    expect(await (await connect(gateway.url("/"))).ask("x")).toBe("rest: x");
  });

  it("serves another server by its host", async () => {
    const client = await connect(gateway.url("/wsapp/"), { headers: { Host: "tenant.example.com" } });
    expect(await client.ask("x")).toBe("tenant: x");
    expect(tenant.requests.at(-1)!.headers.host).toBe("tenant.example.com");
  });

  it("proxies plain HTTP on the location that takes WebSockets, and closes the connection to the backend", async () => {
    const answer = await rawRequest(
      gateway.port,
      "POST /wsapp/poll?t=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\nok",
    );
    expect(answer).toMatchObject({ status: 200, body: "plain POST /wsapp/poll?t=1" });
    const { headers } = app.requests.at(-1)!;
    expect(headers.connection).toBe("close");
    expect(headers).not.toHaveProperty("upgrade");
  });

  it("takes the Connection of Firefox, and WebSocket in any case", async () => {
    const answer = await rawRequest(
      gateway.port,
      handshakeBytes("/wsapp/", { Connection: "keep-alive, Upgrade", Upgrade: "WebSocket" }),
    );
    expect(answer.status).toBe(101);
    expect(app.requests.at(-1)!.headers).toMatchObject({ connection: "upgrade", upgrade: "websocket" });
  });

  it("keeps a plain client's connection open between requests", async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (): Promise<boolean> =>
      new Promise((resolve, reject) => {
        const request = http.get({ port: gateway.port, host: "127.0.0.1", path: "/", agent }, (response) => {
          response.resume().once("end", () => resolve(request.reusedSocket));
        });
        request.once("error", reject);
      });
    expect(await ask()).toBe(false);
    expect(await ask()).toBe(true);
    agent.destroy();
  });
});

describe("a silent socket", () => {
  const IDLE_MS = 2_000;
  /** Every timeout that is not about idle sockets is this short. */
  const SHORT_MS = 500;
  let gateway: Gateway;
  let quiet: Backend;

  beforeAll(async () => {
    const backend = await startBackend();
    quiet = await startBackend({ reply: () => undefined });
    const short = { handshake_timeout: `${SHORT_MS}ms`, connect_timeout: `${SHORT_MS}ms` };
    gateway = await startGateway({
      config: {
        upstreams: {
          lasting: { ...short, peers: [{ address: backend.address }] },
          ending: { ...short, idle_timeout: `${IDLE_MS}ms`, peers: [{ address: backend.address }] },
          quiet: { ...short, idle_timeout: `${IDLE_MS}ms`, peers: [{ address: quiet.address }] },
        },
        routes: ["lasting", "ending", "quiet"].map((name) => ({
          id: name,
          path: `/${name}`,
          upstream: name,
        })),
      },
      serverExtra: `client_header_timeout ${SHORT_MS}ms; client_body_timeout ${SHORT_MS}ms;
        keepalive_timeout ${SHORT_MS}ms; send_timeout ${SHORT_MS}ms;`,
    });
  });

  it("outlives the timeouts of the handshake and of HTTP, and is closed when nothing has moved for idle_timeout", async () => {
    const lasting = await connect(gateway.url("/lasting"));
    const lastingSince = Date.now();
    const client = await connect(gateway.url("/ending"));
    await sleep(IDLE_MS / 2);
    await client.ask("the silence begins now");
    const since = Date.now();
    expect((await client.nextClose()).code).toBe(1006);
    // nginx keeps a timer that would move by less than 300 ms.
    expect(Date.now() - since).toBeGreaterThan(IDLE_MS - 350);
    expect(Date.now() - since).toBeLessThan(IDLE_MS + 1_000);
    expect(Date.now() - lastingSince).toBeGreaterThan(4 * SHORT_MS);
    expect(await lasting.ask("still there?")).toBe("Server received from client: still there?");
  });

  it("stays open while only one side talks, whichever it is", async () => {
    const messages = 6;
    const heard = { ofClient: 0, ofBackend: 0 };
    const [talking, listening] = [await connect(gateway.url("/quiet")), await connect(gateway.url("/quiet"))];
    const [farOfTalking, farOfListening] = [...quiet.connections].slice(-2);
    farOfTalking!.on("message", () => (heard.ofClient += 1));
    listening.socket.on("message", () => (heard.ofBackend += 1));
    for (let sent = 0; sent < messages; sent += 1) {
      talking.socket.send("x");
      farOfListening!.send("x");
      await sleep(IDLE_MS / 4);
    }
    expect([talking.isOpen, listening.isOpen]).toEqual([true, true]);
    expect(heard).toEqual({ ofClient: messages, ofBackend: messages });
  });
});
