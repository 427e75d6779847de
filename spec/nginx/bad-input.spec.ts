import { whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { connect } from "../support/client";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { handshakeBytes, rawRequest } from "../support/raw-request";
import { waitFor } from "../support/wait-for";

const HEADER_TIMEOUT_MS = 500;

let gateway: Gateway;
let backend: Backend;
let workers: number[];

beforeAll(async () => {
  backend = await startBackend();
  gateway = await startGateway({
    config: {
      upstreams: { app: { peers: [{ address: backend.address }] } },
      routes: [{ id: "all", path: "/*", upstream: "app" }],
    },
    serverExtra: `client_header_timeout ${HEADER_TIMEOUT_MS}ms;`,
  });
  workers = await waitFor(() => gateway.workerPids().length > 0 && gateway.workerPids(), {
    what: "the worker",
  });
});

afterEach(async () => {
  expect(gateway.workerPids()).toEqual(workers);
  const client = await connect(gateway.url());
  expect(await client.ask("Hello")).toBe("Server received from client: Hello");
  await client.close();
  await whenNothingIsCounted(gateway);
});

/** Header lines that nobody asked for, each of 24 bytes. */
function manyHeaders(count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`X-${String(index).padStart(6, "0")}`, "0123456789"]),
  );
}

/** The fields of a handshake come last, after all the others. */
function handshakeAfter(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return handshakeBytes("/").replace("\r\n", `\r\n${lines.join("")}`);
}

describe("nginx itself answers 400 to", () => {
  it.each([
    ["what is not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\xff\r\n\r\n"],
    ["64 KB of headers", handshakeBytes("/", { "X-Large": "x".repeat(65_536) })],
    ["64 KB of headers in 2,731 lines", handshakeBytes("/", manyHeaders(2_731))],
    ["a Host with ../", handshakeBytes("/", { Host: "../../etc/passwd" })],
    ["a path with %00", handshakeBytes("/a%00b")],
    ["a path that leaves the root", handshakeBytes("/../../etc/passwd")],
    ["a header line without a colon", handshakeBytes("/").replace("\r\n\r\n", "\r\nno colon\r\n\r\n")],
  ])("%s", async (_what, bytes) => {
    const seen = backend.requests.length;
    const answer = await rawRequest(gateway.port, bytes);
    expect(answer.raw).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n|^<html>\r\n<head><title>400 /);
    expect(answer.headers).not.toHaveProperty("switchboard-error");
    expect(backend.requests).toHaveLength(seen);
  });
});

describe("half a request", () => {
  it("is dropped when no more of it comes", async () => {
    const seen = backend.requests.length;
    const start = performance.now();
    const answer = await rawRequest(gateway.port, "GET / HTTP/1.1\r\nHost: h\r\nX-Half: ");
    expect(answer.raw).toBe("");
    expect(performance.now() - start).toBeLessThan(HEADER_TIMEOUT_MS + 2_000);
    expect(backend.requests).toHaveLength(seen);
  });
});

describe("a path", () => {
  it("that is longer than nginx's buffers is refused with 414", async () => {
    const answer = await rawRequest(gateway.port, handshakeBytes(`/${"x".repeat(20_000)}`));
    expect(answer.status).toBe(414);
  });

  it("that is as long as they allow goes through whole", async () => {
    const target = `/${"%2F".repeat(2_600)}`;
    expect((await rawRequest(gateway.port, handshakeBytes(target))).status).toBe(101);
    expect(backend.requests.at(-1)!.url).toBe(target);
  });
});

describe("300 headers", () => {
  it("are more than a handshake is looked at for, wherever its own fields stand", async () => {
    const seen = backend.requests.length;
    for (const bytes of [handshakeBytes("/", manyHeaders(300)), handshakeAfter(manyHeaders(300))]) {
      const answer = await rawRequest(gateway.port, bytes);
      expect(answer.status).toBe(400);
      expect(answer.headers["switchboard-error"]).toBe("bad_handshake");
    }
    expect(backend.requests).toHaveLength(seen);
  });

  it("are too many by 60: 240 go through", async () => {
    expect((await rawRequest(gateway.port, handshakeAfter(manyHeaders(240)))).status).toBe(101);
    expect(backend.requests.at(-1)!.headers).toMatchObject(
      Object.fromEntries(
        Object.entries(manyHeaders(240)).map(([name, value]) => [name.toLowerCase(), value]),
      ),
    );
  });
});
