import { countsOf, getStatus, totalCount } from "../support/admin-calls";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import { Conversation } from "../support/conversation";
import { dictKeys, publishedGeneration, SHOW_KEYS, whenNoPeerIsRemoved } from "../support/dict-keys";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER, probe, startNamedBackend, waitUntilLive } from "../support/worker-probe";

let addresses: Record<string, string>;

beforeAll(async () => {
  const [a, b] = [await startNamedBackend("a"), await startNamedBackend("b")];
  addresses = { a: a.address, b: b.address };
});

function sendTo(backend: string): object {
  return {
    upstreams: { chat: { peers: [{ id: backend, address: addresses[backend] }] } },
    routes: [{ id: "all", path: "/*", upstream: "chat" }],
  };
}

async function start(): Promise<Gateway> {
  const gateway = await startGateway({
    config: sendTo("a"),
    workers: 2,
    locationExtra: NAME_WORKER,
    serverExtra: SHOW_KEYS,
    allowedErrors: [/init_by_lua error: switchboard: .*"rotes"/],
  });
  await allWorkers(gateway);
  return gateway;
}

/** Sockets in every worker. */
async function connectToAll(gateway: Gateway): Promise<Client[]> {
  const clients: Client[] = [];
  const reached = new Set<number>();
  while (reached.size < 2 || clients.length < 6) {
    const client = await connect(gateway.url());
    reached.add(workerOf(client));
    clients.push(client);
  }
  return clients;
}

function workerOf({ response }: Client): number {
  return Number(response.headers["worker"]);
}

describe("a reload with a config that cannot be used", () => {
  it("is refused with its reason, changes nothing, and is forgotten after a good one", async () => {
    const gateway = await start();
    const workers = gateway.workerPids();
    const clients = await connectToAll(gateway);
    const conversation = new Conversation(clients);

    gateway.writeConfig({ ...sendTo("b"), rotes: [] });
    gateway.signal("SIGHUP");
    const reason = await waitFor(async () => {
      const { last_reload_error: found } = await getStatus(gateway);
      return found !== "" && found;
    });
    expect(reason).toMatch(/conf\/switchboard\.json: \/rotes: .*did you mean "routes"/);
    expect(gateway.errorLog()).toContain(reason);
    expect(await probe(gateway)).toMatchObject({ status: 101, backend: "a" });
    expect(gateway.workerPids()).toEqual(workers);
    expect(gateway.exitingWorkerPids()).toEqual([]);

    gateway.writeConfig(sendTo("b"));
    await gateway.reload();
    await waitUntilLive(gateway, "b");
    expect(await getStatus(gateway)).toMatchObject({ last_reload_error: "", config_error: "" });
    await conversation.end();
  });
});

describe("a reload", () => {
  it("leaves open sockets in the old workers, counts them, and lets these go with their last one", async () => {
    const gateway = await start();
    gateway.writeConfig(sendTo("b"));
    await waitUntilLive(gateway, "b");
    gateway.writeConfig(sendTo("a"));
    await waitUntilLive(gateway, "a");
    await whenNoPeerIsRemoved(gateway);
    const generation = await publishedGeneration(gateway);
    const old = gateway.workerPids();
    const clients = await connectToAll(gateway);
    const conversation = new Conversation(clients);

    await gateway.reload();
    await allWorkers(gateway);
    expect(gateway.exitingWorkerPids().sort()).toEqual(old.sort());
    expect(await getStatus(gateway)).toMatchObject({ generation });
    const later = await connectToAll(gateway);
    expect(later.map(workerOf).filter((pid) => old.includes(pid))).toEqual([]);
    expect(await countsOf(gateway, "chat")).toEqual({ a: clients.length + later.length });

    await conversation.end();
    await Promise.all(clients.map((client) => client.close()));
    await waitFor(() => gateway.exitingWorkerPids().length === 0, { what: "the old workers to exit" });
    expect(await countsOf(gateway, "chat")).toEqual({ a: later.length });
    await Promise.all(later.map((client) => client.close()));
    await waitFor(async () => (await totalCount(gateway)) === 0, { what: "no session" });
  });

  it("takes a changed config with it as the next generation", async () => {
    const gateway = await start();
    const { generation } = await getStatus(gateway);
    const clients = await connectToAll(gateway);
    const conversation = new Conversation(clients);
    gateway.writeConfig(sendTo("b"));
    await gateway.reload();
    await waitUntilLive(gateway, "b");
    expect(await getStatus(gateway)).toMatchObject({ generation: generation + 1 });
    await conversation.end();
  });

  it("leaves nothing of the old workers in the shared dict when they are gone", async () => {
    const gateway = await start();
    const counters = async (): Promise<string[]> =>
      (await dictKeys(gateway)).filter((key) => /:(share|total):/.test(key));
    const clients = await connectToAll(gateway);
    expect(await counters()).toHaveLength(3);
    await gateway.reload();
    gateway.writeConfig(sendTo("b"));
    await waitUntilLive(gateway, "b");
    await Promise.all(clients.map((client) => client.close()));
    await waitFor(() => gateway.exitingWorkerPids().length === 0, { what: "the old workers to exit" });
    await waitFor(async () => !(await counters()).some((key) => key.endsWith(":a")), {
      what: "no counter of a",
    });
  });

  it("leaves sockets open through several of them", async () => {
    const gateway = await start();
    const clients: Client[] = [];
    for (let round = 0; round < 3; round += 1) {
      clients.push(...(await connectToAll(gateway)));
      await gateway.reload();
      await allWorkers(gateway);
    }
    const conversation = new Conversation(clients);
    expect(await totalCount(gateway)).toBe(clients.length);
    await conversation.end();
    await Promise.all(clients.map((client) => client.close()));
    await waitFor(async () => (await totalCount(gateway)) === 0, { what: "no session" });
    await waitFor(() => gateway.exitingWorkerPids().length === 0, { what: "the old workers to exit" });
  });
});
