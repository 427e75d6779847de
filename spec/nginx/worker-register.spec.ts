import type { WorkerGeneration } from "../../src/admin/world";
import { getStatus } from "../support/admin-calls";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import { FULL_DICT } from "../support/full-dict";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { startBackend } from "../support/backend";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER } from "../support/worker-probe";

interface LivingProcess {
  readonly id: string;
  readonly pid: number;
  readonly cycle: number;
  readonly applied: number;
  readonly sessions: number;
  readonly isExiting: boolean;
}

interface Wait {
  readonly applied: boolean;
  readonly seconds: number;
}

/** What the worker that is asked knows of all. */
const SHOW_REGISTER = `
location = /register { content_by_lua_block {
  local processes = require("resty.switchboard.ngx.worker").workerInUse().processes
  ngx.print(require("cjson.safe").encode(processes:living()))
} }
location = /generations { content_by_lua_block {
  local processes = require("resty.switchboard.ngx.worker").workerInUse().processes
  local of = require("resty.switchboard.admin.worker-generations").workerGenerations
  ngx.print(require("cjson.safe").encode(of(processes:living())))
} }
location = /wait { content_by_lua_block {
  local processes = require("resty.switchboard.ngx.worker").workerInUse().processes
  ngx.update_time()
  local before = ngx.now()
  local applied = processes:whenApplied(tonumber(ngx.var.arg_generation), tonumber(ngx.var.arg_seconds))
  ngx.update_time()
  ngx.print(require("cjson.safe").encode { applied = applied, seconds = ngx.now() - before })
} }
location = /wait-beside-a-ghost { content_by_lua_block {
  local processes = require("resty.switchboard.ngx.worker").workerInUse().processes
  local dict = ngx.shared.switchboard
  local slot = dict:incr("1:process-slots", 1)
  dict:set("1:process:" .. slot, "4194303.1")
  local applied = processes:whenApplied(processes:living()[1].applied, 0.05)
  ngx.print(require("cjson.safe").encode { applied = applied })
} }
location = /fill { content_by_lua_block { local fill, empty ${FULL_DICT} fill() ngx.print("true") } }`;

async function ask<T>(gateway: Gateway, location: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}${location}`, {
    headers: { connection: "close" },
  });
  return (await response.json()) as T;
}

let config: (state: string) => object;

async function start(workers = 2): Promise<Gateway> {
  const backend = await startBackend();
  config = (zone) => ({
    upstreams: { chat: { peers: [{ id: "a", address: backend.address, zone }] } },
    routes: [{ id: "all", path: "/*", upstream: "chat" }],
  });
  const gateway = await startGateway({
    config: config("one"),
    workers,
    locationExtra: NAME_WORKER,
    serverExtra: SHOW_REGISTER,
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
  await allWorkers(gateway);
  return gateway;
}

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}

async function whenRegistered(gateway: Gateway): Promise<readonly LivingProcess[]> {
  return waitFor(
    async () => {
      // An empty list is encoded as an empty object.
      const living = Object.values(await ask<Record<string, LivingProcess>>(gateway, "/register"));
      const pids = sorted(living.map(({ pid }) => pid));
      return pids.join() === sorted(gateway.workerPids()).join() && living;
    },
    { what: "all workers in the register, and no others" },
  );
}

function workerOf({ response }: Client): number {
  return Number(response.headers["worker"]);
}

/** Sockets in both workers. */
async function connectToAll(gateway: Gateway): Promise<Client[]> {
  const clients: Client[] = [];
  while (new Set(clients.map(workerOf)).size < 2) clients.push(await connect(gateway.url()));
  return clients;
}

describe("the register of processes", () => {
  it("has every worker from its start on, with the generation it has applied, and loses it with its end", async () => {
    const gateway = await start();
    const { generation } = await getStatus(gateway);
    const living = await whenRegistered(gateway);
    expect(living.map(({ cycle, applied, isExiting }) => [cycle, applied, isExiting])).toEqual([
      [1, generation, false],
      [1, generation, false],
    ]);
    process.kill(living[0]!.pid, "SIGKILL");
    await waitFor(() => !gateway.workerPids().includes(living[0]!.pid), { what: "the end of the worker" });
    await allWorkers(gateway);
    const later = await whenRegistered(gateway);
    // A worker in the place of another is of the same generation.
    expect(later.map(({ cycle }) => cycle)).toEqual([1, 1]);
  });

  it("tells the sessions of each, and the generations of workers that live", async () => {
    const gateway = await start();
    const clients = await connectToAll(gateway);
    const generations = (): Promise<WorkerGeneration[]> => ask(gateway, "/generations");
    await waitFor(async () => (await generations())[0]!.sessions >= clients.length, { what: "the sessions" });
    await gateway.reload();
    await allWorkers(gateway);
    const [newest, old] = await waitFor(
      async () => {
        const found = await generations();
        return found.length === 2 && found[1]!.sessions === clients.length && found;
      },
      { what: "two generations" },
    );
    expect(newest).toMatchObject({ generation: 2, workers: 2, exiting: false, why: "" });
    expect(old).toEqual({
      generation: 1,
      workers: 2,
      sessions: clients.length,
      exiting: true,
      why: `${clients.length} sessions are open since before a reload`,
    });
    await Promise.all(clients.map((client) => client.close()));
    await waitFor(async () => (await generations()).length === 1, { what: "the old workers to leave" });
    await whenRegistered(gateway);
  });
});

describe("a worker that finds no room in the register", () => {
  it("serves all the same, says so, and is entered as soon as there is room", async () => {
    const gateway = await start(1);
    const [worker] = gateway.workerPids();
    await ask(gateway, "/fill");
    process.kill(worker!, "SIGKILL");
    await waitFor(() => !gateway.workerPids().includes(worker!), { what: "the end of the worker" });
    await allWorkers(gateway);
    const client = await connect(gateway.url());
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    expect(gateway.errorLog()).toMatch(/this process is not registered, .*: no memory/);
    // As the next leader it makes room itself: it removes what the lost worker has left.
    await whenRegistered(gateway);
  });
});

describe("waiting for a generation", () => {
  it("ends when all workers have it, also those that exit", async () => {
    const gateway = await start();
    const { generation } = await getStatus(gateway);
    expect(await ask<Wait>(gateway, `/wait?generation=${generation}&seconds=0.5`)).toMatchObject({
      applied: true,
    });
    const clients = await connectToAll(gateway);
    await gateway.reload();
    await allWorkers(gateway);
    const waiting = ask<Wait>(gateway, `/wait?generation=${generation + 1}&seconds=10`);
    gateway.writeConfig(config("two"));
    expect(await waiting).toMatchObject({ applied: true });
    const living = await ask<LivingProcess[]>(gateway, "/register");
    expect(living.map(({ applied }) => applied)).toEqual(living.map(() => generation + 1));
    expect(living).toHaveLength(4);
    expect(clients.every(({ isOpen }) => isOpen)).toBe(true);
  });

  it("does not wait for a process that is gone", async () => {
    expect(await ask<Wait>(await start(), "/wait-beside-a-ghost")).toEqual({ applied: true });
  });

  it("ends with its time when one does not answer", async () => {
    const gateway = await start();
    const { generation } = await getStatus(gateway);
    const wait = await ask<Wait>(gateway, `/wait?generation=${generation + 1}&seconds=0.2`);
    expect(wait.applied).toBe(false);
    expect(wait.seconds).toBeGreaterThanOrEqual(0.19);
    expect(wait.seconds).toBeLessThan(2);
  });
});
