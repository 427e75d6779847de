import net from "node:net";
import { countsOf, totalCount } from "../support/admin-calls";
import type { Backend } from "../support/backend";
import { startBackend } from "../support/backend";
import type { Client } from "../support/client";
import { connect } from "../support/client";
import { freePort } from "../support/free-port";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { answer, closeAtOnce, startRawBackend, staySilent } from "../support/raw-backend";
import type { RawBackend } from "../support/raw-backend";
import { handshakeBytes, rawRequest } from "../support/raw-request";
import { waitFor } from "../support/wait-for";

const SHOW_SESSIONS = `location = /sessions {
  content_by_lua_block {
    ngx.print(require("resty.switchboard.ngx.worker").gatewayInUse().sessions.size)
  }
}`;

/** Sessions that the worker knows, with or without a slot. */
async function sessionCount(gateway: Gateway): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}/sessions`);
  return Number(await response.text());
}

async function waitUntilEmpty(gateway: Gateway): Promise<void> {
  await waitFor(async () => (await totalCount(gateway)) === 0 && (await sessionCount(gateway)) === 0, {
    what: "no session, counted or known",
  });
  expect(gateway.errorLog()).not.toContain("release without a slot");
}

describe("failed handshakes under a server-level error_page", () => {
  let gateway: Gateway;
  let silent: RawBackend;

  beforeAll(async () => {
    silent = await startRawBackend(staySilent);
    const closing = await startRawBackend(closeAtOnce);
    const failing = await startRawBackend(answer(502, "no"));
    const dead = `127.0.0.1:${await freePort()}`;
    const quick = { handshake_timeout: "200ms", retries: 0 };
    gateway = await startGateway({
      config: {
        upstreams: {
          dead: {
            peers: [
              { id: "a", address: dead },
              { id: "b", address: dead },
            ],
          },
          closing: {
            peers: [
              { id: "a", address: closing.address },
              { id: "b", address: dead },
            ],
          },
          failing: {
            peers: [
              { id: "a", address: failing.address },
              { id: "b", address: failing.address },
            ],
          },
          silent: { ...quick, peers: [{ id: "a", address: silent.address }] },
          patient: { peers: [{ id: "a", address: silent.address }] },
          asleep: { peers: [{ id: "a", address: dead, state: "maint" }] },
        },
        routes: ["dead", "closing", "failing", "silent", "patient", "asleep"].map((name) => ({
          id: name,
          path: `/${name}`,
          upstream: name,
        })),
      },
      serverExtra: `error_page 404 500 502 503 504 /50x.html;
        location = /50x.html { internal; return 200 "the operator's page"; }
        ${SHOW_SESSIONS}`,
    });
  });

  it.each([
    ["dead", 502],
    ["closing", 502],
    ["failing", 502],
    ["silent", 504],
    ["asleep", 503],
    ["nowhere", 404],
  ])("give back what they took: 250 to /%s, answered %i", async (target, status) => {
    const answers = await Promise.all(
      Array.from({ length: 250 }, () => rawRequest(gateway.port, handshakeBytes(`/${target}`))),
    );
    expect(new Set(answers.map((found) => found.status))).toEqual(new Set([status]));
    await waitUntilEmpty(gateway);
  });

  it("give back what they took: 150 whose clients leave in the middle", async () => {
    const sockets = Array.from({ length: 150 }, (_, index) => {
      const socket = net.connect(gateway.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(handshakeBytes("/patient"));
      return { socket, isRude: index % 2 === 0 };
    });
    await waitFor(async () => (await countsOf(gateway, "patient"))["a"] === 150, { what: "150 sessions" });
    for (const { socket, isRude } of sockets) {
      if (isRude) socket.resetAndDestroy();
      else socket.destroy();
    }
    await waitUntilEmpty(gateway);
    await waitFor(() => silent.connections.size === 0, { what: "the backend to be left alone" });
  });
});

describe("300 sockets", () => {
  let gateway: Gateway;
  let backends: Record<"a" | "b", Backend>;

  beforeAll(async () => {
    backends = { a: await startBackend(), b: await startBackend() };
    gateway = await startGateway({
      config: {
        upstreams: {
          chat: {
            peers: [
              { id: "a", address: backends.a.address },
              { id: "b", address: backends.b.address, weight: 2 },
            ],
          },
        },
        routes: [{ id: "all", path: "/*", upstream: "chat" }],
      },
      workers: 2,
    });
  });

  const ENDS: readonly ((client: Client) => void)[] = [
    (client) => client.socket.close(1000),
    (client) => client.socket.terminate(),
    (client) => (client.socket as unknown as { _socket: net.Socket })._socket.resetAndDestroy(),
  ];

  async function expectSameCounts(open: number): Promise<void> {
    const ofBackends = (): object => ({ a: backends.a.connections.size, b: backends.b.connections.size });
    const isSettled = (): boolean => backends.a.connections.size + backends.b.connections.size === open;
    await waitFor(isSettled, { what: `${open} sockets at the backends` });
    await waitFor(async () => (await totalCount(gateway)) === open, { what: `a count of ${open}` });
    expect(await countsOf(gateway, "chat")).toEqual(ofBackends());
  }

  it("are counted as their backends count them, however they end, down to 0", async () => {
    const clients: Client[] = [];
    for (let batch = 1; batch <= 6; batch += 1) {
      clients.push(...(await Promise.all(Array.from({ length: 50 }, () => connect(gateway.url())))));
      await expectSameCounts(clients.length);
    }
    // Each third ends in one of the ways that a client has.
    for (const end of ENDS) {
      for (const client of clients.splice(0, 50)) end(client);
      await expectSameCounts(clients.length);
    }
    for (const backend of [backends.a, backends.b]) {
      const before = backend.connections.size;
      const [closed, reset] = [[...backend.connections].slice(0, 20), [...backend.connections].slice(20, 40)];
      for (const socket of closed) socket.close(1001);
      for (const socket of reset) (socket as unknown as { _socket: net.Socket })._socket.resetAndDestroy();
      await waitFor(() => backend.connections.size === before - 40, { what: "40 fewer" });
    }
    await expectSameCounts(150 - 80);
    await Promise.all([backends.a.close(), backends.b.close()]);
    await expectSameCounts(0);
    expect(gateway.errorLog()).not.toContain("release without a slot");
  });
});
