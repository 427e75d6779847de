import { readMetrics } from "../support/metrics";
import { putConfig } from "../support/change-in-force";
import { connect } from "../support/client";
import { visit } from "../support/affinity";
import { routedByName } from "../support/documents";
import { openEvents } from "../support/events";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import type { FaultyBackend } from "../support/faults/faulty-backend";
import { openMany } from "../support/fleet";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { ASK_WORKERS, whenAllKnow } from "../support/peer-health";
import type { Expected } from "../support/peer-health";
import { waitFor } from "../support/wait-for";
import { allWorkers, probe } from "../support/worker-probe";

/** What a peer says of itself, in the answers to probes and in its 101. */

const PROBES = { type: "http", path: "/alive", interval: "200ms", fast_interval: "200ms" };

let a: FaultyBackend;
let b: FaultyBackend;
let gateway: Gateway;
/** Of the test that runs: its peers are as new. */
let upstream = "none";
let documents = 0;

beforeAll(async () => {
  [a, b] = await Promise.all([startFaultyBackend({ name: "a" }), startFaultyBackend({ name: "b" })]);
  gateway = await startGateway({
    config: { upstreams: {}, routes: [] },
    workers: 2,
    serverExtra: ASK_WORKERS,
  });
  await allWorkers(gateway);
});

async function start(health: object, fields: object = {}): Promise<void> {
  await Promise.all([say(undefined), b.heal()]);
  const isIdle = async (): Promise<boolean> =>
    (await a.open()).webSockets + (await b.open()).webSockets === 0;
  await waitFor(isIdle, { what: "the end of the sessions of the test before" });
  const peers = [
    { id: "a", address: a.address, weight: 10 },
    { id: "b", address: b.address, weight: 10 },
  ];
  documents += 1;
  upstream = `chat${documents}`;
  await putConfig(
    gateway,
    routedByName({ [upstream]: { peers, health: { agent: true, ...health }, ...fields } }),
  );
}

function pathname(): string {
  return `/${upstream}/`;
}

function whenKnown(expected: Expected): Promise<void> {
  return whenAllKnow(gateway, expected, upstream);
}

/** What a says from now on. */
async function say(wish: string | undefined): Promise<void> {
  await a.say(wish === undefined ? {} : { "Switchboard-Peer": wish });
}

/** Where new sessions go. */
async function reached(): Promise<Set<string>> {
  const backends = new Set<string>();
  for (let nth = 0; nth < 12; nth += 1) backends.add((await probe(gateway, pathname())).backend);
  return backends;
}

describe("with probes", () => {
  it("a peer that drains gets bound sessions only, keeps what it has, and takes it back", async () => {
    await start({ active: PROBES }, { affinity: { type: "cookie", name: "sb" }, balancer: "round_robin" });
    const client = await connect(gateway.url(pathname()));
    let cookie: string | undefined;
    await waitFor(async () => {
      const { backend, setCookies } = await visit(gateway, pathname());
      if (backend === "a") cookie = setCookies[0]!.split(";")[0];
      return cookie !== undefined;
    });
    await say("drain");
    await whenKnown({ a: { health: "up", state: "ready" }, b: "up" });
    await waitFor(async () => (await reached()).has("a") === false, { what: "a to drain" });
    for (let nth = 0; nth < 6; nth += 1)
      expect((await visit(gateway, pathname(), { cookie })).backend).toBe("a");
    expect(await reached()).toEqual(new Set(["b"]));
    expect(client.isOpen).toBe(true);
    await gateway.reload();
    expect(await reached()).toEqual(new Set(["b"]));
    await say("ready");
    await waitFor(async () => (await reached()).has("a"), { what: "a to be back" });
  });

  it("its weight and its limit are shown and heeded", async () => {
    await start({ active: PROBES });
    await say("weight=50%, max_conns=3");
    await whenKnown({ a: { effective_weight: 5 } });
    await say("weight=1000 max_conns=3");
    await whenKnown({ a: { effective_weight: 1000 } });
    // It would get nearly all of them.
    await openMany(gateway, 12, pathname());
    expect((await a.open()).webSockets).toBe(3);
    expect((await b.open()).webSockets).toBe(9);
    await say("ready");
    await whenKnown({ a: { effective_weight: 10 } });
    await openMany(gateway, 6, pathname());
    expect((await a.open()).webSockets).toBe(9);
  });

  it("what it says wrong changes nothing and is told once", async () => {
    await start({ active: PROBES });
    const events = await openEvents(gateway.adminPort, "?type=health");
    await say("weight=2000");
    await events.next(({ data }) => data["reason"] === '"weight=2000" is no whole number from 0 to 1000');
    await say("drain maybe");
    await events.next(({ data }) => String(data["reason"]).startsWith('"maybe" is none of'));
    const probes = await passedProbes();
    await waitFor(async () => (await passedProbes()) > probes + 3, { what: "further probes" });
    const told = events.ofType("health").filter(({ data }) => data["upstream"] === upstream);
    expect(told).toHaveLength(2);
    for (const { data } of told) expect(data).toMatchObject({ peer: "a", to: "agent", source: "agent" });
    await whenKnown({ a: { health: "up", effective_weight: 10, agent: undefined } });
    expect(gateway.errorLog().match(/is no whole number/g)).toHaveLength(1);
  });

  it("it is shown what the peer says", async () => {
    await start({ active: PROBES });
    await say("drain weight=7 max_conns=9");
    await whenKnown({ a: { effective_weight: 7 } });
    const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/upstreams/${upstream}`);
    const { peers } = (await response.json()) as { peers: object[] };
    expect(peers[0]).toMatchObject({ state: "ready", agent: { state: "drain", weight: 7, max_conns: 9 } });
  });
});

async function passedProbes(): Promise<number> {
  return (
    (await readMetrics(gateway)).value("switchboard_probes_total", {
      upstream,
      peer: "a",
      result: "passed",
    }) ?? 0
  );
}

describe("in its 101", () => {
  it("a peer is heard, and its clients are not told", async () => {
    await start({});
    await say("drain");
    await waitFor(async () => {
      const { backend, headers } = await visit(gateway, pathname());
      expect(headers["switchboard-peer"]).toBeUndefined();
      return backend === "a";
    });
    await waitFor(async () => (await reached()).has("a") === false, { what: "a to drain" });
  });

  it("it is not heeded where the upstream asks for nothing, and its clients get what it says", async () => {
    await start({ agent: false });
    await say("drain");
    let met = 0;
    await waitFor(async () => {
      const { backend, headers } = await visit(gateway, pathname());
      expect(headers["switchboard-peer"]).toBe(backend === "a" ? "drain" : undefined);
      if (backend === "a") met += 1;
      return met === 5;
    });
  });

  it("its clients get no other answer's either", async () => {
    await start({});
    await say("drain");
    const { status, headers } = await visit(gateway, pathname(), { isPlain: true });
    expect([status, headers["switchboard-peer"]]).toEqual([200, undefined]);
  });
});
