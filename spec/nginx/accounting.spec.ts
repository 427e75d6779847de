import { setTimeout as sleep } from "node:timers/promises";
import { seededRng } from "../core/support/seeded-rng";
import { countsOf } from "../support/admin-calls";
import { Crowd, ENDS } from "../support/crowd";
import { routedByName } from "../support/documents";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { closeAtOnce, startRawBackend, staySilent } from "../support/raw-backend";
import type { RawBackend } from "../support/raw-backend";
import { connectionsByPort } from "../support/tcp-table";
import { whileStopped } from "../support/stop-process";
import { waitFor } from "../support/wait-for";
import { allWorkers, leaderPid, NAME_WORKER, SHOW_LEADER } from "../support/worker-probe";

const WORKERS = 4;
const ROUNDS = 14;
/** Sockets of a round, of which some give up their handshake. */
const PER_ROUND = 150;
const ABORTED_PER_ROUND = 15;
const STOPPED_FOR_MS = 3_000;
/** What is promised is 2 s; a machine that is busy with other things may need longer. */
const RIGHT_WITHIN_MS = 5_000;

const rng = seededRng(20_261);
const crowd = new Crowd();
const slowest = new Map<string, number>();
let gateway: Gateway;
/** By upstream and id. */
let backends: Record<string, Record<string, RawBackend>>;

beforeAll(async () => {
  backends = {
    chat: { a: await crowd.startBackend(), b: await crowd.startBackend() },
    // Every second handshake goes first to a peer that drops it.
    retry: { bad: await startRawBackend(closeAtOnce), good: await crowd.startBackend() },
    silent: { a: await startRawBackend(staySilent) },
  };
  const upstreams: Record<string, object> = {};
  for (const [name, peers] of Object.entries(backends)) {
    // However many fail at once, all are to go on.
    upstreams[name] = {
      retry_budget: { percent: 100 },
      peers: Object.entries(peers).map(([id, { address }]) => ({ id, address })),
    };
  }
  gateway = await startGateway({
    config: routedByName(upstreams),
    workers: WORKERS,
    locationExtra: NAME_WORKER,
    serverExtra: SHOW_LEADER,
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
  crowd.port = gateway.port;
  await allWorkers(gateway);
});

afterAll(() => {
  const took = [...slowest].map(([step, ms]) => `${step} ${Math.round(ms)} ms`);
  console.log(`The counts were right again after: ${took.join(", ")}`);
});

function one<T>(choices: readonly T[]): T {
  return choices[rng.integer(choices.length) - 1]!;
}

/** Waits until the gateway's counts are what the backends have, and what the kernel lists; and these what the clients have. */
async function whenCountsAreRight(step: string, from = performance.now()): Promise<void> {
  let found: object[] = [];
  const areRight = async (): Promise<boolean> => {
    found = [];
    let open = 0;
    let isRight = true;
    for (const [upstream, peers] of Object.entries(backends)) {
      const counts = await countsOf(gateway, upstream);
      const kernel = connectionsByPort();
      for (const [id, { port, connections }] of Object.entries(peers)) {
        const [counted, backend, listed] = [counts[id], connections.size, kernel.get(port) ?? 0];
        found.push({ upstream, id, counted, backend, listed });
        isRight &&= counted === backend && backend === listed;
        open += backend;
      }
    }
    return isRight && open === crowd.members.size;
  };
  await waitFor(areRight, { timeoutMs: RIGHT_WITHIN_MS, what: step }).catch((error: Error) => {
    throw new Error(`${error.message}: clients ${crowd.members.size}, ${JSON.stringify(found)}`);
  });
  slowest.set(step, Math.max(slowest.get(step) ?? 0, performance.now() - from));
}

async function openSome(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => crowd.open(one(["chat", "chat", "retry"]))));
}

async function abortSome(count: number): Promise<void> {
  const abort = (): Promise<void> =>
    crowd.abort(one(["chat", "retry", "silent", "silent"]), rng.integer(50) - 1, one([true, false]));
  await Promise.all(Array.from({ length: count }, abort));
}

/** @param but those of this worker are left alone */
function endSome(count: number, but = 0): void {
  const members = [...crowd.members].filter(({ worker }) => worker !== but);
  for (let nth = 0; nth < count && members.length > 0; nth += 1) {
    const [member] = members.splice(rng.integer(members.length) - 1, 1);
    crowd.end(member!, one(ENDS));
  }
}

async function round(step: string, meanwhile?: () => Promise<void>): Promise<void> {
  const opened = openSome(PER_ROUND - ABORTED_PER_ROUND);
  const aborted = abortSome(ABORTED_PER_ROUND);
  endSome(rng.integer(PER_ROUND));
  await Promise.all([opened, aborted, meanwhile?.()]);
  await whenCountsAreRight(step);
}

async function rounds(count: number): Promise<void> {
  for (let nth = 0; nth < count; nth += 1) await round("a round");
}

function membersOf(pid: number): number {
  return [...crowd.members].filter(({ worker }) => worker === pid).length;
}

async function kill(pid: number, step: string): Promise<void> {
  expect(membersOf(pid)).toBeGreaterThan(0);
  const from = performance.now();
  process.kill(pid, "SIGKILL");
  endSome(20, pid);
  await waitFor(() => membersOf(pid) === 0, { what: "the end of its sockets" });
  await whenCountsAreRight(step, from);
  await allWorkers(gateway);
}

describe("two thousand sockets that come and go", () => {
  it("are counted as backends and kernel list them, after every round", () => rounds(4));

  it("are counted through a reload", async () => {
    await round("a reload", () => gateway.reload());
    await rounds(3);
    expect(gateway.exitingWorkerPids().length).toBeGreaterThan(0);
  });

  it("are counted after a worker was killed", async () => {
    const leader = await leaderPid(gateway);
    await kill(
      gateway.workerPids().find((pid) => pid !== leader)!,
      "the end of a worker",
    );
    await rounds(2);
  });

  it("are counted after the leader was killed", async () => {
    await kill(await leaderPid(gateway), "the end of the leader");
    await rounds(2);
  });

  it("are counted while a worker is stopped, its own too, and after it went on", async () => {
    const [stopped] = gateway.workerPids();
    expect(membersOf(stopped!)).toBeGreaterThan(0);
    await whileStopped(stopped!, async () => {
      const until = performance.now() + STOPPED_FOR_MS;
      while (performance.now() < until) {
        endSome(10, stopped);
        await whenCountsAreRight("a worker is stopped");
        await sleep(200);
      }
    });
    await rounds(2);
  });

  it("leave nothing behind in the counts when they are gone", async () => {
    expect(crowd.begun).toBe(ROUNDS * PER_ROUND);
    endSome(crowd.members.size);
    await whenCountsAreRight("the end of all");
    expect(crowd.members.size).toBe(0);
    expect(gateway.errorLog()).not.toContain("release without a slot");
  });
});
