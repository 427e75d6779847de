import { countsOf, totalCount } from "../support/admin-calls";
import type { Client } from "../support/client";
import { backendOf, closeMany, openMany, startFleet, workerOf } from "../support/fleet";
import type { Fleet } from "../support/fleet";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER } from "../support/worker-probe";

/** Between the fullest and the emptiest peer. */
const MOST_APART = 3;

const PEERS = ["a", "b", "c", "d", "e"];
const ALL = { id: "all", path: "/*", upstream: "chat" };

let fleet: Fleet;
let gateway: Gateway;

async function start(balancer: string, workers: number): Promise<void> {
  fleet = await startFleet(PEERS);
  gateway = await startGateway({
    config: { upstreams: { chat: { balancer, peers: fleet.peers() } }, routes: [ALL] },
    workers,
    locationExtra: NAME_WORKER,
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
  await allWorkers(gateway);
}

/** Waits until the gateway counts what the backends have, and nothing is under way. */
async function settle(open: number): Promise<void> {
  await waitFor(() => fleet.total() === open, { what: `${open} sockets at the backends` });
  await waitFor(async () => (await totalCount(gateway)) === open, { what: `a count of ${open}` });
  expect(await countsOf(gateway, "chat")).toEqual(fleet.counts());
}

function those(clients: readonly Client[], peer: string): Client[] {
  return clients.filter((client) => backendOf(client) === peer);
}

describe("least_conn through two workers", () => {
  it("evens out what ends, in the same worker and in workers that are about to exit", async () => {
    await start("least_conn", 2);
    const clients = await openMany(gateway, 200);
    await settle(200);
    expect(fleet.difference()).toBeLessThanOrEqual(MOST_APART);

    await closeMany(those(clients, "c").slice(0, 30));
    await settle(170);
    expect(fleet.counts()["c"]).toBeLessThan(20);
    clients.push(...(await openMany(gateway, 55)));
    await settle(225);
    expect(fleet.difference()).toBeLessThanOrEqual(MOST_APART);

    await gateway.reload();
    expect(gateway.exitingWorkerPids().length).toBeGreaterThan(0);
    await settle(225);
    const oldOnA = those(clients, "a").filter(({ isOpen }) => isOpen);
    await closeMany(oldOnA.slice(0, 30));
    await settle(195);
    const young = await openMany(gateway, 55);
    await settle(250);
    expect(fleet.difference()).toBeLessThanOrEqual(MOST_APART);
    expect(young.every((client) => gateway.workerPids().includes(workerOf(client)))).toBe(true);
  });

  it("is even again after a worker was killed", async () => {
    await start("least_conn", 2);
    const clients = await openMany(gateway, 150);
    await settle(150);
    const killed = workerOf(clients[0]!);
    const left = clients.filter((client) => workerOf(client) !== killed);
    process.kill(killed, "SIGKILL");
    await settle(left.length);
    expect(left.every(({ isOpen }) => isOpen)).toBe(true);
    await closeMany(those(left, "e"));
    const open = left.length - those(left, "e").length;
    await settle(open);
    await openMany(gateway, 200 - open);
    await settle(200);
    expect(fleet.difference()).toBeLessThanOrEqual(MOST_APART);
  });
});

describe("random_two through two workers", () => {
  it("keeps peers nearly even, and prefers the one that has fewer sessions", async () => {
    await start("random_two", 2);
    const clients = await openMany(gateway, 200);
    await settle(200);
    // Taken at random they would be 13 apart on average.
    expect(fleet.difference()).toBeLessThanOrEqual(8);
    const onC = those(clients, "c");
    await closeMany(onC);
    await settle(200 - onC.length);
    await openMany(gateway, 160);
    await settle(360 - onC.length);
    // Drawn in two of five cases, it wins until it has caught up: 64 of them.
    expect(fleet.counts()["c"]).toBeGreaterThanOrEqual(42);
  });
});
