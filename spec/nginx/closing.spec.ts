import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { countsOf } from "../support/admin-calls";
import type { Backend } from "../support/backend";
import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import { onCleanup } from "../support/cleanup";
import type { Client } from "../support/client";
import { Conversation } from "../support/conversation";
import { dictKeys, publishedGeneration, SHOW_KEYS } from "../support/dict-keys";
import { IN_ORDER } from "../support/documents";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { acceptWrongly, startRawBackend } from "../support/raw-backend";
import { handshakeBytes } from "../support/raw-request";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER } from "../support/worker-probe";

/**
 * Publishes the config file with a change: `peer` gets `state`, or is removed if there is none; `at`, in seconds from now,
 * and `spread` in milliseconds say how its sessions are closed.
 */
const CHANGE_PEER = `location = /change { content_by_lua_block {
  local settings = require("resty.switchboard.ngx.settings").settingsInUse()
  local world = require "resty.switchboard.ngx.world"
  local read = require("resty.switchboard.ngx.config-file").readConfig
  local snapshot = assert(read(settings.configFile, settings.registry, world.log))
  local asked = ngx.var
  local closing = asked.arg_spread and { atS = 0, spreadMs = tonumber(asked.arg_spread) }
  if asked.arg_at then closing.atS = ngx.now() + tonumber(asked.arg_at) end
  local upstream = snapshot.upstreams[1]
  for index, peer in ipairs(upstream.peers) do
    if peer.id == asked.arg_peer and asked.arg_state then
      peer.state = asked.arg_state
      peer.closing = closing
    elseif peer.id == asked.arg_peer then
      local host, port = peer.address:match("^(.*):(%d+)$")
      upstream.removed = { { key = peer.id, id = peer.id, host = host, port = tonumber(port), closing = closing } }
      table.remove(upstream.peers, index)
    end
  end
  ngx.print(assert(require("resty.switchboard.ngx.publication").publish(world.sharedDict(), snapshot)))
} }
location = /removed { content_by_lua_block {
  local pool = require("resty.switchboard.ngx.worker").gatewayInUse():pool("chat")
  for _, peer in ipairs(pool:removedPeers()) do ngx.print(peer.key, "=", pool:active(peer)) end
} }`;

let backends: Record<"a" | "b", Backend>;

beforeAll(async () => {
  backends = { a: await startBackend(), b: await startBackend() };
});

let serial = 0;

function configOf(peers: readonly object[]): object {
  serial += 1;
  return {
    upstreams: { chat: { balancer: IN_ORDER, peers, connect_timeout: `${2000 + serial}ms` } },
    routes: [{ id: "all", path: "/*", upstream: "chat" }],
  };
}

/** Two workers; sockets go to a and b in turn. */
async function start(peers: readonly object[] = addressed(), workers = 2): Promise<Gateway> {
  const gateway = await startGateway({
    config: configOf(peers),
    workers,
    locationExtra: NAME_WORKER,
    serverExtra: CHANGE_PEER + SHOW_KEYS,
  });
  await whenFileIsRead(gateway, peers);
  return gateway;
}

/** A leader that is new reads the file once, and would undo a change that was not made there. */
async function whenFileIsRead(gateway: Gateway, peers: readonly object[] = addressed()): Promise<void> {
  await allWorkers(gateway);
  const before = await publishedGeneration(gateway);
  gateway.writeConfig(configOf(peers));
  await waitFor(async () => (await publishedGeneration(gateway)) > before, { what: "the file to be read" });
  await sleep(300);
}

async function reload(gateway: Gateway): Promise<void> {
  await gateway.reload();
  await whenFileIsRead(gateway);
}

function addressed(): object[] {
  return [
    { id: "a", address: backends.a.address },
    { id: "b", address: backends.b.address },
  ];
}

async function get(gateway: Gateway, target: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}${target}`, {
    headers: { connection: "close" },
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${target}: ${response.status}\n${gateway.errorLog()}`);
  return text;
}

function change(gateway: Gateway, fields: Readonly<Record<string, string>>): Promise<string> {
  return get(gateway, `/change?${new URLSearchParams(fields).toString()}`);
}

/** So many sockets, told apart by the backend that has them. */
async function connectMany(gateway: Gateway, count: number): Promise<{ ofA: Client[]; ofB: Client[] }> {
  const [ofA, ofB]: [Client[], Client[]] = [[], []];
  for (let index = 0; index < count; index += 1) {
    const before = backends.a.connections.size;
    const client = await connect(gateway.url());
    (backends.a.connections.size > before ? ofA : ofB).push(client);
  }
  return { ofA, ofB };
}

function openOnes(clients: readonly Client[]): number {
  return clients.filter(({ isOpen }) => isOpen).length;
}

/** The outcomes of the sessions that the gateway has ended. */
function outcomes(gateway: Gateway): string[] {
  return gateway
    .accessLog()
    .map((line) => (JSON.parse(line) as { outcome: string }).outcome)
    .filter((outcome) => outcome.startsWith("gateway:"));
}

