import { whenNothingIsCounted } from "../support/admin";
import { startGateway, type Gateway } from "../support/gateway";
import { openWire, startWireBackend, type WireBackend } from "../support/relay/ends";
import { outcomeOf } from "../support/relay/log";
import {
  BINARY,
  clientFrame,
  CLOSE,
  closePayload,
  CONTINUATION,
  frame,
  PING,
  TEXT,
  type FrameChanges,
} from "../support/relay/wire";
import { readMetrics } from "../support/metrics";

type Make = (opcode: number, payload?: Buffer | string, changes?: FrameChanges) => Buffer;

let gateway: Gateway;
let backend: WireBackend;

beforeAll(async () => {
  backend = await startWireBackend();
  gateway = await startGateway({
    config: {
      upstreams: { raw: { peers: [{ address: backend.address }] } },
      routes: [{ id: "all", path: "/*", upstream: "raw", mode: "relay", relay: { close_timeout: "300ms" } }],
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

/** What either side may not send, and what it is told. */
const FAULTS: readonly (readonly [
  name: string,
  bytes: (make: Make) => Buffer,
  code: number,
  reason: RegExp,
])[] = [
  ["opcode", (make) => make(0x3, "x"), 1002, /opcode 3/],
  ["reserved", (make) => make(TEXT, "x", { reserved: 0x40 }), 1002, /reserved/],
  ["continuation", (make) => make(CONTINUATION, "x"), 1002, /continuation/],
  [
    "nested",
    (make) => Buffer.concat([make(TEXT, "x", { isFinal: false }), make(TEXT, "y")]),
    1002,
    /fragmented one/,
  ],
  ["long-ping", (make) => make(PING, "x".repeat(126)), 1002, /125 bytes/],
  ["parted-ping", (make) => make(PING, "x", { isFinal: false }), 1002, /control frame is fragmented/],
  ["close-code", (make) => make(CLOSE, closePayload(1006)), 1002, /1006/],
  ["close-text", (make) => make(CLOSE, Buffer.from([0x03, 0xe8, 0xff])), 1007, /UTF-8/],
];

describe("a client that breaks the protocol", () => {
  it.each([
    ...FAULTS,
    ["unmasked", () => frame(TEXT, "x"), 1002, /not masked/] as const,
    ["http", () => Buffer.from("GET / HTTP/1.1\r\n\r\n"), 1002, /./] as const,
  ])("is told so, and its backend gets 1001: %s", async (name, bytes, code, reason) => {
    const { client, peer } = await openPair(`/client-${name}`);
    client.write(
      Buffer.concat([clientFrame(TEXT, "sound"), bytes(clientFrame), clientFrame(TEXT, "behind")]),
    );
    const told = await client.nextClose();
    expect([told.code, told.reason]).toEqual([code, expect.stringMatching(reason)]);
    expect(await peer.nextClose()).toEqual({ code: 1001, reason: "the client broke the protocol" });
    expect(peer.frames[0]!.payload.toString()).toBe("sound");
    expect(peer.texts).not.toContain("behind");
    client.socket.end();
    peer.socket.end();
    expect(await client.ended()).toBe("closed");
    expect(await outcomeOf(gateway, `/client-${name}`)).toBe("gateway:protocol_error");
  });
});

describe("a backend that breaks the protocol", () => {
  it.each([
    ...FAULTS,
    ["masked", () => clientFrame(TEXT, "x"), 1002, /is masked/] as const,
    ["http", () => Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), 1002, /./] as const,
  ])("is told so, and its client gets 1011: %s", async (name, bytes, code, reason) => {
    const { client, peer } = await openPair(`/peer-${name}`);
    peer.write(Buffer.concat([frame(BINARY, "sound"), bytes(frame), frame(TEXT, "behind")]));
    expect(await client.nextClose()).toEqual({ code: 1011, reason: "the backend broke the protocol" });
    const told = await peer.nextClose();
    expect([told.code, told.reason]).toEqual([code, expect.stringMatching(reason)]);
    expect(peer.frames.every(({ isMasked }) => isMasked)).toBe(true);
    expect(client.frames[0]!.payload.toString()).toBe("sound");
    expect(client.texts).not.toContain("behind");
    expect(await outcomeOf(gateway, `/peer-${name}`)).toBe("gateway:protocol_error");
  });
});

it("what was refused is counted, and the next session is as ever", async () => {
  const page = await readMetrics(gateway);
  for (const [side, count] of [
    ["client", 10],
    ["peer", 10],
  ] as const)
    expect(page.sum("switchboard_frames_refused_total", { side })).toBe(count);
  const { client, peer } = await openPair("/next");
  client.write(clientFrame(TEXT, "Hello"));
  await peer.whenText("Hello");
  peer.write(frame(TEXT, "and you"));
  await client.whenText("and you");
  client.write(clientFrame(CLOSE, closePayload(1000)));
  expect(await peer.nextClose()).toEqual({ code: 1000, reason: "" });
});
