import { connect } from "../support/client";
import type { Client } from "../support/client";
import { Conversation } from "../support/conversation";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import {
  allWorkers,
  leaderPid,
  NAME_WORKER,
  SHOW_LEADER,
  startNamedBackend,
  waitUntilLive,
} from "../support/worker-probe";

/** Two for the lease of the lost leader to end, one for the change. */
const TAKEOVER_MS = 3_000;

let gateway: Gateway;
let addresses: Record<string, string>;

beforeAll(async () => {
  const [a, b] = [await startNamedBackend("a"), await startNamedBackend("b")];
  addresses = { a: a.address, b: b.address };
});

beforeEach(async () => {
  gateway = await startGateway({
    config: sendTo("a"),
    workers: 3,
    locationExtra: NAME_WORKER,
    serverExtra: SHOW_LEADER,
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
  await allWorkers(gateway);
});

function sendTo(backend: string): object {
  return {
    upstreams: { chat: { peers: [{ id: backend, address: addresses[backend] }] } },
    routes: [{ id: "all", path: "/*", upstream: "chat" }],
  };
}

/** Kills it and waits for another in its place. */
async function lose(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  await waitFor(() => !gateway.workerPids().includes(pid), { what: "the worker's end" });
  await allWorkers(gateway);
}

/** Sockets in the workers that stay. */
async function connectBeside(pid: number): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < 4) {
    const client = await connect(gateway.url());
    if (Number(client.response.headers["worker"]) !== pid) clients.push(client);
  }
  return clients;
}

describe("a worker that is killed", () => {
  it("is replaced by one that knows the current generation, and the others' sockets stay", async () => {
    gateway.writeConfig(sendTo("b"));
    await waitUntilLive(gateway, "b");
    const leader = await leaderPid(gateway);
    const victim = gateway.workerPids().find((pid) => pid !== leader)!;
    const conversation = new Conversation(await connectBeside(victim));
    await lose(victim);
    await waitUntilLive(gateway, "b");
    expect(gateway.workerPids()).toContain(leader);
    await conversation.end();
  });

  it("is followed as leader by another, which takes up the next change", async () => {
    const leader = await leaderPid(gateway);
    const conversation = new Conversation(await connectBeside(leader));
    const killedAt = performance.now();
    await lose(leader);
    gateway.writeConfig(sendTo("b"));
    await waitUntilLive(gateway, "b", TAKEOVER_MS - (performance.now() - killedAt));
    expect(await leaderPid(gateway)).not.toBe(leader);
    await conversation.end();
  });
});
