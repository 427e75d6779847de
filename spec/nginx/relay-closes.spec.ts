import { whenNothingIsCounted } from "../support/admin";
import { startBackend, type Backend } from "../support/backend";
import { connect } from "../support/client";
import { startGateway, type Gateway } from "../support/gateway";
import { openWire, startWireBackend, type WireBackend } from "../support/relay/ends";
import { outcomeOf } from "../support/relay/log";
import { BINARY, clientFrame, CLOSE, closePayload, frame, TEXT } from "../support/relay/wire";
import { waitFor } from "../support/wait-for";

let gateway: Gateway;
/** Of the `ws` package; it closes as its client tells it to. */
let app: Backend;
/** Says only what a test has it say. */
let raw: WireBackend;

beforeAll(async () => {
  app = await startBackend({ reply: (text) => text });
  raw = await startWireBackend({
    early: (target) =>
      target === "/raw/early" ? Buffer.concat([frame(TEXT, "one"), frame(BINARY, "two")]) : Buffer.alloc(0),
  });
  gateway = await startGateway({
    config: {
      upstreams: {
        app: { peers: [{ id: "a", address: app.address }] },
        raw: { peers: [{ id: "r", address: raw.address }] },
      },
      routes: ["app", "raw"].map((upstream) => ({
        id: upstream,
        path: `/${upstream}/*`,
        upstream,
        mode: "relay",
      })),
    },
    locationExtra: "add_header Session $switchboard_session always;",
  });
});

afterEach(async () => {
  for (const socket of raw.connections) socket.destroy();
  await whenNothingIsCounted(gateway);
});

async function openPair(target: string) {
  const client = await openWire(gateway.port, target);
  return { client, backend: raw.wires.get(target)! };
}

describe("a Close", () => {
  it.each([
    [1000, ""],
    [1001, "going"],
    [3000, "r\u00e9ason"],
    [4999, "x".repeat(123)],
    [1005, ""],
  ])("of either side reaches the other: %i", async (code, reason) => {
    const say = (target: string) => connect(gateway.url(target));
    const closes = async (socket: { close(code?: number, reason?: string): void }) =>
      code === 1005 ? socket.close() : socket.close(code, reason);

    const first = await say(`/app/client-${code}`);
    const peer = [...app.connections][0]!;
    const heard = new Promise((resolve) => {
      peer.once("close", (got, text) => resolve({ code: got, reason: String(text) }));
    });
    await closes(first.socket);
    expect(await heard).toEqual({ code, reason });
    expect((await first.nextClose()).code).toBe(code);
    expect(await outcomeOf(gateway, `/app/client-${code}`)).toBe(`client:close_${code}`);

    const second = await say(`/app/peer-${code}`);
    await closes([...app.connections][0]!);
    expect(await second.nextClose()).toEqual({ code, reason });
    expect(await outcomeOf(gateway, `/app/peer-${code}`)).toBe(`upstream:close_${code}`);
  });

  it("of the operator's says 1008, or what the operator says", async () => {
    for (const [query, expected] of [
      ["", { code: 1008, reason: "closed by the operator" }],
      ["?code=4000&reason=x", { code: 4000, reason: "x" }],
    ] as const) {
      const target = `/app/killed-${expected.code}`;
      const client = await connect(gateway.url(target));
      const id = String(client.response.headers["session"]);
      const url = `http://127.0.0.1:${gateway.adminPort}/v1/sessions/${id}${query}`;
      expect((await fetch(url, { method: "DELETE" })).status).toBe(200);
      expect(await client.nextClose()).toEqual(expected);
      expect(await outcomeOf(gateway, target)).toBe("gateway:killed");
    }
  });
});

describe("a side that is gone without a Close", () => {
  it("is the client: the backend sees the end at once", async () => {
    const client = await connect(gateway.url("/raw/vanished"));
    const backend = raw.wires.get("/raw/vanished")!;
    client.socket.terminate();
    expect(await backend.ended()).toBe("closed");
    backend.socket.end();
    expect(await outcomeOf(gateway, "/raw/vanished")).toMatch(/^client:(closed|reset)$/);
  });

  it("is a client that resets", async () => {
    const { client, backend } = await openPair("/raw/reset");
    client.socket.resetAndDestroy();
    await backend.ended();
    expect(await outcomeOf(gateway, "/raw/reset")).toBe("client:reset");
  });

  it("is a client that has only ended its sending: it gets what the backend still says", async () => {
    const { client, backend } = await openPair("/raw/half");
    client.socket.end(clientFrame(TEXT, "last"));
    await backend.whenText("last");
    expect(await backend.ended()).toBe("closed");
    backend.write(frame(TEXT, "last words"));
    backend.write(frame(CLOSE, closePayload(1000)));
    expect(await client.nextClose()).toEqual({ code: 1000, reason: "" });
    expect(client.texts).toEqual(["last words"]);
  });

  it("is the backend: the client gets 1011", async () => {
    const client = await connect(gateway.url("/raw/destroyed"));
    raw.wires.get("/raw/destroyed")!.socket.destroy();
    expect(await client.nextClose()).toEqual({ code: 1011, reason: "the backend is gone" });
    expect(await outcomeOf(gateway, "/raw/destroyed")).toMatch(/^upstream:(closed|reset)$/);
  });

  it("is the backend in the middle of a frame: the client gets what was whole, and 1011", async () => {
    const { client, backend } = await openPair("/raw/cut");
    backend.socket.write(Buffer.concat([frame(TEXT, "whole"), frame(TEXT, "ab", { length: 100 })]));
    backend.socket.end();
    expect((await client.nextClose()).code).toBe(1011);
    expect(client.texts).toEqual(["whole"]);
  });

  it("is the backend in the middle of a large frame: the client gets a Close that it can read", async () => {
    const { client, backend } = await openPair("/raw/cut-large");
    backend.socket.end(frame(BINARY, Buffer.alloc(300_000, 7), { length: 1_000_000 }));
    expect((await client.nextClose()).code).toBe(1011);
    expect(client.dataBytes).toBe(300_000);
  });

  it("is a backend on its way out: the client gets 1012", async () => {
    const client = await connect(gateway.url("/raw/draining"));
    const peer = `http://127.0.0.1:${gateway.adminPort}/v1/upstreams/raw/peers/r`;
    const drain = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"force": true}',
    };
    expect((await fetch(`${peer}/drain`, drain)).status).toBe(200);
    try {
      raw.wires.get("/raw/draining")!.socket.destroy();
      expect((await client.nextClose()).code).toBe(1012);
    } finally {
      await fetch(`${peer}/ready`, { method: "POST" });
    }
  });
});

describe("what comes with the handshake", () => {
  it("from the client reaches the backend", async () => {
    const early = Buffer.concat([clientFrame(TEXT, "one"), clientFrame(TEXT, "two")]);
    const client = await openWire(gateway.port, "/raw/early-client", { early });
    const backend = raw.wires.get("/raw/early-client")!;
    await backend.whenText("two");
    expect(backend.texts).toEqual(["one", "two"]);
    client.socket.destroy();
  });

  it("from the backend reaches the client", async () => {
    const { client } = await openPair("/raw/early");
    await waitFor(() => client.frames.length === 2, { what: "two frames" });
    expect(client.frames.map(({ opcode, payload }) => [opcode, payload.toString()])).toEqual([
      [TEXT, "one"],
      [BINARY, "two"],
    ]);
    client.socket.destroy();
  });
});
