import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { connect } from "../support/client";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { acceptance } from "../support/half-websocket";
import { startRawBackend } from "../support/raw-backend";
import type { RawBackend } from "../support/raw-backend";
import { closeSession, listSessions, SESSION_CALLS } from "../support/session-calls";
import type { Filter } from "../support/session-calls";
import { waitFor } from "../support/wait-for";

const LARGE_BYTES = 8 * 1024 * 1024;

let backend: Backend;
let hung: RawBackend;
let gateway: Gateway;

const config = (state: string, hungState: string): object => ({
  upstreams: {
    chat: {
      peers: [
        { id: "ok", address: backend.address, state },
        { id: "hung", address: hung.address, state: hungState },
      ],
      drain: { spread: "0s" },
    },
    one: { peers: [{ id: "ok", address: backend.address }] },
  },
  routes: [
    {
      id: "replayed",
      path: "/replayed/*",
      upstream: "chat",
      mode: "relay",
      on_drain: "move",
      relay: { replay: 1, replay_bytes: LARGE_BYTES + 1024, close_timeout: "1s" },
    },
    {
      id: "slow",
      path: "/slow/*",
      upstream: "one",
      mode: "relay",
      relay: { bytes_per_second: 10, on_excess: "delay" },
    },
  ],
});

function whenListed(filter: Filter, count: number): Promise<unknown> {
  const isSo = async (): Promise<boolean> => (await listSessions(gateway, filter)).length === count;
  return waitFor(isSo, { what: `${count} sessions of ${JSON.stringify(filter)}`, timeoutMs: 20_000 });
}

beforeAll(async () => {
  backend = await startBackend({ reply: () => "got it" });
  // Accepts a WebSocket and never reads from it.
  hung = await startRawBackend((socket, head) => {
    socket.write(acceptance(head));
    socket.pause();
  });
  gateway = await startGateway({ config: config("ready", "maint"), serverExtra: SESSION_CALLS });
});

describe("a session in relay mode", () => {
  it("can be closed though its next peer takes nothing of what is said again", async () => {
    const client = await connect(gateway.url("/replayed/"));
    await client.ask("a".repeat(LARGE_BYTES));
    gateway.writeConfig(config("drain", "ready"));
    await whenListed({ peer: "hung" }, 1);
    const [session] = await listSessions(gateway, { peer: "hung" });
    expect(await closeSession(gateway, session!.id)).toMatchObject({ closed: 1 });
    expect(await client.nextClose()).toEqual({ code: 1008, reason: "closed by the operator" });
    await whenListed({ route: "replayed" }, 0);
  });

  it("ends soon where its client leaves while nothing is read from it", async () => {
    const client = await connect(gateway.url("/slow/"));
    // At ten bytes a second this is to wait for an hour and more.
    client.send("a".repeat(50_000));
    await whenListed({ route: "slow" }, 1);
    client.socket.terminate();
    await whenListed({ route: "slow" }, 0);
  });
});
