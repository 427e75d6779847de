import { setTimeout as sleep } from "node:timers/promises";
import { adminRequest } from "../support/admin-request";
import { countsOf } from "../support/admin-calls";
import { Conversation } from "../support/conversation";
import { closeMany, openMany, startFleet } from "../support/fleet";
import type { Fleet } from "../support/fleet";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER, probe } from "../support/worker-probe";
import type { Probe } from "../support/worker-probe";

const BETWEEN_HANDSHAKES_MS = 15;
const BALANCERS = ["round_robin", "least_conn", "random_two", "hash", "peak_ewma"];
const OPEN = 40;

/** A walk from the first one back to it that goes from each to each other once. */
function everyChange(names: readonly string[]): string[] {
  const walk = names.flatMap((name, index) => names.slice(index + 1).flatMap((next) => [name, next]));
  return [...walk, names[0]!];
}

let fleet: Fleet;
let gateway: Gateway;

beforeAll(async () => {
  fleet = await startFleet(["a", "b", "c"]);
  gateway = await startGateway({
    config: documentOf(BALANCERS[0]!),
    workers: 2,
    locationExtra: NAME_WORKER,
  });
  await allWorkers(gateway);
});

function documentOf(balancer: string): object {
  return {
    upstreams: { chat: { balancer, peers: fleet.peers() } },
    routes: [{ id: "all", path: "/*", upstream: "chat", key: "$arg_key" }],
  };
}

async function balancerInUse(): Promise<string> {
  const { json } = await adminRequest<{ balancer: { type: string } }>(gateway, "GET", "/v1/upstreams/chat");
  return json.balancer.type;
}

async function changeTo(balancer: string): Promise<void> {
  const headers = { "if-match": "*" };
  const answer = await adminRequest(gateway, "PUT", "/v1/config", { body: documentOf(balancer), headers });
  expect([answer.status, answer.text]).toEqual([expect.any(Number), expect.not.stringContaining("error")]);
  await waitFor(async () => (await balancerInUse()) === balancer, { what: `${balancer} in use` });
}

/** Handshakes at a steady rate until the work is done. */
async function trickleDuring(work: Promise<void>): Promise<Probe[]> {
  const started: Promise<Probe>[] = [];
  let isDone = false;
  const end = (): void => void (isDone = true);
  work.then(end, end);
  while (!isDone) {
    started.push(probe(gateway, `/?key=${started.length % 20}`));
    await sleep(BETWEEN_HANDSHAKES_MS);
  }
  await work;
  return Promise.all(started);
}

it("any balancer can follow any other under traffic", async () => {
  const walk = everyChange(BALANCERS);
  const pairs = walk.slice(1).map((name, index) => `${walk[index]!} to ${name}`);
  expect(new Set(pairs).size).toBe(BALANCERS.length * (BALANCERS.length - 1));

  const clients = await openMany(gateway, OPEN, "/?key=x");
  const conversation = new Conversation(clients);
  const work = async (): Promise<void> => {
    for (const balancer of walk.slice(1)) await changeTo(balancer);
  };
  const probes = await trickleDuring(work());
  expect(probes.length).toBeGreaterThan(BALANCERS.length);
  expect(probes.filter(({ status }) => status !== 101)).toEqual([]);
  expect(new Set(probes.map(({ backend }) => backend))).toEqual(new Set(fleet.names));

  const areSettled = async (): Promise<boolean> => {
    const counts = await countsOf(gateway, "chat");
    return Object.values(counts).reduce((sum, count) => sum + count, 0) === OPEN;
  };
  await waitFor(areSettled, { what: `${OPEN} counted sessions` });
  expect(await countsOf(gateway, "chat")).toEqual(fleet.counts());
  await conversation.end();
  expect(clients.every(({ isOpen }) => isOpen)).toBe(true);
  await closeMany(clients);
  await waitFor(async () => Object.values(await countsOf(gateway, "chat")).every((count) => count === 0), {
    what: "no session",
  });
  expect(gateway.errorLog()).not.toContain("release without a slot");
});

it("a balancer written into the file is in use without closing a socket", async () => {
  await adminRequest(gateway, "DELETE", "/v1/overrides");
  await waitFor(async () => (await balancerInUse()) === BALANCERS[0], { what: "the file in use" });
  const clients = await openMany(gateway, 9);
  const conversation = new Conversation(clients);
  gateway.writeConfig(documentOf("least_conn"));
  await waitFor(async () => (await balancerInUse()) === "least_conn", { what: "least_conn in use" });
  gateway.writeConfig(documentOf("no_such"));
  await waitFor(() => gateway.errorLog().includes("no_such"), { what: "the mistake in the log" });
  expect(await balancerInUse()).toBe("least_conn");
  await conversation.end();
});
