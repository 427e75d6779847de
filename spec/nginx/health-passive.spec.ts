import { connect, open } from "../support/client";
import { Crowd } from "../support/crowd";
import { IN_ORDER, routedByName } from "../support/documents";
import type { EventStreamClient } from "../support/event-stream";
import { openEvents } from "../support/events";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import type { FaultyBackend } from "../support/faults/faulty-backend";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { ASK_WORKERS, healthOf, whenAllKnow, whenHealth } from "../support/peer-health";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER, probe } from "../support/worker-probe";

/** What clients' handshakes say of their peers, and what says nothing of them. */

const MAX_FAILS = 6;

/** Kinds of faults, each an upstream of its own. */
const FAULTS = {
  refused: ["connect failed", (): Promise<void> => a.refuse()],
  garbage: ["malformed answer", (): Promise<void> => a.garbage()],
  silent: ["handshake timeout", (): Promise<void> => a.silence()],
  bad: ["answered 500", (): Promise<void> => a.status(500)],
} as const;

let a: FaultyBackend;
let b: FaultyBackend;
let c: FaultyBackend;
let d: FaultyBackend;
let gateway: Gateway;

/** One gateway for all: each test has an upstream of its own, whose peers are as new. */
beforeAll(async () => {
  [a, b, c, d] = (await Promise.all(["a", "b", "c", "d"].map((name) => startFaultyBackend({ name })))) as [
    FaultyBackend,
    FaultyBackend,
    FaultyBackend,
    FaultyBackend,
  ];
  const strict = upstream([a, b], { max_fails: 1 });
  const upstreams = {
    together: upstream([a, b], { max_fails: MAX_FAILS }, { retries: 1 }),
    some: upstream([a, b, c, d], { max_fails: 1, max_ejected_percent: 50 }, { retries: 3 }),
    alone: upstream([a], { max_fails: 1 }),
    left: strict,
    plain: strict,
    refusing: strict,
  };
  const faults = Object.keys(FAULTS).map((name) => [
    name,
    upstream([a, b], { max_fails: 2 }, { handshake_timeout: "300ms" }),
  ]);
  gateway = await startGateway({
    config: routedByName({ ...upstreams, ...(Object.fromEntries(faults) as Record<string, object>) }),
    workers: 2,
    serverExtra: ASK_WORKERS,
    locationExtra: NAME_WORKER,
  });
  await allWorkers(gateway);
});

beforeEach(async () => {
  for (const backend of [a, b]) {
    await backend.heal();
    await backend.forget();
  }
});

function upstream(backends: readonly FaultyBackend[], passive: object, fields: object = {}): object {
  return {
    balancer: IN_ORDER,
    peers: backends.map(({ name, address }) => ({ id: name, address })),
    panic_threshold: 0,
    retries: 0,
    health: { passive: { window: "1m", eject: "1m", min_attempts: 1000, ...passive } },
    ...fields,
  };
}

async function failures(backend: FaultyBackend): Promise<number> {
  return (await backend.arrivals()).length;
}

/** What was said of the peers of this upstream. */
function toldOf(events: EventStreamClient, name: string): Readonly<Record<string, unknown>>[] {
  return events
    .ofType("health")
    .map(({ data }) => data)
    .filter(({ upstream: of }) => of === name);
}

