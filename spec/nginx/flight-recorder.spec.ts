import { whenNothingIsCounted } from "../support/admin";
import { startGateway, type Gateway } from "../support/gateway";
import { openWire, startWireBackend, type WireBackend } from "../support/relay/ends";
import { outcomeOf } from "../support/relay/log";
import { BINARY, clientFrame, CLOSE, closePayload, frame, TEXT } from "../support/relay/wire";
import { waitFor } from "../support/wait-for";

let gateway: Gateway;
let backend: WireBackend;

beforeAll(async () => {
  backend = await startWireBackend();
  gateway = await startGateway({
    config: {
      upstreams: { raw: { peers: [{ id: "r", address: backend.address }] } },
      routes: [true, false].map((isOn) => ({
        id: isOn ? "on" : "off",
        path: isOn ? "/on/*" : "/off/*",
        upstream: "raw",
        mode: "relay",
        relay: { flight_recorder: isOn },
      })),
    },
    locationExtra: "add_header Session $switchboard_session always;",
  });
});

afterEach(async () => {
  for (const socket of backend.connections) socket.destroy();
  await whenNothingIsCounted(gateway);
});

/** Some frames both ways. */
async function talk(target: string) {
  const client = await openWire(gateway.port, target);
  const peer = backend.wires.get(target)!;
  client.write(clientFrame(TEXT, "secret"));
  await peer.whenText("secret");
  peer.write(Buffer.concat([frame(BINARY, "1234", { isFinal: false }), frame(0, "56")]));
  await waitFor(() => client.frames.length === 2, { what: "the answer" });
  return { client, peer, id: client.answer["session"]! };
}

/** The lines of the error log about a session. */
function linesOf(id: string): string[] {
  return gateway
    .errorLog()
    .split("\n")
    .filter((line) => line.includes(`"session":"${id}"`));
}

async function framesOf(id: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/sessions/${id}`);
  return ((await response.json()) as { frames?: unknown }).frames;
}

it("the last frames of an open session are shown", async () => {
  const { client, id } = await talk("/on/shown");
  expect(await framesOf(id)).toEqual([
    expect.objectContaining({ from: "client", opcode: "text", length: 6 }),
    expect.objectContaining({ from: "peer", opcode: "binary", length: 4, final: false }),
    expect.objectContaining({ from: "peer", opcode: "continuation", length: 2 }),
  ]);
  client.socket.destroy();
});

it("an end that nobody wanted leaves one line with the last frames, and nothing of what was in them", async () => {
  const { client, peer, id } = await talk("/on/lost");
  peer.socket.destroy();
  expect((await client.nextClose()).code).toBe(1011);
  client.socket.end();
  const outcome = await outcomeOf(gateway, "/on/lost");
  const [line, ...others] = await waitFor(() => linesOf(id).length > 0 && linesOf(id), { what: "the line" });
  expect(others).toEqual([]);
  const told = JSON.parse(/\{.*?\}/.exec(line!)![0]) as Record<string, unknown>;
  expect(told).toMatchObject({ outcome, route: "on", peer: "r", left_out: 0, messages_from_client: 1 });
  expect(told["frames"]).toMatch(/^0 c>text 6; \d+ p>binary\+ 4; \d+ p>continuation 2/);
  expect(line).not.toContain("secret");
});

it("an orderly end leaves none", async () => {
  const { client, peer, id } = await talk("/on/closed");
  client.write(clientFrame(CLOSE, closePayload(1000)));
  await peer.nextClose();
  peer.write(frame(CLOSE, closePayload(1000)));
  await client.nextClose();
  expect(await outcomeOf(gateway, "/on/closed")).toBe("client:close_1000");
  expect(linesOf(id)).toEqual([]);
});

it("where it is off there is neither", async () => {
  const { client, peer, id } = await talk("/off/lost");
  expect(await framesOf(id)).toBeUndefined();
  peer.socket.destroy();
  await client.nextClose();
  client.socket.end();
  await outcomeOf(gateway, "/off/lost");
  expect(linesOf(id)).toEqual([]);
});
