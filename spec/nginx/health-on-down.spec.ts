import { adminRequest } from "../support/admin-request";
import { putConfig } from "../support/change-in-force";
import { routedByName } from "../support/documents";
import type { Document } from "../support/documents";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import type { FaultyBackend } from "../support/faults/faulty-backend";
import { backendOf, openMany } from "../support/fleet";
import type { Client } from "../support/client";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { ASK_WORKERS, whenAllKnow } from "../support/peer-health";
import { waitFor } from "../support/wait-for";
import { allWorkers } from "../support/worker-probe";

/** What becomes of the open sessions of a peer that goes down: here it answers probes badly, and its sessions are all right. */

const ACTIVE = { type: "http", path: "/alive", interval: "200ms", fast_interval: "200ms", rise: 1, fall: 2 };

let backends: Record<"a" | "b" | "c", FaultyBackend>;
let gateway: Gateway;
/** Of the test that runs: its peers are as new. */
let name = "none";
let documents = 0;

beforeAll(async () => {
  const [a, b, c] = await Promise.all(["a", "b", "c"].map((id) => startFaultyBackend({ name: id })));
  backends = { a: a!, b: b!, c: c! };
  gateway = await startGateway({ config: documentOf("keep", {}), workers: 2, serverExtra: ASK_WORKERS });
  await allWorkers(gateway);
});

/** With an upstream that nobody knows yet, in place of the one before. */
async function start(onDown: "keep" | "close", fields: object = {}): Promise<void> {
  await Promise.all(Object.values(backends).map((backend) => backend.heal()));
  documents += 1;
  name = `chat${documents}`;
  await putConfig(gateway, documentOf(onDown, fields));
  await whenAllKnow(gateway, { a: "up", b: "up", c: "up" }, name);
}

function documentOf(onDown: "keep" | "close", fields: object): Document {
  const peers = Object.entries(backends).map(([id, { address }]) => ({ id, address }));
  const health = { active: ACTIVE, on_down: onDown };
  return routedByName({
    [name]: { peers, panic_threshold: 0.5, drain: { spread: "1s" }, health, ...fields },
  });
}

async function openByBackend(count: number): Promise<Record<string, Client[]>> {
  const sessions: Record<string, Client[]> = { a: [], b: [], c: [] };
  for (const client of await openMany(gateway, count, `/${name}/`)) sessions[backendOf(client)]!.push(client);
  return sessions;
}

function openOnes(clients: readonly Client[] = []): number {
  return clients.filter(({ isOpen }) => isOpen).length;
}

/** In this test. */
function closedAsDown(): number {
  return gateway.accessLog().filter((line) => line.includes("gateway:down") && line.includes(`/${name}/`))
    .length;
}

/** Those that are to be closed, or some of them, would be within that time. */
async function expectOpen(clients: readonly Client[] | undefined, count: number, forMs = 600): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, forMs));
  expect(openOnes(clients)).toBe(count);
}

describe("on_down: close", () => {
  it("closes the sessions of the peer one after another, and no others", async () => {
    await start("close");
    const { a, b, c } = await openByBackend(60);
    const closedAtMs: number[] = [];
    for (const { socket } of a!) socket.once("close", () => closedAtMs.push(Date.now()));
    await backends.a.status(503);
    await waitFor(() => openOnes(a) === 0, { what: "the sessions of a to be closed" });
    expect(openOnes(b)).toBe(b!.length);
    expect(openOnes(c)).toBe(c!.length);
    // Over a second: not all at once.
    expect(closedAtMs.at(-1)! - closedAtMs[0]!).toBeGreaterThan(300);
    await waitFor(() => closedAsDown() === a!.length, { what: "lines in the access log" });
  });

  it("closes those that workers from before a reload have", async () => {
    await start("close", { drain: { spread: "300ms" } });
    const { a, b } = await openByBackend(30);
    await gateway.reload();
    expect(gateway.exitingWorkerPids().length).toBeGreaterThan(0);
    await backends.a.status(503);
    await waitFor(() => openOnes(a) === 0, { what: "the sessions of a to be closed" });
    expect(openOnes(b)).toBe(b!.length);
  });

  it("stops when the peer is back", async () => {
    await start("close", { drain: { spread: "8s" } });
    const { a } = await openByBackend(60);
    await backends.a.status(503);
    await waitFor(() => openOnes(a) < a!.length, { timeoutMs: 25_000, what: "the first to be closed" });
    await backends.a.heal();
    await whenAllKnow(gateway, { a: "up" }, name);
    const left = openOnes(a);
    expect(left).toBeGreaterThan(0);
    await expectOpen(a, left, 1_200);
  });

  it("closes none that has nowhere to go: in a panic, or when nobody is up", async () => {
    await start("close", { drain: { spread: "0s" }, panic_threshold: 0.9 });
    const { a, b, c } = await openByBackend(30);
    await backends.a.status(503);
    await whenAllKnow(gateway, { a: "down", b: "up", c: "up" }, name);
    const { json } = await adminRequest<{ panic: boolean }>(gateway, "GET", `/v1/upstreams/${name}`);
    expect(json.panic).toBe(true);
    await expectOpen(a, a!.length);
    await Promise.all([backends.b.status(503), backends.c.status(503)]);
    await whenAllKnow(gateway, { a: "down", b: "down", c: "down" }, name);
    await expectOpen([...a!, ...b!, ...c!], 30);
    expect(closedAsDown()).toBe(0);
  });
});

it("on_down: keep closes none, until it is changed", async () => {
  await start("keep", { drain: { spread: "0s" } });
  const { a, b } = await openByBackend(30);
  await backends.a.status(503);
  await whenAllKnow(gateway, { a: "down" }, name);
  await expectOpen(a, a!.length);
  await putConfig(gateway, documentOf("close", { drain: { spread: "0s" } }));
  await waitFor(() => openOnes(a) === 0, { what: "the sessions of a to be closed" });
  expect(openOnes(b)).toBe(b!.length);
});
