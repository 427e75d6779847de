import { IN_ORDER, routedByName } from "../support/documents";
import { openEvents } from "../support/events";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import type { FaultyBackend } from "../support/faults/faulty-backend";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { ASK_WORKERS, leaderOf, whenAllKnow } from "../support/peer-health";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER, probe } from "../support/worker-probe";

/** An ejection outlives those who have found it. */

const PATH = "/chat/";

let a: FaultyBackend;
let b: FaultyBackend;
let gateway: Gateway;

beforeEach(async () => {
  [a, b] = await Promise.all([startFaultyBackend({ name: "a" }), startFaultyBackend({ name: "b" })]);
});

async function start(passive: object, fields: object = {}): Promise<void> {
  gateway = await startGateway({
    config: routedByName({
      chat: {
        balancer: IN_ORDER,
        peers: [
          { id: "a", address: a.address },
          { id: "b", address: b.address },
        ],
        retries: 1,
        panic_threshold: 0,
        health: { passive: { max_fails: 1, ...passive } },
        ...fields,
      },
    }),
    workers: 2,
    serverExtra: ASK_WORKERS,
    locationExtra: NAME_WORKER,
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
  await allWorkers(gateway);
}

/** Kills the worker that watches, and waits until another one does. */
async function killLeader(): Promise<void> {
  const pid = await leaderOf(gateway);
  process.kill(pid, "SIGKILL");
  await waitFor(() => !gateway.workerPids().includes(pid), { what: "the worker's end" });
  await allWorkers(gateway);
  await waitFor(async () => (await leaderOf(gateway)) !== pid, { what: "another leader" });
}

async function whenEjected(reason: RegExp): Promise<void> {
  const events = await openEvents(gateway.adminPort, "?type=health");
  await waitFor(async () => {
    await probe(gateway, PATH);
    return events
      .ofType("health")
      .some(({ data }) => data["to"] === "down" && reason.test(String(data["reason"])));
  });
}

it("one that lasts is one for those who come after a reload, and after the end of the one who judged", async () => {
  await start({ eject: "1h", max_eject: "1h" });
  await a.status(503);
  await whenEjected(/^ejected for 1h: /);
  await whenAllKnow(gateway, { a: { health: "down", health_reason: /^ejected for 1h: / } });
  await a.heal();
  await a.forget();
  await gateway.reload();
  await whenAllKnow(gateway, { a: { health: "down", health_reason: /^ejected for 1h: / } });
  await killLeader();
  await whenAllKnow(gateway, { a: { health: "down", health_reason: /^ejected for 1h: / } });
  for (let nth = 0; nth < 12; nth += 1) expect((await probe(gateway, PATH)).backend).toBe("b");
  expect(await a.arrivals()).toEqual([]);
});

it("one ends in time though another judges by then, who knows that the next one is the second", async () => {
  await start({ eject: "1s" });
  await a.status(503);
  await whenEjected(/^ejected for 1s: /);
  await killLeader();
  await whenAllKnow(gateway, { a: { health: "down", on_trial: true } });
  await killLeader();
  await whenAllKnow(gateway, { a: { health: "down", on_trial: true } });
  await whenEjected(/^ejected for 2s: trial failed: answered 503$/);
  await a.heal();
  await gateway.reload();
  await whenAllKnow(gateway, { a: { health: "down", on_trial: true } });
  // Not only when the handshake that was the first trial would have been late.
  const isReached = async (): Promise<boolean> => (await probe(gateway, PATH)).backend === "a";
  await waitFor(isReached, { timeoutMs: 5_000, what: "another trial" });
  await whenAllKnow(gateway, { a: { health: "up", health_reason: "trial passed" } });
});

it("a worker that is killed with the trial under way leaves it to others", async () => {
  await start({ eject: "1s" }, { connect_timeout: "500ms", handshake_timeout: "1500ms", retries: 0 });
  await a.status(503);
  await whenEjected(/^ejected for 1s: /);
  await whenAllKnow(gateway, { a: { health: "down", on_trial: true } });
  await a.forget();
  await a.silence();
  const begun = Promise.all(Array.from({ length: 4 }, () => probe(gateway, PATH)));
  await waitFor(async () => (await a.arrivals()).length === 1, { what: "the trial" });
  for (const pid of gateway.workerPids()) process.kill(pid, "SIGKILL");
  await begun;
  await allWorkers(gateway);
  await a.heal();
  await waitFor(async () => (await probe(gateway, PATH)).backend === "a", { what: "another trial" });
  await whenAllKnow(gateway, { a: "up" });
});
