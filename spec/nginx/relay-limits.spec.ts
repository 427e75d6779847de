import { performance } from "node:perf_hooks";
import { whenNothingIsCounted } from "../support/admin";
import { startGateway, type Gateway } from "../support/gateway";
import { openWire, startWireBackend, type WireBackend } from "../support/relay/ends";
import { outcomeOf } from "../support/relay/log";
import { BINARY, clientFrame, CONTINUATION, frame, frameHead, PING, TEXT } from "../support/relay/wire";
import { waitFor } from "../support/wait-for";

const MASK = Buffer.from([1, 2, 3, 4]);
/** What a route of that name says. */
const ROUTES: Readonly<Record<string, object>> = {
  message: { max_message_bytes: 1000 },
  frame: { max_frame_bytes: 500 },
  fragments: { max_fragments: 3 },
  strict: { messages_per_second: 5 },
  patient: { messages_per_second: 20, on_excess: "delay" },
  bytes: { bytes_per_second: 2000 },
  silent: { message_timeout: "1s" },
  old: { max_age: "1500ms" },
  idle: {},
};
const SOON_MS = 3000;

let gateway: Gateway;
let backend: WireBackend;

beforeAll(async () => {
  backend = await startWireBackend();
  const peers = [{ address: backend.address }];
  gateway = await startGateway({
    config: {
      upstreams: { raw: { peers }, idle: { peers, idle_timeout: "1s" } },
      routes: Object.entries(ROUTES).map(([id, relay]) => ({
        id,
        path: `/${id}/*`,
        upstream: id === "idle" ? "idle" : "raw",
        mode: "relay",
        relay: { close_timeout: "300ms", ...relay },
      })),
    },
  });
});

afterEach(async () => {
  for (const socket of backend.connections) socket.destroy();
  await whenNothingIsCounted(gateway);
});

async function openPair(target: string) {
  const client = await openWire(gateway.port, target);
  return { client, peer: backend.wires.get(target)! };
}

describe("a client that sends too much at once", () => {
  it.each([
    ["message/whole", frameHead(BINARY, { length: 1001, mask: MASK }), "1000 bytes (max_message_bytes)"],
    [
      "message/parts",
      Buffer.concat([
        clientFrame(BINARY, "x".repeat(600), { isFinal: false }),
        frameHead(CONTINUATION, { length: 401, mask: MASK }),
      ]),
      "1000 bytes (max_message_bytes)",
    ],
    ["frame/whole", frameHead(BINARY, { length: 501, mask: MASK }), "500 bytes (max_frame_bytes)"],
    [
      "fragments/parts",
      Buffer.concat([
        clientFrame(TEXT, "a", { isFinal: false }),
        ...[1, 2, 3].map(() => clientFrame(CONTINUATION, "b", { isFinal: false })),
      ]),
      "3 frames (max_fragments)",
    ],
  ])("gets 1009, which names the limit, before it has sent the payload: %s", async (target, bytes, limit) => {
    const { client, peer } = await openPair(`/${target}`);
    client.write(Buffer.concat([clientFrame(TEXT, "sound"), bytes]));
    expect(await client.nextClose()).toEqual({ code: 1009, reason: expect.stringContaining(limit) });
    expect((await peer.nextClose()).code).toBe(1001);
    expect(peer.texts[0]).toBe("sound");
    client.socket.end();
    peer.socket.end();
    expect(await outcomeOf(gateway, `/${target}`)).toBe("gateway:too_big");
  });

  it("is left alone at the limit, and its backend beyond it", async () => {
    const { client, peer } = await openPair("/message/exact");
    client.write(clientFrame(BINARY, Buffer.alloc(600), { isFinal: false }));
    client.write(Buffer.concat([clientFrame(PING, "x"), clientFrame(CONTINUATION, Buffer.alloc(400))]));
    await waitFor(() => peer.dataBytes === 1000, { what: "the message" });
    peer.write(frame(BINARY, Buffer.alloc(5000)));
    await waitFor(() => client.dataBytes === 5000, { what: "the answer" });
    expect([client.close, peer.close]).toEqual([undefined, undefined]);
    client.socket.destroy();
  });
});

describe("a client that sends too often", () => {
  it.each([
    ["strict", Buffer.concat(Array.from({ length: 6 }, () => clientFrame(TEXT, "x")))],
    ["bytes", clientFrame(BINARY, Buffer.alloc(2001))],
  ])("gets 1008 where that is to end its session: %s", async (route, bytes) => {
    const { client } = await openPair(`/${route}/`);
    client.write(bytes);
    expect(await client.nextClose()).toEqual({ code: 1008, reason: "too many messages" });
    client.socket.end();
    expect(await outcomeOf(gateway, `/${route}/`)).toBe("gateway:too_many");
  });

  it("is slowed down where that is wanted, and loses nothing", async () => {
    const { client, peer } = await openPair("/patient/");
    const texts = Array.from({ length: 50 }, (_, index) => `${index} ${"x".repeat(100)}`);
    const beganMs = performance.now();
    client.write(Buffer.concat(texts.map((text) => clientFrame(TEXT, text))));
    await waitFor(() => peer.texts.length === texts.length, { what: "all of them" });
    // 20 at once, and then 20 a second.
    expect(performance.now() - beganMs).toBeGreaterThan(1_200);
    expect(peer.texts).toEqual(texts);
    client.socket.destroy();
  });
});

describe("a session that has lasted long enough", () => {
  it("ends with 1001 when no message has come for a time, whatever else comes", async () => {
    const { client, peer } = await openPair("/silent/");
    const ping = setInterval(() => client.write(clientFrame(PING, "x")), 100);
    const beganMs = performance.now();
    try {
      setTimeout(() => peer.write(frame(TEXT, "a message")), 500);
      expect(await client.nextClose()).toEqual({ code: 1001, reason: "idle" });
      expect(performance.now() - beganMs).toBeGreaterThan(1_400);
    } finally {
      clearInterval(ping);
    }
    expect((await peer.nextClose()).code).toBe(1001);
    client.socket.end();
    expect(await outcomeOf(gateway, "/silent/")).toBe("gateway:idle_timeout");
  });

  it("ends with 1001 at its age, of which the last tenth is by chance", async () => {
    const beganMs = performance.now();
    const pairs = await Promise.all([1, 2, 3, 4].map((number) => openPair(`/old/${number}`)));
    for (const { client } of pairs) {
      expect(await client.nextClose()).toEqual({ code: 1001, reason: "the session is too old" });
      client.socket.end();
    }
    const tookMs = performance.now() - beganMs;
    expect(tookMs).toBeGreaterThan(1_300);
    expect(tookMs).toBeLessThan(1_500 + SOON_MS);
    expect(await outcomeOf(gateway, "/old/1")).toBe("gateway:max_age");
  });

  it("ends with 1001 when both sides are silent for the upstream's idle_timeout, not when one talks", async () => {
    const [silent, talking] = [await openPair("/idle/silent"), await openPair("/idle/talking")];
    const talk = setInterval(() => talking.peer.write(frame(TEXT, "x")), 100);
    try {
      expect(await silent.client.nextClose()).toEqual({ code: 1001, reason: "idle" });
      silent.client.socket.end();
      expect(await outcomeOf(gateway, "/idle/silent")).toBe("gateway:idle_timeout");
      const heard = talking.client.frames.length;
      await waitFor(() => talking.client.frames.length > heard + 10, { what: "a second more" });
      expect(talking.client.close).toBeUndefined();
    } finally {
      clearInterval(talk);
    }
    talking.client.socket.destroy();
  });
});
