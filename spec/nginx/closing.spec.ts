import { readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Backend } from "../support/backend";
import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import { onCleanup } from "../support/cleanup";
import type { Client } from "../support/client";
import { Conversation } from "../support/conversation";
import { describedRequest } from "../support/described-request";
import { dictKeys, SHOW_KEYS } from "../support/dict-keys";
import { IN_ORDER } from "../support/documents";
import { EventStreamClient } from "../support/event-stream";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { acceptWrongly, startRawBackend } from "../support/raw-backend";
import { handshakeBytes } from "../support/raw-request";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER } from "../support/worker-probe";

const PEERS = "/v1/upstreams/chat/peers";
const A = `${PEERS}/a`;

interface Peer {
  readonly id: string;
  readonly address: string;
  readonly state: string;
  readonly closing: boolean;
  readonly removed: boolean;
  readonly active: number;
}

let backends: Record<"a" | "b", Backend>;

beforeAll(async () => {
  backends = { a: await startBackend(), b: await startBackend() };
});

function configOf(peers: readonly object[], drain?: object): object {
  return {
    upstreams: { chat: { balancer: IN_ORDER, peers, drain } },
    routes: [{ id: "all", path: "/*", upstream: "chat" }],
  };
}

/** Two workers, each of which gives its sockets to a and b in turn. */
async function start(peers: readonly object[] = addressed(), workers = 2): Promise<Gateway> {
  const gateway = await startGateway({
    config: configOf(peers),
    workers,
    locationExtra: NAME_WORKER,
    serverExtra: SHOW_KEYS,
  });
  await allWorkers(gateway);
  return gateway;
}

function addressed(fieldsOfA: object = {}): object[] {
  return [
    { id: "a", address: backends.a.address, ...fieldsOfA },
    { id: "b", address: backends.b.address },
  ];
}

/** Makes a change, and waits until all workers have it. */
async function change(gateway: Gateway, method: string, target: string, body?: unknown): Promise<Peer> {
  const { status, text, json } = await describedRequest<Peer>(gateway, method, target, { body });
  if (status >= 300) throw new Error(`${method} ${target}: ${status} ${text}`);
  // It changes nothing, and is answered when everything before it is in force.
  const isInForce = async (): Promise<boolean> =>
    (await describedRequest(gateway, "PATCH", `${PEERS}/b`, { body: { weight: 1 } })).status !== 202;
  if (status === 202) await waitFor(isInForce, { timeoutMs: 10_000, what: "the change to be in force" });
  return json;
}

/** As it is listed; the one that is removed, if there are two. */
async function peerOf(gateway: Gateway, id: string): Promise<Peer | undefined> {
  const { json } = await describedRequest<{ peers: Peer[] }>(gateway, "GET", "/v1/upstreams/chat");
  return json.peers.filter((peer) => peer.id === id).at(-1);
}

