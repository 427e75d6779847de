import { whenNothingIsCounted } from "../support/admin";
import { startGateway, type Gateway } from "../support/gateway";
import { readMetrics } from "../support/metrics";
import { openWire, startWireBackend, type WireBackend } from "../support/relay/ends";
import { outcomeOf } from "../support/relay/log";
import {
  BINARY,
  clientFrame,
  frame,
  PING,
  PONG,
  TEXT,
  type Wire,
  type WireFrame,
} from "../support/relay/wire";
import { waitFor } from "../support/wait-for";

const RELAY = { ping_interval: "300ms", pong_timeout: "500ms", close_timeout: "300ms" };
const DELAYED_MS = 100;

let gateway: Gateway;
let backend: WireBackend;
let prompt: WireBackend;

/** Whether a side answers the gateway, by the target of its session. */
const answersPings = (target: string, side: "client" | "peer"): boolean => target !== `/${side}-is-dead`;

const isLate = (target: string): boolean => target === "/late" || target.startsWith("/two/");

beforeAll(async () => {
  backend = await startWireBackend({
    onFrame: ({ opcode, payload }, wire, target) => {
      if (opcode !== PING || !answersPings(target, "peer")) return;
      setTimeout(() => wire.write(frame(PONG, payload)), isLate(target) ? DELAYED_MS : 0);
    },
  });
  prompt = await startWireBackend({
    onFrame: ({ opcode, payload }, wire) => {
      if (opcode === PING) wire.write(frame(PONG, payload));
    },
  });
  gateway = await startGateway({
    config: {
      upstreams: {
        raw: { peers: [{ address: backend.address }] },
        two: {
          balancer: { type: "peak_ewma" },
          peers: [
            { id: "late", address: backend.address },
            { id: "prompt", address: prompt.address },
          ],
        },
      },
      routes: [
        { id: "all", path: "/*", upstream: "raw", mode: "relay", relay: RELAY },
        { id: "two", path: "/two/*", upstream: "two", mode: "relay", relay: RELAY },
      ],
    },
    locationExtra: "add_header Session $switchboard_session always;",
  });
});

afterEach(async () => {
  for (const { connections } of [backend, prompt]) for (const socket of connections) socket.destroy();
  await whenNothingIsCounted(gateway);
});

async function openPair(target: string) {
  const client = await openWire(gateway.port, target, {
    onFrame: ({ opcode, payload }, wire) => {
      if (opcode === PING && answersPings(target, "client")) wire.write(clientFrame(PONG, payload));
    },
  });
  return { client, peer: (backend.wires.get(target) ?? prompt.wires.get(target))! };
}

function pings({ frames }: Wire): WireFrame[] {
  return frames.filter(({ opcode }) => opcode === PING);
}

function payloads(wire: Wire, kind: number): string[] {
  return wire.frames.filter(({ opcode }) => opcode === kind).map(({ payload }) => payload.toString());
}

async function viewOf(client: Wire): Promise<Record<string, unknown>> {
  const response = await fetch(
    `http://127.0.0.1:${gateway.adminPort}/v1/sessions/${client.answer["session"]}`,
  );
  return (await response.json()) as Record<string, unknown>;
}

describe("a side that answers no ping", () => {
  it("is a client: its slot is given back and its backend hears of it", async () => {
    const { client, peer } = await openPair("/client-is-dead");
    expect(await peer.ended()).toBe("closed");
    expect(pings(client)).toHaveLength(1);
    expect(await outcomeOf(gateway, "/client-is-dead")).toBe("client:gone");
  });

  it("is a backend: its client gets 1011", async () => {
    const { client, peer } = await openPair("/peer-is-dead");
    expect((await client.nextClose()).code).toBe(1011);
    expect(pings(peer)).toHaveLength(1);
    expect(pings(peer)[0]!.isMasked).toBe(true);
    client.socket.end();
    expect(await outcomeOf(gateway, "/peer-is-dead")).toBe("upstream:gone");
  });
});

