import { seededRng } from "../core/support/seeded-rng";
import { totalCount } from "../support/admin-calls";
import { startBackend } from "../support/backend";
import { Churn, openTalks } from "../support/churn";
import type { ChurnPlan } from "../support/churn";
import { dictKeys, SHOW_KEYS } from "../support/dict-keys";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { LUA_MEMORY, luaMemory } from "../support/lua-memory";
import type { SteadyTalk } from "../support/steady-talk";
import { waitFor } from "../support/wait-for";
import { NAME_WORKER } from "../support/worker-probe";

/** `npm run soak` runs the long form. */
const IS_SOAK = process.env["SWITCHBOARD_SOAK"] === "1";
const PLAN: ChurnPlan = IS_SOAK
  ? { durationMs: 60_000, changes: 300, reloads: 5, kills: 1 }
  : { durationMs: 10_000, changes: 60, reloads: 2, kills: 1 };
const SOCKETS = IS_SOAK ? 2_000 : 300;
const MESSAGE_EVERY_MS = IS_SOAK ? 1_000 : 250;
const WORKERS = 4;

jest.setTimeout(PLAN.durationMs + 90_000);

it(`survives ${PLAN.changes} changes, ${PLAN.reloads} reloads and a killed worker with ${SOCKETS} open sockets`, async () => {
  const backends = await Promise.all([startBackend(), startBackend(), startBackend()]);
  const peers = { a: backends[0].address, b: backends[1].address, c: backends[2].address };
  const gateway = await startGateway({
    config: {
      upstreams: { chat: { peers: Object.entries(peers).map(([id, address]) => ({ id, address })) } },
      routes: [{ id: "all", path: "/*", upstream: "chat" }],
    },
    workers: WORKERS,
    locationExtra: NAME_WORKER,
    serverExtra: `${SHOW_KEYS}\n${LUA_MEMORY}`,
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
  (await openTalks(gateway, 20, MESSAGE_EVERY_MS)).map(end);
  await waitFor(async () => (await totalCount(gateway)) === 0, { what: "no session before" });
  const memoryBefore = await luaMemory(gateway, WORKERS);

  const talks = await openTalks(gateway, SOCKETS, MESSAGE_EVERY_MS);
  const churn = new Churn(gateway, peers, seededRng(20));
  await churn.run(PLAN);
  for (const talk of talks) talk.stop();
  await waitFor(() => talks.every((talk) => talk.isSettled()), {
    timeoutMs: 20_000,
    what: "the last answers",
  });

  expect(churn.refused).toEqual([]);
  expect(await churn.failedHandshakes()).toEqual([]);
  expect(churn.handshakeCount).toBeGreaterThan(PLAN.durationMs / 200);
  expect(talks.filter(({ fault }) => fault !== undefined).map(({ fault }) => fault)).toEqual([]);
  const isOfKilled = (talk: SteadyTalk): boolean => churn.killed.has(talk.worker);
  expect(talks.filter((talk) => talk.hasClosed && !isOfKilled(talk))).toEqual([]);
  expect(talks.filter((talk) => !talk.hasClosed && isOfKilled(talk))).toEqual([]);
  const open = talks.filter((talk) => !talk.hasClosed);
  expect(Math.min(...open.map(({ exchanged }) => exchanged))).toBeGreaterThan(3);
  await waitFor(async () => (await totalCount(gateway)) === open.length, {
    what: "the count of the open ones",
  });

  open.map(end);
  await waitFor(async () => (await totalCount(gateway)) === 0, {
    timeoutMs: 10_000,
    what: "no session after",
  });
  await waitFor(() => gateway.exitingWorkerPids().length === 0, {
    timeoutMs: 10_000,
    what: "the old workers to end",
  });
  await waitFor(async () => (await leftBehind(gateway)).length === 0, {
    timeoutMs: 15_000,
    what: "no key of what is gone",
  }).catch(async () => expect(await leftBehind(gateway)).toEqual([]));
  const memoryAfter = await luaMemory(gateway, WORKERS);
  expect(Math.max(...memoryAfter)).toBeLessThan(Math.max(...memoryBefore) * 1.5 + 1024);
});

function end(talk: SteadyTalk): void {
  talk.stop();
  talk.client.socket.terminate();
}

/** Keys of the shared dict that name a peer or a route of the churn, or a process that has ended; events tell of them for a while. */
async function leftBehind(gateway: Gateway): Promise<string[]> {
  const pids = new Set(gateway.workerPids());
  const isOfEnded = (key: string): boolean => {
    const [, pid] = /:share:(\d+)\./.exec(key) ?? [];
    return pid !== undefined && !pids.has(Number(pid));
  };
  const keys = await dictKeys(gateway);
  return keys.filter((key) => /added\/|extra/.test(key) || isOfEnded(key));
}