function whenPeer(gateway: Gateway, id: string, fields: Partial<Peer>): Promise<boolean> {
  const isSo = async (): Promise<boolean> => {
    const peer = await peerOf(gateway, id);
    return (
      peer !== undefined &&
      Object.entries(fields).every(([name, value]) => peer[name as keyof Peer] === value)
    );
  };
  return waitFor(isSo, { timeoutMs: 10_000, what: `${id} to be ${JSON.stringify(fields)}` });
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

async function whenAllClosed(clients: readonly Client[]): Promise<void> {
  await waitFor(() => openOnes(clients) === 0, { timeoutMs: 15_000, what: "the last to close" });
}

function eventsOf(gateway: Gateway, type: string): Promise<EventStreamClient> {
  return EventStreamClient.open(`http://127.0.0.1:${gateway.adminPort}/v1/events?type=${type}`);
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

describe("a peer that is drained, paced", () => {
  it("loses its sessions bit by bit from the deadline on, in workers from before a reload too, and nobody else one", async () => {
    const gateway = await start();
    const old = await connectMany(gateway, 40);
    await gateway.reload();
    const young = await connectMany(gateway, 40);
    const [ofA, ofB] = [
      [...old.ofA, ...young.ofA],
      [...old.ofB, ...young.ofB],
    ];
    expect(ofA.length).toBeGreaterThan(30);
    const conversation = new Conversation(ofB);
    const events = await eventsOf(gateway, "drain");
    // Whoever leads after the reload looks for the first time before the deadline.
    const drain = { close: "paced", deadline: "3s", spread: "2s" };
    const askedAt = performance.now();
    expect(await change(gateway, "POST", `${A}/drain`, drain)).toMatchObject({
      state: "drain",
      closing: false,
    });
    expect(openOnes(ofA)).toBe(ofA.length);
    await whenPeer(gateway, "a", { state: "drain", closing: true });
    await waitFor(() => openOnes(ofA) < ofA.length, { what: "the first to close" });
    expect(performance.now() - askedAt).toBeGreaterThan(2900);
    await waitFor(() => openOnes(old.ofA) < old.ofA.length && openOnes(young.ofA) < young.ofA.length, {
      what: "some to close in both generations of workers",
    });
    expect(openOnes(ofA)).toBeGreaterThan(0);
    await whenAllClosed(ofA);
    await whenPeer(gateway, "a", { active: 0, state: "drain" });
    await conversation.end();
    await whenLogged(gateway, "gateway:drained", ofA.length);
    await events.next(({ data }) => data["phase"] === "done" && data["peer"] === "a");
    const phases = new Set(events.events.map(({ data }) => String(data["phase"])));
    expect([...phases].filter((phase) => phase !== "progress")).toEqual(["started", "closing", "done"]);
  });

  it("keeps the rest when it is made ready in the middle", async () => {
    const gateway = await start();
    const { ofA } = await connectMany(gateway, 80);
    await change(gateway, "POST", `${A}/drain`, { close: "paced", deadline: "0s", spread: "10s" });
    await waitFor(() => openOnes(ofA) < ofA.length, { timeoutMs: 15_000, what: "the first to close" });
    expect(await change(gateway, "POST", `${A}/ready`)).toMatchObject({ state: "ready", closing: false });
    // What was on its way when the change came has arrived by then.
    await sleep(300);
    const left = openOnes(ofA);
    expect(left).toBeGreaterThan(0);
    // Three more would have closed meanwhile.
    await sleep(800);
    expect(openOnes(ofA)).toBe(left);
    await whenPeer(gateway, "a", { state: "ready", closing: false, active: left });
  });

  it("is so by the config file too", async () => {
    const gateway = await start();
    const { ofA, ofB } = await connectMany(gateway, 20);
    const drain = { close: "paced", deadline: "100ms", spread: "300ms" };
    gateway.writeConfig(configOf(addressed({ state: "drain" }), drain));
    await whenPeer(gateway, "a", { state: "drain" });
    await whenAllClosed(ofA);
    expect(openOnes(ofB)).toBe(ofB.length);
    await whenLogged(gateway, "gateway:drained", ofA.length);
    expect(gateway.errorLog()).not.toContain("no effect");
  });

  it("has the same deadline after a reload, and is still drained after a restart", async () => {
    const gateway = await start();
    const { ofA } = await connectMany(gateway, 20);
    const drain = { close: "paced", deadline: "1500ms", spread: "0s" };
    const runtime = async (): Promise<unknown> =>
      (await describedRequest(gateway, "GET", "/v1/config?layer=runtime")).json;
    const askedAt = performance.now();
    await change(gateway, "POST", `${A}/drain`, drain);
    const before = await runtime();
    expect(JSON.stringify(before)).toContain('"since_s":');
    await gateway.reload();
    await whenPeer(gateway, "a", { state: "drain" });
    await change(gateway, "POST", `${A}/drain`, drain);
    expect(await runtime()).toEqual(before);
    await whenAllClosed(ofA);
    expect(performance.now() - askedAt).toBeGreaterThan(1_400);
    await whenLogged(gateway, "gateway:drained", ofA.length);
    const state = readFileSync(path.join(gateway.directory, "state/switchboard.jsonl"), "utf8");
    await gateway.stop();
    const restarted = await startGateway({
      config: configOf(addressed()),
      files: { "state/switchboard.jsonl": state },
    });
    await whenPeer(restarted, "a", { state: "drain", closing: true });
  });
});

describe("a peer in maintenance", () => {
  it("loses all its sockets at once, and the workers from before a reload that had them leave", async () => {
    const gateway = await start();
    const { ofA, ofB } = await connectMany(gateway, 40);
    await gateway.reload();
    expect(await change(gateway, "POST", `${A}/maint`)).toMatchObject({ state: "maint", closing: true });
    await whenAllClosed(ofA);
    expect(openOnes(ofB)).toBe(ofB.length);
    await whenLogged(gateway, "gateway:maint", ofA.length);
    await change(gateway, "POST", `${PEERS}/b/maint`, { force: true });
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
    const exchange = fetch(`http://127.0.0.1:${gateway.port}/plain`, { headers: { connection: "close" } });
    const socket = net.connect(gateway.port, "127.0.0.1");
    onCleanup(() => void socket.destroy());
    const isClosed = new Promise((resolve) => socket.once("close", resolve));
    socket.resume().write(handshakeBytes("/"));
    await waitFor(() => slow.connections.size === 2 && waiting.length === 2, {
      what: "both to be under way",
    });
    await change(gateway, "POST", `${A}/maint`, { force: true });
    await sleep(500);
    expect(slow.connections.size).toBe(2);
    for (const proceed of waiting) proceed();
    expect(await (await exchange).text()).toBe("done");
    await isClosed;
    await whenLogged(gateway, "gateway:maint", 1);
  });
});

describe("a peer that is removed", () => {
  it("is listed until its last session ends, and nothing is left of it then", async () => {
    const gateway = await start();
    const { ofA } = await connectMany(gateway, 20);
    expect(await change(gateway, "DELETE", A)).toMatchObject({ id: "a", removed: true, active: ofA.length });
    await whenPeer(gateway, "a", { removed: true, closing: false, active: ofA.length });
    await gateway.reload();
    await whenPeer(gateway, "a", { removed: true, active: ofA.length });
    await sleep(500);
    expect(openOnes(ofA)).toBe(ofA.length);
    for (const { socket } of ofA) socket.close();
    await waitFor(async () => (await peerOf(gateway, "a")) === undefined, {
      timeoutMs: 10_000,
      what: "it to go",
    });
    await waitFor(async () => !(await dictKeys(gateway)).some((key) => key.endsWith(":chat:a")), {
      timeoutMs: 15_000,
      what: "no key of the peer",
    });
    expect(outcomes(gateway)).toEqual([]);
  });

  it.each([
    ["at once", "?sessions=close", undefined],
    ["after the deadline", "", { sessions: "drain" }],
  ])("loses its sessions %s if that is asked for", async (_when, query, body) => {
    const gateway = await start();
    gateway.writeConfig(configOf(addressed(), { deadline: "600ms", spread: "200ms" }));
    await waitFor(
      async () => (await describedRequest(gateway, "GET", "/v1/config?layer=file")).text.includes('"600ms"'),
      { timeoutMs: 10_000, what: "the file to be read" },
    );
    const { ofA, ofB } = await connectMany(gateway, 20);
    const askedAt = performance.now();
    await change(gateway, "DELETE", A + query, body);
    await whenAllClosed(ofA);
    if (body !== undefined) expect(performance.now() - askedAt).toBeGreaterThan(500);
    expect(openOnes(ofB)).toBe(ofB.length);
    await whenLogged(gateway, "gateway:removed", ofA.length);
    await waitFor(async () => (await peerOf(gateway, "a")) === undefined, {
      timeoutMs: 10_000,
      what: "it to go",
    });
  });

  it("keeps its count when it is added again, at the same address or another", async () => {
    const gateway = await start();
    const { ofA } = await connectMany(gateway, 20);
    for (const address of [backends.a.address, "127.0.0.1:9"]) {
      await change(gateway, "DELETE", A);
      await whenPeer(gateway, "a", { removed: true, active: ofA.length });
      expect(await change(gateway, "POST", PEERS, { id: "a", address, weight: 0 })).toMatchObject({
        removed: false,
        address,
        active: ofA.length,
      });
      await whenPeer(gateway, "a", { removed: false, address, active: ofA.length });
    }
    await change(gateway, "POST", `${A}/maint`);
    await whenAllClosed(ofA);
    await whenPeer(gateway, "a", { active: 0 });
  });
});

describe("sessions that are killed", () => {
  it("close by id, by filter and so many a second, in workers from before a reload too", async () => {
    const gateway = await start();
    const old = await connectMany(gateway, 20);
    await gateway.reload();
    const young = await connectMany(gateway, 20);
    const [ofA, ofB] = [
      [...old.ofA, ...young.ofA],
      [...old.ofB, ...young.ofB],
    ];
    const events = await eventsOf(gateway, "session");
    const call = <T>(method: string, target: string) => describedRequest<T>(gateway, method, target);
    const list = async (): Promise<{ id: string }[]> =>
      (await call<{ sessions: { id: string }[] }>("GET", "/v1/sessions?peer=a")).json.sessions;
    await waitFor(async () => (await list()).length === ofA.length, { timeoutMs: 10_000, what: "the list" });
    const [{ id }] = (await list()) as [{ id: string }];
    expect((await call("DELETE", `/v1/sessions/${id}`)).json).toMatchObject({ closed: 1 });
    await waitFor(() => openOnes(ofA) === ofA.length - 1, { what: "one to close" });
    await waitFor(async () => (await call("DELETE", `/v1/sessions/${id}`)).status === 404, { what: "404" });
    expect((await call("DELETE", "/v1/sessions")).status).toBe(400);
    const paced = await call<{ closing: number }>("DELETE", "/v1/sessions?peer=a&rate=10");
    expect([paced.status, paced.json]).toMatchObject([202, { closing: ofA.length - 1, rate: 10 }]);
    expect(openOnes(ofA)).toBeGreaterThan(5);
    await whenAllClosed(ofA);
    expect(openOnes(ofB)).toBe(ofB.length);
    expect((await call("DELETE", "/v1/sessions?upstream=chat&route=all")).json).toMatchObject({
      closed: ofB.length,
    });
    await whenAllClosed(ofB);
    await whenLogged(gateway, "gateway:killed", ofA.length + ofB.length);
    await events.next(({ data }) => data["closed"] === ofB.length);
    expect(events.events.map(({ data }) => data["closed"] ?? data["rate"])).toEqual([1, 10, ofB.length]);
  });
});
