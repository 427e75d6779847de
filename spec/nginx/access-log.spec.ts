import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { onCleanup } from "../support/cleanup";
import { connect, open } from "../support/client";
import { IN_ORDER, routedByName } from "../support/documents";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { acceptWrongly, answer, startRawBackend, staySilent } from "../support/raw-backend";
import type { Behaviour, RawBackend } from "../support/raw-backend";
import { handshakeBytes, rawRequest } from "../support/raw-request";
import { waitFor } from "../support/wait-for";

type Entry = Readonly<Record<string, string>>;

let gateway: Gateway;
let echo: Backend;
let silent: RawBackend;

/** Lets the client in and sends for ever, as fast as it is read. */
const flood: Behaviour = (socket, head) => {
  const chunk = Buffer.alloc(64 * 1024);
  const fill = (): void => {
    while (socket.write(chunk));
  };
  acceptWrongly(socket, head);
  socket.on("drain", fill);
  fill();
};

/** Lets the client in after a while. */
const HANDSHAKE_MS = 200;
const hesitate: Behaviour = (socket, head) => {
  setTimeout(() => acceptWrongly(socket, head), HANDSHAKE_MS);
};

/** Lets the client in and ends when it says something. */
const endOnData =
  (end: (socket: net.Socket) => void): Behaviour =>
  (socket, head) => {
    socket.once("data", () => end(socket));
    acceptWrongly(socket, head);
  };

beforeAll(async () => {
  echo = await startBackend({
    reply: (text) => text,
    refuse: ({ url }) => (url?.includes("forbidden") === true ? 401 : undefined),
  });
  silent = await startRawBackend(staySilent);
  const dead = `127.0.0.1:${await freePort()}`;
  const only = (address: string, more = {}): object => ({ peers: [{ id: "p1", address }], ...more });
  const misbehaving = async (behaviour: Behaviour): Promise<object> =>
    only((await startRawBackend(behaviour)).address);
  gateway = await startGateway({
    config: routedByName({
      echo: only(echo.address),
      idle: only(echo.address, { idle_timeout: "300ms" }),
      silent: only(silent.address, { handshake_timeout: "300ms" }),
      patient: only(silent.address),
      dead: only(dead),
      empty: { peers: [] },
      closing: await misbehaving(endOnData((socket) => socket.end())),
      resetting: await misbehaving(endOnData((socket) => socket.resetAndDestroy())),
      flooding: await misbehaving(flood),
      hesitating: await misbehaving(hesitate),
      busy: await misbehaving(answer(503)),
      retried: {
        balancer: IN_ORDER,
        peers: [
          { id: "p1", address: dead },
          { id: "p2", address: echo.address },
        ],
      },
    }),
    locationExtra: "send_timeout 1s;",
    httpExtra: `
      log_format own '$switchboard_route>$switchboard_upstream>$switchboard_peer $switchboard_outcome';
      map $switchboard_outcome $is_reset { default 0; ~:reset$ 1; }`,
    serverExtra:
      "access_log logs/access.log switchboard; access_log logs/own.log own; access_log logs/resets.log switchboard if=$is_reset;",
  });
});

/** The entry of the request whose target this is. */
async function entryOf(target: string): Promise<Entry> {
  const line = await waitFor(() => gateway.accessLog().find((text) => text.includes(`GET ${target} HTTP`)), {
    what: `an access log entry of ${target}`,
  });
  return JSON.parse(line) as Entry;
}

/** A handshake over a socket of its own, which stays open when the gateway has answered it. */
async function openRaw(target: string): Promise<net.Socket> {
  const socket = net.connect(gateway.port, "127.0.0.1");
  onCleanup(() => {
    socket.destroy();
  });
  socket.on("error", () => socket.destroy());
  socket.write(handshakeBytes(target));
  const [head] = (await once(socket, "data")) as [Buffer];
  expect(String(head)).toContain("101 Switching Protocols");
  return socket;
}

/** Asks the silent backend and waits until it has the request. */
async function askSilent(target: string): Promise<net.Socket> {
  const before = silent.requestHeads.length;
  const socket = net.connect(gateway.port, "127.0.0.1");
  socket.write(handshakeBytes(target));
  await waitFor(() => silent.requestHeads.length > before);
  return socket;
}

