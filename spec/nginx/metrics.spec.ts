import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import { dictKeys, SHOW_KEYS } from "../support/dict-keys";
import { IN_ORDER, routedByName } from "../support/documents";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { readMetrics } from "../support/metrics";
import type { Labels, MetricsPage } from "../support/metrics";
import { answer, startRawBackend, staySilent } from "../support/raw-backend";
import { handshakeBytes, rawRequest } from "../support/raw-request";
import { waitFor } from "../support/wait-for";
import { NAME_WORKER } from "../support/worker-probe";

const HANDSHAKES = "switchboard_handshakes_total";
const CLOSES = "switchboard_closes_total";
const HANDSHAKE_TIME = "switchboard_handshake_duration_seconds";
const SESSION_LENGTH = "switchboard_session_duration_seconds";

/** A line as the format has it: a name, labels in quotes, a number. */
const LABEL = String.raw`[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"`;
const SERIES = new RegExp(
  String.raw`^switchboard_[a-z_]+(?:\{${LABEL}(?:,${LABEL})*\})? \d+(?:\.\d+)?(?:e[+-]?\d+)?$`,
);

let gateway: Gateway;
let echo: Backend;

/** Waits until a page shows these values, each by its name and labels. */
async function whenShown(
  ...wanted: readonly [name: string, labels: Labels, value: number][]
): Promise<MetricsPage> {
  let page: MetricsPage | undefined;
  const isShown = async (): Promise<boolean> => {
    const read = await readMetrics(gateway);
    page = read;
    return wanted.every(([name, labels, value]) => (read.value(name, labels) ?? 0) === value);
  };
  await waitFor(isShown, { what: JSON.stringify(wanted) }).catch((error: Error) => {
    const lines = page?.text.split("\n").filter((line) => wanted.some(([name]) => line.startsWith(name)));
    throw new Error(`${error.message}\n${lines?.join("\n")}`);
  });
  return page!;
}

