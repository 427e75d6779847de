import { changePeers, putConfig } from "../support/change-in-force";
import { routedByName } from "../support/documents";
import type { Document } from "../support/documents";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import type { FaultyBackend } from "../support/faults/faulty-backend";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { ASK_WORKERS, healthOf, whenAllKnow } from "../support/peer-health";
import type { Expected } from "../support/peer-health";
import { waitFor } from "../support/wait-for";
import { allWorkers, probe } from "../support/worker-probe";

/** What the operator says of health holds as soon as it is said, without a reload, and what is known stays known. */

const OFTEN = { type: "http", path: "/alive", interval: "200ms", fast_interval: "200ms", timeout: "500ms" };

let a: FaultyBackend;
let b: FaultyBackend;
let gateway: Gateway;
/** Of the test that runs: its peers are as new. */
let upstream = "none";
let documents = 0;

beforeAll(async () => {
  [a, b] = await Promise.all([startFaultyBackend({ name: "a" }), startFaultyBackend({ name: "b" })]);
  gateway = await startGateway({ config: documentOf({}), workers: 2, serverExtra: ASK_WORKERS });
  await allWorkers(gateway);
});

beforeEach(async () => {
  // Else probes of the test before are counted.
  await put({});
  for (const backend of [a, b]) {
    await backend.heal();
    await backend.say({});
    await backend.forget();
  }
});

function documentOf(health: object): Document {
  const peers = [
    { id: "a", address: a.address },
    { id: "b", address: b.address },
  ];
  return routedByName({ [upstream]: { peers, retries: 1, panic_threshold: 0, health } });
}

async function start(health: object): Promise<void> {
  documents += 1;
  upstream = `chat${documents}`;
  await put(health);
}

/** By the admin API. */
function put(health: object): Promise<void> {
  return putConfig(gateway, documentOf(health));
}

function whenKnown(expected: Expected): Promise<void> {
  return whenAllKnow(gateway, expected, upstream);
}

async function probesOf(backend: FaultyBackend, asked = "/alive"): Promise<number> {
  return (await backend.arrivals()).filter(({ path }) => path === asked).length;
}

it("probes begin, ask for something else, and end", async () => {
  const workers = gateway.workerPids().sort();
  await start({});
  await put({ active: OFTEN });
  await waitFor(async () => (await probesOf(a)) > 2 && (await probesOf(b)) > 2, { what: "probes" });
  await put({ active: { ...OFTEN, path: "/ready" } });
  await waitFor(async () => (await probesOf(a, "/ready")) > 1, { what: "other probes" });
  const before = await probesOf(a);
  await waitFor(async () => (await probesOf(a, "/ready")) > 4, { what: "further ones" });
  expect(await probesOf(a)).toBe(before);
  await a.status(503);
  await whenKnown({ a: "down", b: "up" });
  await put({});
  await whenKnown({ a: { health: "up", health_reason: "" }, b: "up" });
  await a.forget();
  await put({ active: { ...OFTEN, interval: "1h", fast_interval: "1h" } });
  await whenKnown({ a: "up", b: "up" });
  expect(await probesOf(a)).toBe(0);
  expect(gateway.workerPids().sort()).toEqual(workers);
});

it("a peer that is added is probed, and one that is taken away is forgotten", async () => {
  await start({ active: { ...OFTEN, fall: 1 } });
  const c = await startFaultyBackend({ name: "c" });
  await c.status(503);
  await changePeers(gateway, upstream, "POST", "", { id: "c", address: c.address });
  await whenKnown({ a: "up", c: { health: "down", health_reason: "answered 503" } });
  await changePeers(gateway, upstream, "DELETE", "/c");
  await waitFor(async () => !("c" in (await healthOf(gateway, upstream))), { what: "c to be gone" });
  const before = await probesOf(c);
  const probesOfA = await probesOf(a);
  await waitFor(async () => (await probesOf(a)) > probesOfA + 3, { what: "probes of a" });
  // One may have been under way.
  expect(await probesOf(c)).toBeLessThanOrEqual(before + 1);
  await c.refuse();
  await changePeers(gateway, upstream, "POST", "", { id: "c", address: c.address });
  await whenKnown({ c: { health: "down", health_reason: "connect refused" } });
});

it("ejections begin, and end with what they came from", async () => {
  await start({});
  await a.status(503);
  for (let nth = 0; nth < 6; nth += 1) expect((await probe(gateway, `/${upstream}/`)).status).toBe(101);
  await put({ passive: { max_fails: 2, eject: "1h", max_eject: "1h" } });
  await waitFor(async () => {
    await probe(gateway, `/${upstream}/`);
    return (await healthOf(gateway, upstream))["a"]!.health === "down";
  });
  await whenKnown({ a: { health: "down", health_reason: /^ejected for 1h: / } });
  // A shorter one is shorter for who is ejected, too.
  await put({ passive: { max_fails: 2, eject: "500ms", max_eject: "500ms" } });
  await whenKnown({ a: { health: "down", on_trial: true } });
  await put({ active: OFTEN });
  await whenKnown({ a: { health: "down", health_reason: "answered 503", on_trial: false } });
  await a.heal();
  await whenKnown({ a: "up" });
});

it("what a peer says is heeded as long as it is asked for", async () => {
  await start({ active: OFTEN });
  await a.say({ "Switchboard-Peer": "weight=7" });
  await whenKnown({ a: { effective_weight: 1, agent: undefined } });
  await put({ active: OFTEN, agent: true });
  await whenKnown({ a: { effective_weight: 7 } });
  await put({ active: OFTEN });
  await whenKnown({ a: { effective_weight: 1, agent: undefined } });
});
