import { readUpstream, whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import { routedByName } from "../support/documents";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";

const WORKERS = 2;
const BACKENDS = 5;
const SOCKETS = 1000;
/** Handshakes under way at a time: as many as keep both sides busy. */
const AT_ONCE = 50;

let gateway: Gateway;
let backends: Backend[];

beforeAll(async () => {
  backends = await Promise.all(Array.from({ length: BACKENDS }, () => startBackend()));
  const peers = backends.map(({ address }) => ({ address }));
  gateway = await startGateway({
    config: routedByName({ all: { peers } }),
    workers: WORKERS,
    locationExtra: "add_header Worker $pid always;",
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
});

async function openMany(count: number): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - clients.length) }, () =>
      connect(gateway.url("/all/")),
    );
    clients.push(...(await Promise.all(batch)));
  }
  return clients;
}

function workerOf(client: Client): number {
  return Number(client.response.headers["worker"]);
}

it("a thousand sockets spread over the workers and evenly over the peers", async () => {
  const clients = await openMany(SOCKETS);
  const { active, peers } = await readUpstream(gateway, "all");
  expect(active).toBe(SOCKETS);
  const fairShare = SOCKETS / BACKENDS;
  for (const [index, peer] of peers.entries()) {
    expect(peer.active).toBe(backends[index]!.connections.size);
    expect(Math.abs(peer.active - fairShare)).toBeLessThanOrEqual(fairShare / 10);
  }

  const workers = gateway.workerPids();
  expect(workers).toHaveLength(WORKERS);
  for (const pid of workers) {
    const share = clients.filter((client) => workerOf(client) === pid).length;
    // The kernel chooses by a hash of the addresses: half each, and a fifth less would be six standard deviations.
    expect(share).toBeGreaterThan(SOCKETS / WORKERS - SOCKETS / 10);
  }

  for (const { socket } of clients) socket.terminate();
  await whenNothingIsCounted(gateway);
});

it("the other workers and their sockets go on when one is killed, and another takes its place", async () => {
  const clients = await openMany(40);
  const [victim, ...others] = gateway.workerPids();
  process.kill(victim!, "SIGKILL");
  await waitFor(() => gateway.workerPids().length === WORKERS && !gateway.workerPids().includes(victim!));
  for (const pid of others) expect(gateway.workerPids()).toContain(pid);

  for (const client of clients) {
    if (workerOf(client) === victim) await client.nextClose();
    else expect(await client.ask("Hello")).toBe("Server received from client: Hello");
  }
  await openMany(40);
});
