import { changePeers, putConfig } from "../support/change-in-force";
import { openMany } from "../support/fleet";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import type { FaultyBackend } from "../support/faults/faulty-backend";
import { routedByName } from "../support/documents";
import type { Document } from "../support/documents";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { ASK_WORKERS, leaderOf, whenAllKnow, whenHealth } from "../support/peer-health";
import type { Expected } from "../support/peer-health";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER, probe } from "../support/worker-probe";
import type { Probe } from "../support/worker-probe";

/** What the one that watches finds is so for all workers, and for those that come after them. */

let a: FaultyBackend;
let b: FaultyBackend;
let gateway: Gateway;
/** Of the test that runs: its peers are as new. Clients ask for its path, and probes for another one. */
let upstream = "none";
let documents = 0;

beforeAll(async () => {
  [a, b] = await Promise.all([startFaultyBackend({ name: "a" }), startFaultyBackend({ name: "b" })]);
  gateway = await startGateway({
    config: documentOf(false),
    workers: 2,
    serverExtra: ASK_WORKERS,
    locationExtra: NAME_WORKER,
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
  await allWorkers(gateway);
});

function documentOf(health: object | false = {}, addressOfA = a.address): Document {
  const often = { path: "/alive", interval: "300ms", fast_interval: "100ms", timeout: "1s" };
  const active = health === false ? false : { ...often, ...health };
  const peers = [
    { id: "a", address: addressOfA },
    { id: "b", address: b.address },
  ];
  return routedByName({ [upstream]: { peers, retries: 0, panic_threshold: 0, health: { active } } });
}

/** With the peer a down. */
async function start(): Promise<void> {
  await Promise.all([a.heal(), b.heal()]);
  documents += 1;
  upstream = `chat${documents}`;
  await putConfig(gateway, documentOf());
  await a.status(503);
  await whenKnown({ a: { health: "down", health_reason: "answered 503" }, b: "up" });
  await a.forget();
}

function whenKnown(expected: Expected): Promise<void> {
  return whenAllKnow(gateway, expected, upstream);
}

function handshake(): Promise<Probe> {
  return probe(gateway, `/${upstream}/`);
}

/** Handshakes through every worker: the peer a would get half of them, and refuse them. */
async function expectNoneToA(): Promise<void> {
  const workers = new Set<number>();
  let handshakes = 0;
  await waitFor(async () => {
    const { status, worker, backend } = await handshake();
    expect([status, backend]).toEqual([101, "b"]);
    workers.add(worker);
    handshakes += 1;
    return handshakes >= 12 && gateway.workerPids().every((pid) => workers.has(pid));
  });
  expect((await a.arrivals()).filter(({ path }) => path === `/${upstream}/`)).toEqual([]);
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  await waitFor(() => !gateway.workerPids().includes(pid), { what: "the worker's end" });
  await allWorkers(gateway);
}

describe("a peer that is down", () => {
  it("gets no handshake of any worker, nor of those after a reload", async () => {
    await start();
    await expectNoneToA();
    // Old workers stay with these.
    await openMany(gateway, 6, `/${upstream}/`);
    await gateway.reload();
    await expectNoneToA();
    await gateway.reload();
    await expectNoneToA();
    await a.heal();
    await whenKnown({ a: "up" });
    await waitFor(async () => (await handshake()).backend === "a", { what: "a" });
  });

  it("gets none when a worker is killed, be it the one that watches", async () => {
    await start();
    const leader = await leaderOf(gateway);
    await kill(gateway.workerPids().find((pid) => pid !== leader)!);
    await expectNoneToA();
    await kill(leader);
    await expectNoneToA();
    expect(await leaderOf(gateway)).not.toBe(leader);
    await whenKnown({ a: { health: "down", health_reason: "answered 503" } });
    await a.heal();
    await whenKnown({ a: "up" });
  });

  it("stays so when something else is changed, and so does the time since when", async () => {
    await start();
    const { a: before } = await whenHealth(gateway, { a: "down" }, { upstream });
    await changePeers(gateway, upstream, "PATCH", "/a", { weight: 5 });
    await changePeers(gateway, upstream, "POST", "", { id: "c", address: b.address });
    await putConfig(gateway, documentOf({ interval: "400ms" }));
    await whenKnown({ a: { health: "down", health_since: before!.health_since } });
    const backends = new Set<string>();
    for (let nth = 0; nth < 12; nth += 1) backends.add((await handshake()).backend);
    expect(backends).toEqual(new Set(["b"]));
  });

  it("begins anew with another address", async () => {
    await start();
    const c = await startFaultyBackend({ name: "c" });
    await c.status(503);
    // With probes this far apart it is not looked at soon.
    await putConfig(gateway, documentOf({ interval: "1h", fast_interval: "1h" }, c.address));
    await whenKnown({ a: { health: "up", address: c.address, health_reason: "" } });
    await c.heal();
    await waitFor(async () => (await handshake()).backend === "c", { what: "c" });
  });

  it("is up when nobody watches any more", async () => {
    await start();
    await putConfig(gateway, documentOf(false));
    await whenKnown({ a: { health: "up", health_reason: "" } });
    await a.heal();
    await waitFor(async () => (await handshake()).backend === "a", { what: "a" });
    // And it is not forgotten halfway: watched again, it begins as a new one.
    await putConfig(gateway, documentOf());
    await whenKnown({ a: "up", b: "up" });
  });
});