describe("the outcome of a session is", () => {
  it("client:closed when the client ends its connection", async () => {
    (await connect(gateway.url("/echo/?gone"))).socket.terminate();
    expect(await entryOf("/echo/?gone")).toMatchObject({
      status: "101",
      route: "echo",
      upstream: "echo",
      peer: "p1",
      tries: echo.address,
      outcome: "client:closed",
    });
  });

  it("client:reset when the client cuts it", async () => {
    (await openRaw("/echo/?cut")).resetAndDestroy();
    expect((await entryOf("/echo/?cut"))["outcome"]).toBe("client:reset");
  });

  it("client:reset when the client cuts it in the middle of a flood", async () => {
    const socket = await openRaw("/flooding/?cut");
    socket.pause();
    await waitFor(() => socket.bytesRead > 0);
    socket.resetAndDestroy();
    expect((await entryOf("/flooding/?cut"))["outcome"]).toBe("client:reset");
  });

  it("upstream:closed when the backend ends its connection", async () => {
    (await openRaw("/closing/")).write("x");
    expect((await entryOf("/closing/"))["outcome"]).toBe("upstream:closed");
  });

  it("upstream:reset when the backend cuts it", async () => {
    (await openRaw("/resetting/")).write("x");
    expect((await entryOf("/resetting/"))["outcome"]).toBe("upstream:reset");
  });

  it("of who ends the connection, not of who sends the first Close frame", async () => {
    await (await connect(gateway.url("/echo/?client-first"))).close();
    expect((await entryOf("/echo/?client-first"))["outcome"]).toBe("upstream:closed");
  });

  it("gateway:idle_timeout when nothing moved for that long", async () => {
    await (await connect(gateway.url("/idle/"))).nextClose();
    expect((await entryOf("/idle/"))["outcome"]).toBe("gateway:idle_timeout");
  });

  it("gateway:send_timeout when the client takes nothing for that long", async () => {
    (await openRaw("/flooding/?stalled")).pause();
    expect((await entryOf("/flooding/?stalled"))["outcome"]).toBe("gateway:send_timeout");
  });
});

describe("the outcome of a request that gets no 101 is", () => {
  it("gateway: and the code of the answer", async () => {
    await open(gateway.url("/nowhere"));
    expect(await entryOf("/nowhere")).toMatchObject({
      status: "404",
      outcome: "gateway:no_route",
      route: "",
    });
    await rawRequest(gateway.port, handshakeBytes("/echo/?keyless", { "Sec-WebSocket-Key": undefined }));
    expect(await entryOf("/echo/?keyless")).toMatchObject({
      status: "400",
      outcome: "gateway:bad_handshake",
    });
    await open(gateway.url("/empty/"));
    expect(await entryOf("/empty/")).toMatchObject({
      status: "503",
      outcome: "gateway:no_live_peer",
      route: "empty",
      upstream: "empty",
      peer: "",
    });
    await open(gateway.url("/dead/"));
    expect(await entryOf("/dead/")).toMatchObject({ outcome: "gateway:bad_upstream", peer: "p1" });
    await open(gateway.url("/silent/"));
    expect(await entryOf("/silent/")).toMatchObject({
      status: "504",
      outcome: "gateway:handshake_timeout",
      route: "silent",
      upstream: "silent",
      peer: "p1",
    });
  });

  it("upstream: and the status that the backend answered", async () => {
    await open(gateway.url("/echo/?forbidden"));
    expect(await entryOf("/echo/?forbidden")).toMatchObject({ status: "401", outcome: "upstream:http_401" });
    await open(gateway.url("/busy/"));
    expect(await entryOf("/busy/")).toMatchObject({ status: "503", outcome: "upstream:http_503" });
    await rawRequest(gateway.port, "GET /echo/?plain HTTP/1.1\r\nHost: test\r\n\r\n");
    expect(await entryOf("/echo/?plain")).toMatchObject({ status: "200", outcome: "upstream:http_200" });
  });

  it("client:aborted when the client did not wait for the answer", async () => {
    (await askSilent("/patient/?gone")).destroy();
    (await askSilent("/patient/?cut")).resetAndDestroy();
    const aborted = { status: "499", outcome: "client:aborted", route: "patient", peer: "p1" };
    expect(await entryOf("/patient/?gone")).toMatchObject(aborted);
    expect(await entryOf("/patient/?cut")).toMatchObject(aborted);
  });
});