describe("after known traffic", () => {
  beforeAll(async () => {
    echo = await startBackend({
      reply: (text) => text,
      refuse: ({ url }) => (url?.includes("forbidden") === true ? 401 : undefined),
    });
    const dead = `127.0.0.1:${await freePort()}`;
    const silent = await startRawBackend(staySilent);
    const busy = await startRawBackend(answer(503));
    const only = (address: string, more = {}): object => ({ peers: [{ id: "p1", address }], ...more });
    gateway = await startGateway({
      config: routedByName({
        echo: only(echo.address),
        counted: only(echo.address),
        idle: only(echo.address, { idle_timeout: "300ms" }),
        silent: only(silent.address, { handshake_timeout: "300ms", retries: 0 }),
        patient: only(silent.address),
        dead: only(dead),
        busy: only(busy.address),
        empty: { peers: [] },
        retried: {
          balancer: IN_ORDER,
          peers: [
            { id: "p1", address: dead },
            { id: "p2", address: echo.address },
          ],
        },
      }),
      workers: 2,
      httpExtra: "log_format bytes '$request_uri $bytes_sent $upstream_bytes_sent';",
      serverExtra: "access_log logs/access.log bytes;",
    });
  });

  it.each([
    ["/echo/?forbidden", { route: "echo", outcome: "http_4xx" }],
    ["/empty/", { route: "empty", outcome: "no_live_peer" }],
    ["/nowhere/", { route: "", outcome: "no_route" }],
    ["/silent/", { route: "silent", outcome: "handshake_timeout" }],
    ["/dead/", { route: "dead", outcome: "bad_upstream" }],
    ["/busy/", { route: "busy", outcome: "http_5xx" }],
  ])("a handshake to %s is counted as %j", async (target, labels) => {
    await rawRequest(gateway.port, handshakeBytes(target));
    await whenShown([HANDSHAKES, labels, 1]);
  });

  it("a bad handshake, an aborted one and a plain request are counted apart", async () => {
    await rawRequest(gateway.port, handshakeBytes("/echo/").replace("Version: 13", "Version: 8"));
    const socket = net.connect(gateway.port, "127.0.0.1");
    socket.write(handshakeBytes("/patient/"));
    await whenShown(["switchboard_peer_sessions", { upstream: "patient" }, 1]);
    socket.destroy();
    await fetch(`http://127.0.0.1:${gateway.port}/echo/`);
    const page = await whenShown(
      [HANDSHAKES, { route: "", outcome: "bad_handshake" }, 1],
      [HANDSHAKES, { route: "patient", outcome: "aborted" }, 1],
      ["switchboard_http_requests_total", { route: "echo", outcome: "http_2xx" }, 1],
    );
    expect(page.value("switchboard_peer_up", { upstream: "patient", peer: "p1" })).toBe(1);
  });

  it("failed attempts and retries are counted at the peer they left", async () => {
    (await connect(gateway.url("/retried/"))).socket.terminate();
    const page = await whenShown(
      ["switchboard_peer_failures_total", { upstream: "retried", peer: "p1", kind: "error" }, 1],
      ["switchboard_peer_retries_total", { upstream: "retried", peer: "p1" }, 1],
      ["switchboard_retries_total", { route: "retried" }, 1],
      ["switchboard_peer_opened_total", { upstream: "retried", peer: "p2" }, 1],
      ["switchboard_peer_opened_total", { upstream: "retried", peer: "p1" }, 0],
      ["switchboard_peer_failures_total", { upstream: "dead", peer: "p1", kind: "error" }, 1],
      ["switchboard_peer_failures_total", { upstream: "silent", peer: "p1", kind: "timeout" }, 1],
      ["switchboard_peer_failures_total", { upstream: "busy", peer: "p1", kind: "http_503" }, 1],
    );
    expect(page.sum(HANDSHAKES, { route: "retried" })).toBe(1);
  });

  it("ends are counted by who ended the session and why", async () => {
    (await connect(gateway.url("/counted/?client"))).socket.terminate();
    const cut = await connect(gateway.url("/counted/?upstream"));
    await waitFor(() => echo.connections.size > 0, { what: "the session" });
    for (const socket of echo.connections) socket.terminate();
    await cut.nextClose();
    await (await connect(gateway.url("/idle/"))).nextClose();
    await whenShown(
      [CLOSES, { route: "counted", by: "client", why: "closed" }, 1],
      [CLOSES, { route: "counted", by: "upstream", why: "closed" }, 1],
      [CLOSES, { route: "idle", by: "gateway", why: "idle_timeout" }, 1],
      [HANDSHAKES, { route: "counted", outcome: "opened" }, 2],
      ["switchboard_route_sessions", { route: "counted" }, 0],
    );
  });

  it("bytes are what nginx itself has sent, per peer and per route", async () => {
    const before = await readMetrics(gateway);
    const client = await connect(gateway.url("/echo/?bytes"));
    expect(await client.ask("x".repeat(5000))).toHaveLength(5000);
    client.socket.terminate();
    const line = await waitFor(() => gateway.accessLog().find((entry) => entry.includes("?bytes")), {
      what: "the access log entry",
    });
    const [, toClient, toPeer] = line.split(" ").map(Number);
    expect(toPeer).toBeGreaterThan(5000);
    const [name, peer, route] = [
      "switchboard_peer_bytes_total",
      { upstream: "echo", peer: "p1" },
      { route: "echo" },
    ];
    const was = (labels: Labels): number => before.value(name, labels) ?? 0;
    await whenShown(
      [name, { ...peer, to: "client" }, was({ ...peer, to: "client" }) + toClient!],
      [name, { ...peer, to: "peer" }, was({ ...peer, to: "peer" }) + toPeer!],
      ["switchboard_tunnel_bytes_total", { ...route, to: "peer" }, toPeer!],
    );
  });

  it("a session's length is in one histogram and the time of its handshake in the other", async () => {
    const labels = { upstream: "counted" };
    const before = await readMetrics(gateway);
    const earlier = before.histogram(HANDSHAKE_TIME, labels);
    const client = await connect(gateway.url("/counted/?long"));
    // Lengths are what is measured: this one is beyond the bucket of one second, and before that of five.
    await sleep(2000);
    client.socket.terminate();
    const count = before.histogram(SESSION_LENGTH, labels).count + 1;
    const page = await waitFor(async () => {
      const read = await readMetrics(gateway);
      return read.histogram(SESSION_LENGTH, labels).count === count && read;
    });
    const length = page.histogram(SESSION_LENGTH, labels);
    expect(length.sum).toBeGreaterThanOrEqual(2);
    expect(length.buckets["+Inf"]).toBe(count);
    expect(length.buckets["1"]).toBe(count - 1);
    const time = page.histogram(HANDSHAKE_TIME, labels);
    expect(time.count).toBe(earlier.count + 1);
    expect(time.buckets["+Inf"]).toBe(time.count);
    expect(time.sum - earlier.sum).toBeLessThan(2);
  });

  it("every family has its help and type, and no series is there twice", async () => {
    const { families, text } = await readMetrics(gateway);
    for (const family of families) {
      expect(family.name).toMatch(/^switchboard_[a-z_]+$/);
      expect(family.help).toMatch(/\.$/);
      expect(family.name.endsWith("_total")).toBe(family.type === "COUNTER");
    }
    const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(series.length).toBeGreaterThan(50);
    expect(series.filter((line) => !SERIES.test(line))).toEqual([]);
    expect(new Set(series.map((line) => line.slice(0, line.lastIndexOf(" ")))).size).toBe(series.length);
  });

  it("other methods than GET and HEAD are refused", async () => {
    const url = `http://127.0.0.1:${gateway.adminPort}/metrics`;
    const head = await fetch(url, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const post = await fetch(url, { method: "POST", body: "x" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });
});

describe("with two workers", () => {
  const ROUTE = { route: "all" };
  const PEER = { upstream: "chat", peer: "a" };

  function sendTo(...ids: string[]): object {
    return {
      upstreams: { chat: { peers: ids.map((id) => ({ id, address: echo.address })) } },
      routes: [{ id: ids.length > 0 ? "all" : "other", path: "/*", upstream: "chat" }],
    };
  }

  beforeEach(async () => {
    echo = await startBackend();
    gateway = await startGateway({
      config: sendTo("a"),
      workers: 2,
      locationExtra: NAME_WORKER,
      serverExtra: SHOW_KEYS,
      allowedErrors: [/worker process \d+ exited on signal 9/],
    });
  });

  async function connectMany(count: number): Promise<Client[]> {
    return Promise.all(Array.from({ length: count }, () => connect(gateway.url())));
  }

  /** Waits until gauges show the sockets that are open and the counter those that were opened. */
  function whenRight(open: number, opened: number): Promise<MetricsPage> {
    return whenShown(
      ["switchboard_route_sessions", ROUTE, open],
      ["switchboard_peer_sessions", PEER, open],
      [HANDSHAKES, { ...ROUTE, outcome: "opened" }, opened],
      ["switchboard_peer_opened_total", PEER, opened],
    );
  }

  it("gauges are right and counters only grow through a reload and a killed worker", async () => {
    const clients = await connectMany(20);
    await whenRight(20, 20);
    await gateway.reload();
    await whenRight(20, 20);
    clients.push(...(await connectMany(20)));
    await whenRight(40, 40);
    const pid = Number(clients.at(-1)!.response.headers["worker"]);
    process.kill(pid, "SIGKILL");
    const closed = Promise.all(
      clients
        .filter(({ response }) => Number(response.headers["worker"]) === pid)
        .map((client) => once(client.socket, "close")),
    );
    await closed;
    await whenRight(clients.filter(({ isOpen }) => isOpen).length, 40);
    for (const { socket } of clients) socket.terminate();
    await whenRight(0, 40);
    await waitFor(() => gateway.exitingWorkerPids().length === 0, { what: "the old workers to exit" });
    const page = await whenRight(0, 40);
    expect(page.sum(CLOSES, ROUTE)).toBeLessThan(40);
  });

  it("the series and the keys of what was removed end", async () => {
    const [client] = await connectMany(1);
    await whenRight(1, 1);
    gateway.writeConfig(sendTo());
    await waitFor(
      async () => (await readMetrics(gateway)).all("switchboard_route_sessions", ROUTE).length === 0,
      {
        what: "no series of the route",
      },
    );
    expect((await readMetrics(gateway)).value("switchboard_peer_sessions", PEER)).toBe(1);
    const keysOf = async (): Promise<string[]> =>
      (await dictKeys(gateway)).filter((key) => /:@route:all|:chat:a/.test(key));
    expect((await keysOf()).length).toBeGreaterThan(4);
    client!.socket.terminate();
    await waitFor(async () => (await keysOf()).length === 0, {
      timeoutMs: 15_000,
      what: "no key of the peer and the route",
    });
    expect((await readMetrics(gateway)).all("switchboard_peer_sessions", PEER)).toEqual([]);
  });
});
