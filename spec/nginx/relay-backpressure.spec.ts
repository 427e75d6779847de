import { whenNothingIsCounted } from "../support/admin";
import { startGateway, type Gateway } from "../support/gateway";
import { openWire, startWireBackend, type WireBackend } from "../support/relay/ends";
import { fill, flood, NO_MASK } from "../support/relay/flood";
import { forgetPeak, peakBytes } from "../support/relay/process-memory";
import { clientFrame, frame, TEXT, type Wire } from "../support/relay/wire";
import { waitFor } from "../support/wait-for";

const MB = 1 << 20;
const ROOM_BYTES = 8 * MB;
/** Of one message, which is also one frame; `SWITCHBOARD_SOAK` makes it 1 GB. */
const LARGE_BYTES = (process.env["SWITCHBOARD_SOAK"] === "1" ? 1024 : 128) * MB;

let gateway: Gateway;
let backend: WireBackend;

beforeAll(async () => {
  backend = await startWireBackend();
  gateway = await startGateway({
    config: {
      upstreams: { raw: { peers: [{ address: backend.address }] } },
      routes: [{ id: "all", path: "/*", upstream: "raw", mode: "relay", on_drain: "move" }],
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

/** What the worker needs meanwhile beside what it has already. */
async function extraBytes(work: () => Promise<void>): Promise<number> {
  const pid = await waitFor(() => gateway.workerPids()[0], { what: "the worker" });
  const before = forgetPeak(pid);
  await work();
  return peakBytes(pid) - before;
}

async function passes(from: Wire, to: Wire, mask: Buffer | undefined): Promise<void> {
  const sent = await flood(from, LARGE_BYTES, mask);
  await waitFor(() => to.dataBytes === LARGE_BYTES, { timeoutMs: 50_000, what: "the whole message" });
  expect(to.digest()).toBe(sent);
}

describe("one large message", () => {
  it("passes from the backend to the client in little memory", async () => {
    const { client, peer } = await openPair("/down");
    expect(await extraBytes(() => passes(peer, client, undefined))).toBeLessThan(ROOM_BYTES);
    // In frames that leave room for others between them, and make one message.
    expect(client.frames.length).toBeGreaterThan(100);
    expect(client.frames.map(({ isFinal }) => isFinal).indexOf(true)).toBe(client.frames.length - 1);
    client.socket.destroy();
  });

  it("passes from the client to the backend in little memory", async () => {
    const { client, peer } = await openPair("/up");
    expect(await extraBytes(() => passes(client, peer, NO_MASK))).toBeLessThan(ROOM_BYTES);
    client.socket.destroy();
  });
});

describe("a side that does not read", () => {
  async function holdsUp(from: Wire, to: Wire, mask: Buffer | undefined, word: Buffer, answer: Buffer) {
    to.socket.pause();
    let bytes = 0;
    const extra = await extraBytes(async () => {
      bytes = await fill(from, mask);
    });
    expect(extra).toBeLessThan(ROOM_BYTES);
    // The other direction goes on meanwhile.
    to.write(answer);
    await from.whenText("meanwhile");
    from.write(word);
    to.socket.resume();
    await to.whenText("the last");
    expect(to.dataBytes).toBe(bytes + "the last".length);
  }

  it("is the client: its backend can send no more until it reads again, and nothing is lost", async () => {
    const { client, peer } = await openPair("/slow-client");
    await holdsUp(peer, client, undefined, frame(TEXT, "the last"), clientFrame(TEXT, "meanwhile"));
    client.socket.destroy();
  });

  it("is the backend: its client can send no more until it reads again, and nothing is lost", async () => {
    const { client, peer } = await openPair("/slow-peer");
    await holdsUp(client, peer, NO_MASK, clientFrame(TEXT, "the last"), frame(TEXT, "meanwhile"));
    client.socket.destroy();
  });

  it("and is told of an end: the client gets its Close behind what it reads at last", async () => {
    const { client, peer } = await openPair("/slow-end");
    client.socket.pause();
    const bytes = await fill(peer);
    peer.socket.end();
    client.socket.resume();
    expect((await client.nextClose()).code).toBe(1011);
    expect(client.dataBytes).toBe(bytes);
    client.socket.destroy();
  });
});
