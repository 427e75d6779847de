import { putConfig } from "../support/change-in-force";
import { open } from "../support/client";
import type { Client } from "../support/client";
import { IN_ORDER, routedByName } from "../support/documents";
import type { Document } from "../support/documents";
import { openEvents } from "../support/events";
import type { EventStreamClient } from "../support/event-stream";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import type { FaultyBackend } from "../support/faults/faulty-backend";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { ASK_WORKERS, whenAllKnow, whenHealth } from "../support/peer-health";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER, probe } from "../support/worker-probe";

/** What comes after an ejection: one handshake, and no crowd. */

const ANSWER_MS = 800;

let a: FaultyBackend;
let b: FaultyBackend;
let gateway: Gateway;
let events: EventStreamClient;
/** Of the test that runs: its peers are as new. */
let upstream = "none";
let documents = 0;

beforeAll(async () => {
  [a, b] = await Promise.all([startFaultyBackend({ name: "a" }), startFaultyBackend({ name: "b" })]);
  gateway = await startGateway({
    config: documentOf({}),
    workers: 2,
    serverExtra: ASK_WORKERS,
    locationExtra: NAME_WORKER,
  });
  await allWorkers(gateway);
});

function documentOf(health: object): Document {
  return routedByName({
    [upstream]: {
      balancer: IN_ORDER,
      peers: [
        { id: "a", address: a.address },
        { id: "b", address: b.address },
      ],
      panic_threshold: 0,
      retries: 1,
      health,
    },
  });
}

/** The peer a is ejected, as it answered 503. */
async function start(health: object = {}, passive: object = {}): Promise<void> {
  await Promise.all([a.heal(), b.heal()]);
  documents += 1;
  upstream = `chat${documents}`;
  await putConfig(gateway, documentOf({ passive: { max_fails: 1, eject: "500ms", ...passive }, ...health }));
  events = await openEvents(gateway.adminPort, "?type=health");
  await a.status(503);
  await waitFor(async () => {
    await probe(gateway, `/${upstream}/`);
    return told().length > 0;
  });
  expect(told()).toEqual([expect.stringMatching(/^down ejected for (500ms|1h): .*: answered 503$/)]);
  await whenAllKnow(gateway, { a: "down" }, upstream);
  await a.forget();
}

function told(): string[] {
  return events
    .ofType("health")
    .filter(({ data }) => data["upstream"] === upstream)
    .map(({ data }) => `${String(data["to"])} ${String(data["reason"])}`);
}

/** Handshakes of many clients at a time, again and again. */
async function crowd(until: () => boolean): Promise<void> {
  await waitFor(async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => open(gateway.url(`/${upstream}/`))));
    for (const outcome of outcomes) {
      expect(outcome).toHaveProperty("socket");
      (outcome as Client).socket.terminate();
    }
    return until();
  });
}

describe("when its ejection is over", () => {
  it("a peer gets one handshake of all, and is ejected for longer if it fails that", async () => {
    await start();
    await crowd(() => told().length >= 3);
    expect(told().slice(1)).toEqual([
      "trial on trial after an ejection",
      "down ejected for 1s: trial failed: answered 503",
    ]);
    expect(await a.arrivals()).toHaveLength(1);
  });

  it("a peer that has not answered yet gets no second one", async () => {
    await start();
    await a.slow(ANSWER_MS);
    await crowd(() => told().length >= 3);
    expect(told().slice(1)).toEqual(["trial on trial after an ejection", "up trial passed"]);
    const [first, ...others] = await a.arrivals();
    for (const { atMs } of others) expect(atMs - first!.atMs).toBeGreaterThan(ANSWER_MS * 0.9);
    await whenAllKnow(gateway, { a: { health: "up", on_trial: false } }, upstream);
  });

  it("a client that leaves in the middle of the trial leaves it to the next one", async () => {
    await start();
    await whenAllKnow(gateway, { a: { health: "down", on_trial: true } }, upstream);
    await a.silence();
    const begun = Array.from({ length: 4 }, () =>
      open(gateway.url(`/${upstream}/`), { handshakeTimeout: 300 }).catch(() => "left"),
    );
    expect((await Promise.all(begun)).filter((outcome) => outcome === "left")).toHaveLength(1);
    expect(await a.arrivals()).toHaveLength(1);
    await a.heal();
    await crowd(() => told().includes("up trial passed"));
    expect(told()).toHaveLength(3);
  });

  it("nobody is on trial without a client", async () => {
    await start();
    await whenAllKnow(
      gateway,
      {
        a: { health: "down", on_trial: true, health_reason: "on trial after an ejection" },
      },
      upstream,
    );
    await gateway.reload();
    await whenAllKnow(gateway, { a: { health: "down", on_trial: true } }, upstream);
    expect(await a.arrivals()).toHaveLength(0);
  });
});

it("a probe that passes ends an ejection", async () => {
  const active = { path: "/alive", interval: "200ms", fast_interval: "200ms", fall: 100 };
  await start({ active }, { eject: "1h", max_eject: "1h" });
  await a.heal();
  await whenHealth(
    gateway,
    { a: { health: "up", health_reason: "probe passed", on_trial: false } },
    { upstream },
  );
  await waitFor(() => told().length > 1, { what: "the event" });
  expect(told().slice(1)).toEqual(["up probe passed"]);
});