describe("handshakes that fail", () => {
  it("are counted together, whichever worker has them, and eject the peer for all", async () => {
    await a.status(503);
    const workers = new Set<number>();
    await waitFor(async () => {
      const { status, worker } = await probe(gateway, "/together/");
      expect(status).toBe(101);
      workers.add(worker);
      return workers.size === 2 && (await healthOf(gateway, "together"))["a"]!.health === "down";
    });
    const reason = /^ejected for 1m: \d+ failures in a row: answered 503$/;
    await whenAllKnow(gateway, { a: { health: "down", health_reason: reason }, b: "up" }, "together");
    // Few more than what was under way while the news went round.
    const before = await failures(a);
    expect(before).toBeGreaterThanOrEqual(MAX_FAILS);
    for (let nth = 0; nth < 12; nth += 1) expect((await probe(gateway, "/together/")).backend).toBe("b");
    expect(await failures(a)).toBe(before);
  });

  it.each(Object.entries(FAULTS))("%s", async (name, [reason, fault]) => {
    await fault();
    // Several may have failed until somebody looks.
    const wanted = new RegExp(`^ejected for 1m: \\d+ failures in a row: ${reason}$`);
    await waitFor(async () => {
      await probe(gateway, `/${name}/`);
      const { health, health_reason: why } = (await healthOf(gateway, name))["a"]!;
      return health === "down" && wanted.test(why);
    });
  });

  it("eject no more than allowed, and never the last peer", async () => {
    const events = await openEvents(gateway.adminPort, "?type=health");
    await Promise.all([a, b, c].map((backend) => backend.status(503)));
    const down = async (): Promise<number> =>
      Object.values(await healthOf(gateway, "some")).filter(({ health }) => health === "down").length;
    await waitFor(async () => {
      expect((await probe(gateway, "/some/")).backend).toBe("d");
      expect(await down()).toBeLessThanOrEqual(2);
      return toldOf(events, "some").some(({ to }) => to === "kept");
    });
    // The worker that is asked may hear of it a little later.
    await waitFor(async () => (await down()) === 2, { what: "two to be down" });
    await d.status(503);
    for (let nth = 0; nth < 8; nth += 1) await probe(gateway, "/some/");
    expect(await down()).toBe(2);
  });

  it("leave one that is alone where it is", async () => {
    const events = await openEvents(gateway.adminPort, "?type=health");
    await a.status(503);
    await open(gateway.url("/alone/"));
    await events.next(
      ({ data }) => data["to"] === "kept" && data["reason"] === "no other is up: 1 failure: answered 503",
    );
    await a.heal();
    expect((await connect(gateway.url("/alone/"))).isOpen).toBe(true);
    await whenHealth(gateway, { a: "up" }, { upstream: "alone" });
  });
});

describe("a peer is not blamed", () => {
  it("for clients that leave before it has answered", async () => {
    const events = await openEvents(gateway.adminPort, "?type=health");
    await Promise.all([a.silence(), b.silence()]);
    const crowd = new Crowd();
    crowd.port = gateway.port;
    await Promise.all(Array.from({ length: 20 }, (_, nth) => crowd.abort("left", 100, nth % 2 === 0)));
    const aborted = (): number =>
      gateway.accessLog().filter((line) => line.includes("client:aborted")).length;
    await waitFor(() => aborted() === 20, { what: "20 that have left" });
    await expectFirst("left", events);
  });

  it("for plain requests that it answers with an error", async () => {
    const events = await openEvents(gateway.adminPort, "?type=health");
    await Promise.all([a.status(500), b.status(503)]);
    const url = `http://127.0.0.1:${gateway.port}/plain/`;
    const statuses = new Set<number>();
    for (let nth = 0; nth < 12; nth += 1)
      statuses.add((await fetch(url, { headers: { connection: "close" } })).status);
    expect(statuses).toEqual(new Set([500, 503]));
    await expectFirst("plain", events);
  });

  it("for answers that are no errors of its own", async () => {
    const events = await openEvents(gateway.adminPort, "?type=health");
    await Promise.all([a.status(401), b.status(404)]);
    for (let nth = 0; nth < 12; nth += 1)
      expect([401, 404]).toContain((await probe(gateway, "/refusing/")).status);
    await expectFirst("refusing", events);
  });
});

/** A failure that counts is the first that is heard of: what went before would have been heard of before it. */
async function expectFirst(name: string, events: EventStreamClient): Promise<void> {
  await a.heal();
  await a.refuse();
  await b.heal();
  await waitFor(async () => {
    await probe(gateway, `/${name}/`);
    return toldOf(events, name).length > 0;
  });
  expect(toldOf(events, name)[0]).toMatchObject({
    peer: "a",
    to: "down",
    // More than one where a second came before somebody looked.
    reason: expect.stringMatching(
      /^ejected for 1m: (1 failure|\d+ failures in a row): connect failed$/,
    ) as string,
    source: "handshakes",
  });
}
