import { routedByName } from "../support/documents";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import { startGateway } from "../support/gateway";
import { ASK_WORKERS, leaderOf, whenAllKnow } from "../support/peer-health";
import { waitFor } from "../support/wait-for";
import { allWorkers } from "../support/worker-probe";

/** A peer that goes up and down has to be good for longer each time, whoever watches. */

it("takes ever more good probes, also after a reload and the end of the one who has counted them", async () => {
  const [a, b] = await Promise.all([startFaultyBackend({ name: "a" }), startFaultyBackend({ name: "b" })]);
  const active = {
    type: "http",
    path: "/alive",
    interval: "100ms",
    fast_interval: "100ms",
    fall: 1,
    rise: 1,
  };
  const peers = [
    { id: "a", address: a.address },
    { id: "b", address: b.address },
  ];
  const gateway = await startGateway({
    config: routedByName({ chat: { peers, health: { active } } }),
    workers: 2,
    serverExtra: ASK_WORKERS,
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
  await allWorkers(gateway);
  /** How many probes it takes for a to come up again, and perhaps one more. */
  const fall = async (): Promise<number> => {
    await a.status(503);
    await whenAllKnow(gateway, { a: "down", b: "up" });
    await a.forget();
    await a.heal();
    await whenAllKnow(gateway, { a: "up", b: "up" });
    return (await a.arrivals()).length;
  };
  expect(await fall()).toBeGreaterThanOrEqual(1);
  expect(await fall()).toBeGreaterThanOrEqual(2);
  await gateway.reload();
  expect(await fall()).toBeGreaterThanOrEqual(4);
  const leader = await leaderOf(gateway);
  process.kill(leader, "SIGKILL");
  await waitFor(() => !gateway.workerPids().includes(leader), { what: "the worker's end" });
  await allWorkers(gateway);
  expect(await fall()).toBeGreaterThanOrEqual(8);
});
