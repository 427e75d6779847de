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
const PATH = "/chat/";

let a: FaultyBackend;
let b: FaultyBackend;

beforeAll(async () => {
  [a, b] = await Promise.all([startFaultyBackend({ name: "a" }), startFaultyBackend({ name: "b" })]);
});

beforeEach(async () => {
  for (const backend of [a, b]) {
    await backend.heal();
    await backend.forget();
  }
});

interface Upstream {
  readonly passive?: object;
  readonly peers?: readonly object[];
  readonly [field: string]: unknown;
}

async function start({ passive, peers, ...fields }: Upstream = {}): Promise<Gateway> {
  const both = [
    { id: "a", address: a.address },
    { id: "b", address: b.address },
  ];
  const health = {
    passive: { max_fails: MAX_FAILS, window: "1m", eject: "1m", min_attempts: 1000, ...passive },
  };
  const chat = {
    balancer: IN_ORDER,
    peers: peers ?? both,
    panic_threshold: 0,
    retries: 0,
    health,
    ...fields,
  };
  const gateway = await startGateway({
    config: routedByName({ chat }),
    workers: 2,
    serverExtra: ASK_WORKERS,
    locationExtra: NAME_WORKER,
  });
  await allWorkers(gateway);
  return gateway;
}

async function failures(backend: FaultyBackend): Promise<number> {
  return (await backend.arrivals()).length;
}

describe("handshakes that fail", () => {
  it("are counted together, whichever worker has them, and eject the peer for all", async () => {
    const gateway = await start({ retries: 1 });
    await a.status(503);
    const workers = new Set<number>();
    await waitFor(async () => {
      const { status, worker } = await probe(gateway, PATH);
      expect(status).toBe(101);
      workers.add(worker);
      return (await healthOf(gateway))["a"]!.health === "down";
    });
    await whenAllKnow(gateway, {
      a: { health: "down", health_reason: /^ejected for 1m: \d+ failures in a row: answered 503$/ },
      b: "up",
    });
    // Few more than what was under way while the news went round.
    const before = await failures(a);
    expect(before).toBeGreaterThanOrEqual(MAX_FAILS);
    expect(workers.size).toBe(2);
    for (let nth = 0; nth < 12; nth += 1) expect((await probe(gateway, PATH)).backend).toBe("b");
    expect(await failures(a)).toBe(before);
  });

  it.each([
    ["connect failed", (): Promise<void> => a.refuse()],
    ["malformed answer", (): Promise<void> => a.garbage()],
    ["handshake timeout", (): Promise<void> => a.silence()],
    ["answered 500", (): Promise<void> => a.status(500)],
  ])("%s", async (reason, fault) => {
    const gateway = await start({ passive: { max_fails: 2 }, handshake_timeout: "300ms" });
    await fault();
    await waitFor(async () => {
      await probe(gateway, PATH);
      const { health, health_reason: why } = (await healthOf(gateway))["a"]!;
      return health === "down" && why === `ejected for 1m: 2 failures in a row: ${reason}`;
    });
  });

  it("eject no more than allowed, and never the last peer", async () => {
    const c = await startFaultyBackend({ name: "c" });
    const d = await startFaultyBackend({ name: "d" });
    const peers = [a, b, c, d].map(({ name, address }) => ({ id: name, address }));
    const gateway = await start({ peers, passive: { max_fails: 1, max_ejected_percent: 50 }, retries: 3 });
    const events = await openEvents(gateway.adminPort, "?type=health");
    await Promise.all([a, b, c].map((backend) => backend.status(503)));
    const down = async (): Promise<number> =>
      Object.values(await healthOf(gateway)).filter(({ health }) => health === "down").length;
    await waitFor(async () => {
      expect((await probe(gateway, PATH)).backend).toBe("d");
      expect(await down()).toBeLessThanOrEqual(2);
      return events.ofType("health").some(({ data }) => data["to"] === "kept");
    });
    expect(await down()).toBe(2);
    await d.status(503);
    for (let nth = 0; nth < 8; nth += 1) await probe(gateway, PATH);
    expect(await down()).toBe(2);
  });

  it("leave one that is alone where it is", async () => {
    const gateway = await start({ peers: [{ id: "a", address: a.address }], passive: { max_fails: 1 } });
    const events = await openEvents(gateway.adminPort, "?type=health");
    await a.status(503);
    await open(gateway.url(PATH));
    await events.next(
      ({ data }) => data["to"] === "kept" && data["reason"] === "no other is up: 1 failure: answered 503",
    );
    await a.heal();
    expect((await connect(gateway.url(PATH))).isOpen).toBe(true);
    await whenHealth(gateway, { a: "up" });
  });
});

describe("a peer is not blamed", () => {
  it("for clients that leave before it has answered", async () => {
    const gateway = await start({ passive: { max_fails: 1 } });
    const events = await openEvents(gateway.adminPort, "?type=health");
    await Promise.all([a.silence(), b.silence()]);
    const crowd = new Crowd();
    crowd.port = gateway.port;
    await Promise.all(Array.from({ length: 20 }, (_, nth) => crowd.abort("chat", 100, nth % 2 === 0)));
    const aborted = (): number =>
      gateway.accessLog().filter((line) => line.includes("client:aborted")).length;
    await waitFor(() => aborted() === 20, { what: "20 that have left" }).catch((e) => {
      throw new Error(e.message + gateway.accessLog().join("\n"));
    });
    await expectFirst(gateway, events);
  });

  it("for plain requests that it answers with an error", async () => {
    const gateway = await start({ passive: { max_fails: 1 } });
    const events = await openEvents(gateway.adminPort, "?type=health");
    await Promise.all([a.status(500), b.status(503)]);
    const url = `http://127.0.0.1:${gateway.port}${PATH}`;
    const statuses = new Set<number>();
    for (let nth = 0; nth < 12; nth += 1)
      statuses.add((await fetch(url, { headers: { connection: "close" } })).status);
    expect(statuses).toEqual(new Set([500, 503]));
    await expectFirst(gateway, events);
  });

  it("for answers that are no errors of its own", async () => {
    const gateway = await start({ passive: { max_fails: 1 } });
    const events = await openEvents(gateway.adminPort, "?type=health");
    await Promise.all([a.status(401), b.status(404)]);
    for (let nth = 0; nth < 12; nth += 1) expect([401, 404]).toContain((await probe(gateway, PATH)).status);
    await expectFirst(gateway, events);
  });
});

/** A failure that counts is the first that is heard of: what went before would have been heard of before it. */
async function expectFirst(gateway: Gateway, events: EventStreamClient): Promise<void> {
  await a.heal();
  await a.refuse();
  await b.heal();
  await waitFor(async () => {
    await probe(gateway, PATH);
    return events.ofType("health").length > 0;
  });
  expect(events.ofType("health")[0]!.data).toMatchObject({
    peer: "a",
    to: "down",
    reason: "ejected for 1m: 1 failure: connect failed",
    source: "handshakes",
  });
}