describe("an entry", () => {
  it("counts the bytes in both directions", async () => {
    const quiet = await connect(gateway.url("/echo/?quiet"));
    quiet.socket.terminate();
    const busy = await connect(gateway.url("/echo/?busy_"));
    await busy.ask("x".repeat(1000));
    busy.socket.terminate();
    const [before, after] = [await entryOf("/echo/?quiet"), await entryOf("/echo/?busy_")];
    const more = (field: string): number => Number(after[field]) - Number(before[field]);
    // A frame of 1,000 bytes has a head of 4, and a mask of 4 if the client sent it.
    expect(more("bytes_to_client")).toBe(1004);
    expect(more("bytes_to_peer")).toBe(1008);
  });

  it("tells the time of the handshake apart from that of the session", async () => {
    const SESSION_MS = 300;
    const socket = await openRaw("/hesitating/");
    await sleep(SESSION_MS);
    socket.destroy();
    const { duration, handshake } = await entryOf("/hesitating/");
    // nginx's clock is in milliseconds and taken once per turn of its loop.
    const toleranceMs = 10;
    expect(Number(handshake) * 1000).toBeGreaterThanOrEqual(HANDSHAKE_MS - toleranceMs);
    expect(Number(handshake) * 1000).toBeLessThan(HANDSHAKE_MS + SESSION_MS);
    expect(Number(duration) * 1000).toBeGreaterThanOrEqual(HANDSHAKE_MS + SESSION_MS - toleranceMs);
  });

  it("names the peer that took the session and lists all that were tried", async () => {
    await (await connect(gateway.url("/retried/"))).close();
    const entry = await entryOf("/retried/");
    expect(entry).toMatchObject({ status: "101", peer: "p2" });
    expect(entry["tries"]).toMatch(new RegExp(`^127.0.0.1:\\d+, ${echo.address}$`));
    expect(entry["handshake"]).toMatch(/^-, \d\.\d{3}$/);
  });

  const toldTo = (target: string): unknown =>
    echo.requests.find(({ url }) => url === target)?.headers["x-request-id"];

  it("names the request as the backend was told: by the session's id, or the client's own", async () => {
    const answered = await connect(gateway.url("/echo/?told"));
    const named = await connect(gateway.url("/echo/?named"), { headers: { "X-Request-Id": "mine" } });
    answered.socket.terminate();
    named.socket.terminate();
    const entry = await entryOf("/echo/?told");
    expect(entry["request_id"]).toBe(entry["session"]);
    expect(toldTo("/echo/?told")).toBe(entry["session"]);
    expect((await entryOf("/echo/?named"))["request_id"]).toBe("mine");
    expect(toldTo("/echo/?named")).toBe("mine");
  });

  it("has a session id of its own", async () => {
    for (const target of ["/echo/?first", "/echo/?second"])
      (await connect(gateway.url(target))).socket.terminate();
    const ids = [(await entryOf("/echo/?first"))["session"], (await entryOf("/echo/?second"))["session"]];
    expect(ids[0]).toMatch(/^\d+-[0-9a-f]{10}-\d+$/);
    expect(ids[1]).toMatch(/^\d+-[0-9a-f]{10}-\d+$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it("is one line of JSON whatever the client sends", async () => {
    const target = '/nowhere"},\\u0022{<\xe9';
    const before = gateway.accessLog().length;
    await rawRequest(gateway.port, handshakeBytes(target, { Host: "a_b" }));
    await waitFor(() => gateway.accessLog().length > before);
    const added = gateway.accessLog().slice(before);
    expect(added).toHaveLength(1);
    expect((JSON.parse(added[0]!) as Entry)["request"]).toContain('/nowhere"},\\u0022{<');
  });

  it("can have a format and a condition of the operator's own", async () => {
    (await connect(gateway.url("/echo/?own"))).socket.terminate();
    (await openRaw("/echo/?own")).resetAndDestroy();
    const read = (name: string): string => readFileSync(path.join(gateway.directory, "logs", name), "utf8");
    await waitFor(() => read("own.log").includes("echo>echo>p1 client:closed\n"));
    await waitFor(() => read("resets.log").includes('"outcome":"client:reset"'));
    expect(read("resets.log")).not.toContain('"outcome":"client:closed"');
  });
});

it("the outcome is gateway:closed when an old worker comes to its worker_shutdown_timeout", async () => {
  const bundled = readFileSync(path.join(PACKAGE_ROOT, "nginx/nginx.conf"), "utf8");
  const conf = bundled.replace("8020", "127.0.0.1:{port}").replace("8021", "{admin_port}");
  const reloaded = await startGateway({
    config: routedByName({ echo: { peers: [{ address: echo.address }] } }),
    conf: `worker_shutdown_timeout 100ms;\n${conf}`,
    workers: 1,
  });
  const client = await connect(reloaded.url("/echo/"));
  await reloaded.reload();
  await client.nextClose();
  const line = await waitFor(() => reloaded.accessLog()[0]);
  expect((JSON.parse(line) as Entry)["outcome"]).toBe("gateway:closed");
});
