import net from "node:net";
import { whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { onCleanup } from "../support/cleanup";
import { connect, connectRefused } from "../support/client";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { startRawBackend, staySilent } from "../support/raw-backend";
import { handshakeBytes, rawRequest } from "../support/raw-request";
import type { RawAnswer } from "../support/raw-request";
import { serverBlock } from "../support/server-block";
import { waitFor } from "../support/wait-for";

/** What stands in many confs; the location's own answers must not fall into it. */
const OPERATORS_PAGES = `
  error_page 400 403 404 426 500 502 503 504 /operators-page;
  location = /operators-page { return 200 "the operator's page"; }`;

let gateway: Gateway;
let backend: Backend;
let http2Port: number;

/** What the refusals of `/refuse/STATUS` say. */
const REFUSAL_BODY = "said by the backend";

beforeAll(async () => {
  backend = await startBackend({
    headers: ["X-Custom: of the 101", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2; HttpOnly"],
    pickProtocol: (offered) => (offered.has("v2.chat") ? "v2.chat" : false),
  });
  const refusing = await startRawBackend((socket, head) => {
    const status = /^GET \/refuse\/(\d+)/.exec(head)![1]!;
    const headers = `X-Reason: none of yours\r\nContent-Length: ${REFUSAL_BODY.length}`;
    socket.end(`HTTP/1.1 ${status} No\r\n${headers}\r\n\r\n${REFUSAL_BODY}`);
  });
  const silent = await startRawBackend(staySilent);
  const nobody = await freePort();
  http2Port = await freePort();
  const at = (address: string) => ({ peers: [{ address }] });
  gateway = await startGateway({
    config: {
      upstreams: {
        app: at(backend.address),
        refusing: at(refusing.address),
        silent: { ...at(silent.address), handshake_timeout: "300ms" },
        closed: { peers: [{ address: backend.address, state: "maint" }] },
        gone: at(`127.0.0.1:${nobody}`),
      },
      routes: [
        { id: "app", path: "/app", upstream: "app" },
        { id: "refuse", path: "/refuse/*", upstream: "refusing" },
        { id: "only", path: "/only", upstream: "app", http: false },
        { id: "silent", path: "/silent", upstream: "silent" },
        { id: "closed", path: "/closed", upstream: "closed" },
        { id: "gone", path: "/gone", upstream: "gone" },
      ],
    },
    serverExtra: OPERATORS_PAGES,
    httpExtra: serverBlock(`127.0.0.1:${http2Port} http2`),
  });
});

function expectAnswer(answer: RawAnswer, status: number, code: string): void {
  expect(answer.status).toBe(status);
  expect(answer.headers).toMatchObject({ "content-type": "application/json", "switchboard-error": code });
  expect(JSON.parse(answer.body)).toEqual({ error: { code, message: expect.stringMatching(/\w/) } });
}

function ask(target: string, headers?: Readonly<Record<string, string | undefined>>): Promise<RawAnswer> {
  return rawRequest(gateway.port, handshakeBytes(target, headers));
}

describe("the gateway's own answers", () => {
  it("404 where no route matches", async () => {
    expectAnswer(await ask("/nowhere"), 404, "no_route");
  });

  it("426 to plain HTTP on a route for WebSockets only, with what to upgrade to", async () => {
    const answer = await rawRequest(gateway.port, "GET /only HTTP/1.1\r\nHost: h\r\n\r\n");
    expectAnswer(answer, 426, "upgrade_required");
    expect(answer.headers["upgrade"]).toBe("websocket");
    expect(answer.headers["connection"]).toMatch(/\bupgrade\b/i);
    expect((await ask("/only")).status).toBe(101);
  });

  it("503 where no peer may be picked, with a time to come back that differs", async () => {
    const times = new Set<number>();
    for (let tries = 0; tries < 40; tries += 1) {
      const answer = await ask("/closed");
      expectAnswer(answer, 503, "no_live_peer");
      times.add(Number(answer.headers["retry-after"]));
    }
    expect(Math.min(...times)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...times)).toBeLessThanOrEqual(10);
    expect(times.size).toBeGreaterThan(2);
  });

  it("502 where no peer can be reached", async () => {
    expectAnswer(await ask("/gone"), 502, "bad_upstream");
  });

  it("504 where the peer does not answer in time", async () => {
    expectAnswer(await ask("/silent"), 504, "handshake_timeout");
  });

  it("give back every slot", () => whenNothingIsCounted(gateway));
});

describe("a handshake is refused with 400", () => {
  afterEach(async () => {
    expect((await ask("/app")).status).toBe(101);
  });

  it.each<[string, Readonly<Record<string, string | undefined>>]>([
    ["without a key", { "Sec-WebSocket-Key": undefined }],
    ["with a short key", { "Sec-WebSocket-Key": "dGhlIHNhbXBsZQ==" }],
    ["with a key that is not base64", { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j!!==" }],
    ["with a key of another alphabet", { "Sec-WebSocket-Key": "dGhl-HNhbXBsZSBub25jZQ==" }],
    ["with a key of 18 bytes", { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQAA" }],
    ["with a key padded in the middle", { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZ=A=" }],
    ["with a key that begins with padding", { "Sec-WebSocket-Key": "=GhlIHNhbXBsZSBub25jZQ==" }],
    ["without a version", { "Sec-WebSocket-Version": undefined }],
    ["with version 8", { "Sec-WebSocket-Version": "8" }],
    ["without Connection", { Connection: undefined }],
    ["with a Connection that does not name it", { Connection: "keep-alive" }],
  ])("%s", async (_what, headers) => {
    const seen = backend.requests.length;
    const answer = await ask("/app", headers);
    expectAnswer(answer, 400, "bad_handshake");
    expect(answer.headers["sec-websocket-version"]).toBe("13");
    expect(backend.requests).toHaveLength(seen);
  });

  it.each(["Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==", "Sec-WebSocket-Version: 13", "Upgrade: websocket"])(
    "with a second field %s",
    async (line) => {
      const bytes = handshakeBytes("/app").replace("\r\n\r\n", `\r\n${line}\r\n\r\n`);
      expectAnswer(await rawRequest(gateway.port, bytes), 400, "bad_handshake");
    },
  );

  it("as a POST", async () => {
    const bytes = handshakeBytes("/app", { "Content-Length": "0" }).replace("GET", "POST");
    expectAnswer(await rawRequest(gateway.port, bytes), 400, "bad_handshake");
  });

  it("over HTTP/1.0", async () => {
    const bytes = handshakeBytes("/app").replace("HTTP/1.1", "HTTP/1.0");
    expectAnswer(await rawRequest(gateway.port, bytes), 400, "bad_handshake");
  });

  it("over HTTP/2, where nginx would pass the Upgrade on", async () => {
    const seen = backend.requests.length;
    const socket = net.connect(http2Port, "127.0.0.1");
    onCleanup(() => {
      socket.destroy();
    });
    socket.on("error", () => undefined).write(http2Upgrade("/app"));
    const line = await waitFor(() => gateway.accessLog().find((entry) => entry.includes("HTTP/2.0")), {
      what: "the request over HTTP/2 in the access log",
    });
    expect(JSON.parse(line)).toMatchObject({
      request: "GET /app HTTP/2.0",
      status: "400",
      outcome: "gateway:bad_handshake",
    });
    expect(backend.requests).toHaveLength(seen);
  });
});

describe("an upgrade to something else", () => {
  it("is a plain request to the backend", async () => {
    const answer = await ask("/app", {
      Upgrade: "h2c",
      Connection: "Upgrade, HTTP2-Settings",
      "HTTP2-Settings": "AAMAAABkAAQAAP__",
    });
    expect(answer).toMatchObject({ status: 200, body: "plain GET /app" });
    const { headers } = backend.requests.at(-1)!;
    expect(headers.connection).toBe("close");
    expect(headers).not.toHaveProperty("upgrade");
    expect(headers).not.toHaveProperty("http2-settings");
  });
});

describe("the backend's answer reaches the client as it is", () => {
  it.each([401, 403, 404, 500, 503])("where it is %i", async (status) => {
    const refusal = await connectRefused(gateway.url(`/refuse/${status}`));
    expect(refusal).toMatchObject({ status, body: REFUSAL_BODY });
    expect(refusal.headers).toMatchObject({ "x-reason": "none of yours" });
    expect(refusal.headers).not.toHaveProperty("switchboard-error");
  });

  it("where it is the 101, with its headers and all its cookies", async () => {
    const { response } = await connect(gateway.url("/app"));
    expect(response.headers).toMatchObject({
      "x-custom": "of the 101",
      "set-cookie": ["a=1; Path=/", "b=2; HttpOnly"],
    });
  });

  it("where it picks a subprotocol", async () => {
    const client = await connect(gateway.url("/app"), { protocols: ["v1.chat", "v2.chat"] });
    expect(client.socket.protocol).toBe("v2.chat");
  });
});

const HEADERS = 1;
const SETTINGS = 4;
const END_STREAM = 1;
const END_HEADERS = 4;

/** What Node's own client refuses to send: a GET over HTTP/2 (RFC 9113) with an Upgrade. */
function http2Upgrade(target: string): Buffer {
  const field = (name: string, value: string): Buffer =>
    Buffer.concat([
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]);
  const headers = Buffer.concat([
    field(":method", "GET"),
    field(":scheme", "http"),
    field(":path", target),
    field(":authority", "h"),
    field("upgrade", "websocket"),
    field("sec-websocket-version", "13"),
    field("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
  ]);
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    frame(SETTINGS, 0, 0, Buffer.alloc(0)),
    frame(HEADERS, END_STREAM | END_HEADERS, 1, headers),
  ]);
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