describe("a session whose sides answer", () => {
  it("stays open; each side sees the gateway's pings and nothing of the other's answers", async () => {
    const { client, peer } = await openPair("/both");
    await waitFor(() => pings(client).length >= 4 && pings(peer).length >= 4, { what: "four pings to each" });
    expect([client.close, peer.close]).toEqual([undefined, undefined]);
    expect([payloads(client, PONG), payloads(peer, PONG)]).toEqual([[], []]);
    const seen = new Set([...payloads(client, PING), ...payloads(peer, PING)]);
    expect([...seen].every((payload) => payload.startsWith("gw"))).toBe(true);
    client.socket.destroy();
  });

  it("has its own pings and pongs pass, with what is in them", async () => {
    const { client, peer } = await openPair("/own");
    client.write(clientFrame(PING, "from the client"));
    await waitFor(() => payloads(peer, PING).includes("from the client"), { what: "the client's ping" });
    await waitFor(() => payloads(client, PONG).includes("from the client"), { what: "the backend's pong" });
    peer.write(frame(PING, "from the backend"));
    await waitFor(() => payloads(client, PING).includes("from the backend"), { what: "the backend's ping" });
    await waitFor(() => payloads(peer, PONG).includes("from the backend"), { what: "the client's pong" });
    client.write(clientFrame(PONG, "unasked"));
    await waitFor(() => payloads(peer, PONG).includes("unasked"), { what: "a pong that nobody asked for" });
    expect([payloads(client, PONG), payloads(peer, PONG)]).toEqual([
      ["from the client"],
      ["from the backend", "unasked"],
    ]);
    client.socket.destroy();
  });

  it("has its round trips shown and counted", async () => {
    const { client } = await openPair("/late");
    const view = await waitFor(
      async () => {
        const shown = await viewOf(client);
        return shown["peer_rtt_ms"] !== undefined && shown["client_rtt_ms"] !== undefined && shown;
      },
      { what: "round trips" },
    );
    expect(view["peer_rtt_ms"]).toBeGreaterThanOrEqual(DELAYED_MS - 10);
    expect(view["client_rtt_ms"]).toBeGreaterThanOrEqual(0);
    const page = await readMetrics(gateway);
    for (const side of ["client", "peer"]) {
      const trips = page.histogram("switchboard_ping_round_trip_seconds", { upstream: "raw", side });
      expect(trips.count).toBeGreaterThan(0);
    }
    client.socket.destroy();
  });
});

it("peak_ewma avoids a backend whose pongs are late, however quick its handshakes are", async () => {
  let opened = 0;
  const openOne = async (): Promise<void> => {
    opened += 1;
    await openPair(`/two/${opened}`);
  };
  while (backend.wires.get(`/two/${opened}`) === undefined) {
    expect(opened).toBeLessThan(50);
    await openOne();
  }
  const late = backend.wires.get(`/two/${opened}`)!;
  await waitFor(() => pings(late).length >= 2, { what: "a second ping, which follows the first pong" });
  const before = opened;
  for (let count = 0; count < 8; count += 1) await openOne();
  const to = Array.from({ length: 8 }, (_, index) => prompt.wires.has(`/two/${before + 1 + index}`));
  expect(to).toEqual(Array(8).fill(true));
});

describe("a client that reads slowly", () => {
  it("is alive as long as it takes something", async () => {
    const { client, peer } = await openPair("/slow-reader");
    client.socket.pause();
    // More than the buffers on the way hold, so that pings stand behind it.
    const large = frame(BINARY, Buffer.alloc(1 << 20));
    const count = 12;
    for (let sent = 0; sent < count; sent += 1) peer.write(large);
    const beganMs = Date.now();
    const turn = setInterval(() => {
      client.socket.resume();
      setImmediate(() => client.socket.pause());
    }, 50);
    try {
      await waitFor(() => Date.now() - beganMs > 2_000 || client.close !== undefined);
      expect(client.close).toBeUndefined();
      expect(client.end).toBe("open");
    } finally {
      clearInterval(turn);
    }
    client.socket.resume();
    peer.write(frame(TEXT, "the last"));
    await client.whenText("the last");
    expect(client.dataBytes).toBe(count * (1 << 20) + "the last".length);
    client.socket.destroy();
  });
});
