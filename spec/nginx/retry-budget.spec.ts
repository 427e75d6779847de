import net from "node:net";
import { whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { Client, connect, connectRefused, open } from "../support/client";
import { IN_ORDER, routedByName } from "../support/documents";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { readMetrics } from "../support/metrics";
import { answer, closeAtOnce, startRawBackend, staySilent } from "../support/raw-backend";
import type { RawBackend } from "../support/raw-backend";
import { handshakeBytes } from "../support/raw-request";
import { waitFor } from "../support/wait-for";

const REFUSED = "switchboard_retries_refused_total";
const CROWD = 50;
const NONE = { percent: 0, min: 0 };
const ONE = { percent: 0, min: 1 };

let gateway: Gateway;
let good: Backend;
let silent: RawBackend;
let crowded: readonly RawBackend[];

const addresses = (...backends: readonly { readonly address: string }[]): object[] =>
  backends.map(({ address }, index) => ({ id: `${index}`, address }));

beforeAll(async () => {
  good = await startBackend();
  silent = await startRawBackend(staySilent);
  crowded = await Promise.all([1, 2, 3].map(() => startRawBackend(staySilent)));
  const closing = await startRawBackend(closeAtOnce);
  const busy = await startRawBackend(answer(503));
  const refusing = { address: `127.0.0.1:${await freePort()}` };
  const more = await Promise.all([startBackend(), startBackend()]);
  const inOrder = (...backends: readonly { readonly address: string }[]): object => ({
    balancer: IN_ORDER,
    peers: addresses(...backends),
  });
  const outage = { peers: addresses(...crowded), retries: 2, handshake_timeout: "1s" };
  gateway = await startGateway({
    config: routedByName({
      limited: { ...outage, retry_budget: { percent: 20, min: 5 } },
      unlimited: { ...outage, handshake_timeout: "500ms", retry_budget: { percent: 100 } },
      closing: { ...inOrder(closing, good), retry_budget: NONE },
      busy: { ...inOrder(busy, good), retry_budget: NONE },
      silent: { ...inOrder(silent, good), retry_budget: NONE, handshake_timeout: "300ms" },
      refusing: { peers: addresses(refusing, good, ...more), retry_budget: NONE },
      failing: { ...inOrder(closing, good, ...more), retry_budget: { percent: 20, min: 10 } },
      all_refusing: { ...inOrder(refusing, refusing, refusing), retry_budget: NONE },
      one: { ...inOrder(closing, good), retry_budget: ONE },
      left: { ...inOrder(closing, silent), retry_budget: ONE },
    }),
  });
});

beforeEach(() => {
  good.requests.length = 0;
  for (const { requestHeads } of [silent, ...crowded]) requestHeads.length = 0;
});

afterEach(() => whenNothingIsCounted(gateway));

async function refusals(upstream: string): Promise<number> {
  return (await readMetrics(gateway)).value(REFUSED, { upstream, why: "budget" }) ?? 0;
}

/** So many handshakes at once that all fail in the end. @returns the attempts that reached the backends */
async function crowdAt(path: string): Promise<number> {
  const ends = await Promise.all(Array.from({ length: CROWD }, () => connectRefused(gateway.url(path))));
  for (const { status, headers } of ends) {
    expect([status, headers["switchboard-error"]]).toEqual([504, "handshake_timeout"]);
  }
  return crowded.reduce((sum, { requestHeads }) => sum + requestHeads.length, 0);
}

/** As many handshakes as told, two begun every 10 ms; they stay open until all are there. */
async function steadily(path: string, count: number): Promise<readonly string[]> {
  const outcomes: Promise<string>[] = [];
  for (let begun = 0; begun < count; begun += 1) {
    outcomes.push(open(gateway.url(path)).then((end) => (end instanceof Client ? "101" : `${end.status}`)));
    if (begun % 2 === 1) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return [...new Set(await Promise.all(outcomes))];
}

function countWarnings(upstream: string): number {
  return gateway.errorLog().split(`retry budget of upstream "${upstream}" is used up: `).length - 1;
}

it("keeps an outage from multiplying the handshakes", async () => {
  const without = await crowdAt("/unlimited/");
  for (const { requestHeads } of crowded) requestHeads.length = 0;
  const within = await crowdAt("/limited/");
  expect(without).toBe(3 * CROWD);
  // A fifth of them tries again, and some of these once more.
  expect(within).toBeGreaterThan(CROWD);
  expect(within).toBeLessThanOrEqual(CROWD + 2 * (CROWD / 5));
  await waitFor(async () => (await refusals("limited")) >= CROWD - CROWD / 5, { what: "the metric" });
  expect(await refusals("unlimited")).toBe(0);
  const warnings = countWarnings("limited");
  expect(warnings).toBeGreaterThanOrEqual(1);
  expect(warnings).toBeLessThan(CROWD / 5);
});

it.each([
  ["closing", 502, "bad_upstream", "no backend could be reached that answers a handshake"],
  ["busy", 502, "bad_upstream", "the backend answered 503"],
  ["silent", 504, "handshake_timeout", "the backend did not answer the handshake in time"],
])("answers as if no try was left: %s", async (name, status, code, message) => {
  const refusal = await connectRefused(gateway.url(`/${name}/`));
  expect(refusal.status).toBe(status);
  expect(JSON.parse(refusal.body)).toEqual({ error: { code, message } });
  expect(good.requests).toHaveLength(0);
  await waitFor(async () => (await refusals(name)) === 1, { what: "the metric" });
  expect(countWarnings(name)).toBe(1);
});

it("holds nobody back where a connect was refused: one of four peers is gone and no client sees it", async () => {
  expect(await steadily("/refusing/", 100)).toEqual(["101"]);
  expect(await refusals("refusing")).toBe(0);
});

it("lets through what one of four peers fails under a steady load", async () => {
  expect(await steadily("/failing/", 100)).toEqual(["101"]);
});

it("answers at once where every peer refuses", async () => {
  const startedAt = performance.now();
  expect((await connectRefused(gateway.url("/all_refusing/"))).status).toBe(502);
  expect(performance.now() - startedAt).toBeLessThan(2000);
  expect(await refusals("all_refusing")).toBe(0);
});

it("has room again after each try, however that ends", async () => {
  for (let turn = 0; turn < 5; turn += 1) {
    const client = await connect(gateway.url("/one/"));
    client.socket.terminate();
    expect((await fetch(`http://127.0.0.1:${gateway.port}/one/`)).status).toBe(200);
  }
  expect(await refusals("one")).toBe(0);
  for (let turn = 1; turn <= 3; turn += 1) {
    const socket = net.connect(gateway.port, "127.0.0.1");
    socket.write(handshakeBytes("/left/"));
    await waitFor(() => silent.requestHeads.length === turn, { what: "the further try" });
    socket.destroy();
    await whenNothingIsCounted(gateway);
  }
  expect(await refusals("left")).toBe(0);
});
