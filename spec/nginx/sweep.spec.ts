import { countsOf, removedPeers, totalCount } from "../support/admin-calls";
import type { Backend } from "../support/backend";
import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import { dictKeys, SHOW_KEYS } from "../support/dict-keys";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { whileStopped } from "../support/stop-process";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER } from "../support/worker-probe";

const WORKERS = 4;
/** Handshakes under way at a time. */
const AT_ONCE = 50;
const COUNTS_RIGHT_WITHIN_MS = 3_000;
/** Longer than a lease lasts, and for several rounds of the sweep. */
const STOPPED_FOR_MS = 3_000;
/** Each leaves workers behind that would leave keys behind. */
const RELOADS = 4;

let backends: Record<"a" | "b", Backend>;
let gateway: Gateway;

beforeEach(async () => {
  backends = { a: await startBackend(), b: await startBackend() };
  gateway = await startGateway({
    config: sendTo("a", "b"),
    workers: WORKERS,
    locationExtra: NAME_WORKER,
    serverExtra: SHOW_KEYS,
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
  await allWorkers(gateway);
});

function sendTo(...ids: ("a" | "b")[]): object {
  return {
    upstreams: { chat: { peers: ids.map((id) => ({ id, address: backends[id].address })) } },
    routes: [{ id: "all", path: "/*", upstream: "chat" }],
  };
}

function workerOf({ response }: Client): number {
  return Number(response.headers["worker"]);
}

/** Opens sockets until one worker has that many. */
async function connectUntil(sockets: number): Promise<{ clients: Client[]; pid: number }> {
  const clients: Client[] = [];
  const ofWorker = new Map<number, number>();
  for (;;) {
    const batch = await Promise.all(Array.from({ length: AT_ONCE }, () => connect(gateway.url())));
    for (const client of batch) ofWorker.set(workerOf(client), (ofWorker.get(workerOf(client)) ?? 0) + 1);
    clients.push(...batch);
    for (const [pid, open] of ofWorker) if (open >= sockets) return { clients, pid };
  }
}

/** Waits until what the gateway counts are the sockets that the backends have. */
async function whenCountsAreRight(open: number): Promise<void> {
  let state: unknown;
  const areRight = async (): Promise<boolean> => {
    const counted = await countsOf(gateway, "chat");
    const [a, b] = [backends.a.connections.size, backends.b.connections.size];
    state = { counted, backends: { a, b } };
    return a + b === open && counted["a"] === a && counted["b"] === b;
  };
  await waitFor(areRight, { timeoutMs: COUNTS_RIGHT_WITHIN_MS, what: `${open} sockets` }).catch(
    (error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(state)}`);
    },
  );
}

/** Every key that is there for the counts of peers. */
async function countingKeys(): Promise<string[]> {
  return (await dictKeys(gateway)).filter(
    (key) => /^1:(share|total|process|counted)\b/.test(key) && !key.includes(":@"),
  );
}

/** Shares in the counts of routes: a worker has one if it had a session open when it told its counts. */
async function routeShares(): Promise<string[]> {
  return (await dictKeys(gateway)).filter((key) => /^1:share:.*:@route:/.test(key));
}

function closeAll(clients: readonly Client[]): void {
  for (const { socket } of clients) socket.terminate();
}

describe("a worker that is killed", () => {
  it("takes its sockets out of the counts, and its keys out of the dict", async () => {
    const { clients, pid } = await connectUntil(100);
    const left = clients.filter((client) => workerOf(client) !== pid);
    process.kill(pid, "SIGKILL");
    await whenCountsAreRight(left.length);
    await waitFor(async () => !(await dictKeys(gateway)).some((key) => key.includes(`:share:${pid}.`)), {
      what: "no share of the killed worker",
    });
    expect(gateway.errorLog()).toContain(`the sessions of process ${pid}.`);
    closeAll(left);
    await whenCountsAreRight(0);
    expect(gateway.errorLog()).not.toContain("release without a slot");
  });

  it("is found, whichever it is, the leader too", async () => {
    let { clients } = await connectUntil(10);
    for (const pid of gateway.workerPids()) {
      clients = clients.filter((client) => workerOf(client) !== pid);
      process.kill(pid, "SIGKILL");
      await waitFor(() => !gateway.workerPids().includes(pid), { what: "the end of the worker" });
      await whenCountsAreRight(clients.length);
    }
    expect(clients).toEqual([]);
  });

  it("leaves no key behind of a peer that was removed while its sockets were open", async () => {
    const { clients } = await connectUntil(10);
    gateway.writeConfig(sendTo("b"));
    await waitFor(async () => (await removedPeers(gateway, "chat")).join() === "a", { what: "the change" });
    const keysOfPeer = async (): Promise<string[]> =>
      (await dictKeys(gateway)).filter((key) => key.endsWith(":chat:a"));
    // A share in each worker, and the total.
    expect(await keysOfPeer()).toHaveLength(WORKERS + 1);
    const [first, ...others] = gateway.workerPids();
    process.kill(first!, "SIGKILL");
    await waitFor(async () => (await keysOfPeer()).length === WORKERS, { what: "one share less" });
    for (const pid of others) process.kill(pid, "SIGKILL");
    await waitFor(() => clients.every(({ isOpen }) => !isOpen), { what: "the end of all sockets" });
    await waitFor(async () => (await keysOfPeer()).length === 0, { what: "no key of the peer" });
  });
});

describe("a worker that is stopped for a while", () => {
  it("keeps its share", async () => {
    const { clients, pid } = await connectUntil(10);
    const bystander = clients.find((client) => workerOf(client) !== pid)!;
    await whileStopped(pid, async () => {
      const until = performance.now() + STOPPED_FOR_MS;
      while (performance.now() < until) expect(await totalCount(gateway)).toBe(clients.length);
      bystander.socket.terminate();
      await whenCountsAreRight(clients.length - 1);
    });
    closeAll(clients);
    await whenCountsAreRight(0);
  });
});

describe("reloads with open sockets", () => {
  it("leave the keys of the workers that are there, and no others", async () => {
    closeAll((await connectUntil(4)).clients);
    await whenCountsAreRight(0);
    const before = await countingKeys();
    const open: Client[] = [];
    for (let reload = 0; reload < RELOADS; reload += 1) {
      open.push(await connect(gateway.url()), await connect(gateway.url()));
      await gateway.reload();
    }
    await whenCountsAreRight(open.length);
    closeAll(open);
    await waitFor(() => gateway.exitingWorkerPids().length === 0, { what: "the old workers to exit" });
    closeAll((await connectUntil(4)).clients);
    await whenCountsAreRight(0);
    await waitFor(async () => (await countingKeys()).length <= before.length, {
      what: "the number of keys before",
    });
    await waitFor(async () => (await routeShares()).length <= WORKERS, {
      what: "no route's share but of a worker",
    });
  });
});
