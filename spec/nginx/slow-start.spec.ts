import { setTimeout as sleep } from "node:timers/promises";
import { adminRequest } from "../support/admin-request";
import { countsOf, getStatus } from "../support/admin-calls";
import { changePeers } from "../support/change-in-force";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import { routedByName } from "../support/documents";
import { backendOf, openMany, startFleet } from "../support/fleet";
import type { Fleet } from "../support/fleet";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import { allWorkers } from "../support/worker-probe";

const WORKERS = 2;
const WINDOW_S = 20;
const MIN_SHARE = 0.1;
const SETTLED_EACH = 40;
const BETWEEN_HANDSHAKES_MS = 20;
const HANDSHAKES = 160;

interface Shown {
  readonly id: string;
  readonly weight: number;
  readonly effective_weight: number;
}

let fleet: Fleet;
let gateway: Gateway;

beforeEach(async () => {
  fleet = await startFleet(["a", "b", "c"]);
  const peers = fleet.peers().slice(0, 2);
  gateway = await startGateway({
    config: routedByName({
      slow: { balancer: "least_conn", slow_start: `${WINDOW_S}s`, peers },
      quick: { balancer: "least_conn", peers },
    }),
    workers: WORKERS,
  });
  await allWorkers(gateway);
});

async function weightsOf(upstream: string): Promise<Record<string, number>> {
  const { json } = await adminRequest<{ peers: Shown[] }>(gateway, "GET", `/v1/upstreams/${upstream}`);
  return Object.fromEntries(json.peers.map(({ id, effective_weight }) => [id, effective_weight]));
}

function addPeer(upstream: string): Promise<void> {
  const body = { id: "c", address: fleet.backends["c"]!.address };
  return changePeers(gateway, upstream, "POST", "", body);
}

/** Handshakes at a steady rate; how many of them the new peer got. */
async function trickle(upstream: string, count: number): Promise<number> {
  const opening: Promise<Client>[] = [];
  while (opening.length < count) {
    opening.push(connect(gateway.url(`/${upstream}/`)));
    await sleep(BETWEEN_HANDSHAKES_MS);
  }
  return (await Promise.all(opening)).filter((client) => backendOf(client) === "c").length;
}

/** Of its full weight, so long after it was added. */
function rampAfter(passedS: number): number {
  return Math.min(1, Math.max(MIN_SHARE, passedS / WINDOW_S));
}

it("nobody starts slowly when the gateway starts", async () => {
  expect(await weightsOf("slow")).toEqual({ a: 1, b: 1 });
  await openMany(gateway, 20, "/slow/");
  expect(await weightsOf("slow")).toEqual({ a: 1, b: 1 });
  await gateway.reload();
  expect(await weightsOf("slow")).toEqual({ a: 1, b: 1 });
});

it("an empty peer that joins gets its part of the handshakes, and without slow_start nearly all", async () => {
  await openMany(gateway, 2 * SETTLED_EACH, "/quick/");
  await addPeer("quick");
  expect(await trickle("quick", SETTLED_EACH)).toBeGreaterThanOrEqual(SETTLED_EACH - 4);
  expect((await weightsOf("quick"))["c"]).toBe(1);

  await openMany(gateway, 2 * SETTLED_EACH, "/slow/");
  const startedMs = Date.now();
  await addPeer("slow");
  const firstWeight = (await weightsOf("slow"))["c"]!;
  expect(firstWeight).toBeGreaterThanOrEqual(MIN_SHARE);
  const got = await trickle("slow", HANDSHAKES);
  const ramp = rampAfter((Date.now() - startedMs) / 1000);
  // One that a worker may give at any time, and one that its count is behind.
  expect(got).toBeLessThanOrEqual((ramp / 3) * HANDSHAKES + 2 * WORKERS);
  expect(got).toBeGreaterThan(0);
  expect((await countsOf(gateway, "slow"))["c"]).toBe(got);
  const nextWeight = (await weightsOf("slow"))["c"]!;
  expect(nextWeight).toBeGreaterThan(firstWeight);
  expect(nextWeight).toBeLessThanOrEqual(rampAfter((Date.now() - startedMs) / 1000));
});

it("goes on through a reload", async () => {
  const startedMs = Date.now();
  await addPeer("slow");
  const weight = async (): Promise<number> => (await weightsOf("slow"))["c"]!;
  await waitFor(async () => (await weight()) > MIN_SHARE + 0.03, { what: "a weight that has grown" });
  const before = await weight();
  await gateway.reload();
  await waitFor(async () => (await getStatus(gateway)).workers === WORKERS, { what: "every worker" });
  const after = await weight();
  expect(after).toBeGreaterThanOrEqual(before);
  expect(after).toBeLessThanOrEqual(rampAfter((Date.now() - startedMs) / 1000 + 1));
  expect(after).toBeLessThan(1);
  await openMany(gateway, 12, "/slow/");
  expect((await countsOf(gateway, "slow"))["c"]).toBeLessThanOrEqual(1 + WORKERS);
});