async function whenLogged(gateway: Gateway, outcome: string, count: number): Promise<void> {
  await waitFor(() => outcomes(gateway).length === count, { what: `${count} ends in the access log` });
  expect(new Set(outcomes(gateway))).toEqual(new Set([outcome]));
}

describe("a peer whose sessions are closed over a spread", () => {
  it("loses them bit by bit, those in workers from before a reload too, and nobody else loses one", async () => {
    const gateway = await start();
    const old = await connectMany(gateway, 40);
    await reload(gateway);
    const young = await connectMany(gateway, 40);
    const [ofA, ofB] = [
      [...old.ofA, ...young.ofA],
      [...old.ofB, ...young.ofB],
    ];
    expect(ofA.length).toBeGreaterThan(30);
    const conversation = new Conversation(ofB);
    await change(gateway, { peer: "a", state: "drain", at: "0.5", spread: "3000" });
    await waitFor(() => openOnes(ofA) < ofA.length, { what: "the first to close" });
    const begunAt = performance.now();
    await waitFor(() => openOnes(old.ofA) < old.ofA.length && openOnes(young.ofA) < young.ofA.length, {
      what: "some to close in both generations of workers",
    });
    expect(openOnes(ofA)).toBeGreaterThan(0);
    await waitFor(() => openOnes(ofA) === 0, { timeoutMs: 15_000, what: "the last to close" });
    expect(performance.now() - begunAt).toBeGreaterThan(1_000);
    await waitFor(async () => (await countsOf(gateway, "chat"))["a"] === 0, { what: "a count of 0" });
    await conversation.end();
    await whenLogged(gateway, "gateway:drained", ofA.length);
  });

  it("keeps the rest when it is made ready in the middle", async () => {
    const gateway = await start();
    const { ofA } = await connectMany(gateway, 60);
    await change(gateway, { peer: "a", state: "drain", spread: "15000" });
    await waitFor(() => openOnes(ofA) < ofA.length, { timeoutMs: 15_000, what: "the first to close" });
    await change(gateway, { peer: "a", state: "ready" });
    // What was on its way when the change came has arrived by then.
    await sleep(500);
    const left = openOnes(ofA);
    expect(left).toBeGreaterThan(0);
    await sleep(1_500);
    expect(openOnes(ofA)).toBe(left);
  });
});

describe("a peer in maintenance", () => {
  it("loses all its sockets at once, and the workers from before a reload that had them leave", async () => {
    const gateway = await start();
    const { ofA, ofB } = await connectMany(gateway, 40);
    await reload(gateway);
    await change(gateway, { peer: "a", state: "maint", spread: "0" });
    await waitFor(() => openOnes(ofA) === 0, { what: "the end of all" });
    expect(openOnes(ofB)).toBe(ofB.length);
    await whenLogged(gateway, "gateway:maint", ofA.length);
    await change(gateway, { peer: "b", state: "maint", spread: "0" });
    await waitFor(() => gateway.exitingWorkerPids().length === 0, { what: "the old workers to leave" });
  });

  it("lets handshakes and plain exchanges go on, and closes the socket that opens late", async () => {
    const waiting: (() => void)[] = [];
    const slow = await startRawBackend((socket, head) => {
      waiting.push(() => {
        if (head.includes("websocket")) acceptWrongly(socket, head);
        else socket.end("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
      });
    });
    const gateway = await start([{ id: "a", address: slow.address }], 1);
    const exchange = get(gateway, "/plain");
    const socket = net.connect(gateway.port, "127.0.0.1");
    onCleanup(() => void socket.destroy());
    const isClosed = new Promise((resolve) => socket.once("close", resolve));
    socket.resume().write(handshakeBytes("/"));
    await waitFor(() => slow.connections.size === 2 && waiting.length === 2, {
      what: "both to be under way",
    });
    await change(gateway, { peer: "a", state: "maint", spread: "0" });
    await sleep(1_000);
    expect(slow.connections.size).toBe(2);
    for (const proceed of waiting) proceed();
    expect(await exchange).toBe("done");
    await isClosed;
    await whenLogged(gateway, "gateway:maint", 1);
  });
});

describe("a peer that is removed", () => {
  it("is there until its last session ends, and its sessions are closed where it says so", async () => {
    const gateway = await start();
    const { ofA } = await connectMany(gateway, 20);
    await change(gateway, { peer: "a" });
    await waitFor(async () => (await get(gateway, "/removed")) === `a=${ofA.length}`, { what: "the peer" });
    expect(openOnes(ofA)).toBe(ofA.length);
    await change(gateway, { peer: "a", spread: "0" });
    await waitFor(() => openOnes(ofA) === 0, { what: "the end of all" });
    await waitFor(async () => (await get(gateway, "/removed")) === "", { what: "no removed peer" });
    await whenLogged(gateway, "gateway:removed", ofA.length);
    await waitFor(async () => !(await dictKeys(gateway)).some((key) => key.endsWith(":chat:a")), {
      timeoutMs: 15_000,
      what: "no key of the peer",
    });
  });
});
