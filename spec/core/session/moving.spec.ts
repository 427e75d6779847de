import type { Closing, PeerConfig, RouteConfig, UpstreamConfig } from "../../../src/core/config/snapshot";
import type { Gateway } from "../../../src/core/gateway/gateway";
import type { Peer } from "../../../src/core/pool/peer";
import { Closer } from "../../../src/core/session/closer";
import type { Session } from "../../../src/core/session/session";
import { aRelayRoute, FakeRelayed } from "../support/fake-relayed";
import { aGateway } from "../support/gateway-fixture";
import { WATCHED } from "../support/health-config";
import { MemoryCounters } from "../support/memory-counters";
import { aRecord, down, MemoryHealth, onTrial } from "../support/memory-health";
import { noAnswers, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { seededRng } from "../support/seeded-rng";
import { aPeerConfig, anUpstream } from "../support/upstream-fixture";

const SPREAD_S = 10;
const DRAIN = { deadlineMs: 300_000, spreadMs: SPREAD_S * 1000, close: "keep" } as const;
const NOW: Closing = { atS: 0, spreadMs: 0 };

let now: number;
let gateway: Gateway;
let closer: Closer;
let ended: string[];
/** Where who is asked goes to. */
let target: string | undefined;
let relays: FakeRelayed[];
let requests = 0;

beforeEach(() => {
  now = 1000;
  ended = [];
  target = "b";
  relays = [];
  const health = new MemoryHealth(() => now);
  const deps = { ...poolDeps(new MemoryCounters(), new RecordingLog(), () => now), health };
  gateway = aGateway(deps, [upstream({})], []);
  closer = closerWith(1);
});

function closerWith(seed: number): Closer {
  return new Closer({
    sessions: gateway.sessions,
    pools: gateway,
    rng: seededRng(seed),
    clock: { now: () => now },
    end: (session, why) => {
      const relayed = gateway.sessions.relayed.get(session);
      if (relayed === undefined) session.verdict = why;
      else relayed.close(why);
      ended.push(`${session.peer!.key} ${why}`);
    },
    makeWay: () => undefined,
  });
}

/** The peers a, b and c. */
function upstream(a: Partial<PeerConfig>, fields: Partial<UpstreamConfig> = {}): UpstreamConfig {
  const peers = [aPeerConfig({ id: "a", ...a }), aPeerConfig({ id: "b" }), aPeerConfig({ id: "c" })];
  return anUpstream({ peers, drain: DRAIN, health: WATCHED, panicThreshold: 0, ...fields });
}

function apply(config: UpstreamConfig): void {
  gateway.applyUpstream(config, noAnswers);
}

function open(key: string): Session {
  requests += 1;
  const session = gateway.sessions.open(requests);
  session.pool = gateway.pool("chat");
  session.peer = peerOf(session.pool!, key);
  gateway.sessions.markOpen(session, now);
  return session;
}

function relay(key: string, route: Partial<RouteConfig> = { onDrain: "move" }): FakeRelayed {
  const goTo = (): Peer | undefined =>
    target === undefined ? undefined : peerOf(gateway.pool("chat")!, target);
  const relayed = new FakeRelayed(open(key), aRelayRoute(route), gateway.sessions, () => now, goTo);
  relays.push(relayed);
  return relayed;
}

function relayMany(count: number): void {
  for (const _ of $range(1, count)) relay("a");
}

/** What the leader has found of the peer. */
function tell(key: string, record: Parameters<ReturnType<Gateway["allPools"]>[0]["applyHealth"]>[1]): void {
  const pool = gateway.pool("chat")!;
  pool.applyHealth(peerOf(pool, key), record);
  gateway.settleHealth(pool);
}

/** Ticks as a worker does, for so long. */
function run(seconds: number): void {
  for (const _ of $range(1, seconds / 0.05)) {
    if (closer.isDue()) closer.step(() => undefined);
    now += 0.05;
  }
}

function asked(): string[] {
  const all: string[] = [];
  for (const relayed of relays) for (const { what } of relayed.asked) all.push(what);
  return all;
}

describe("a session whose peer is leaving", () => {
  it("is moved if its route says so, and stays if it does not, or is a tunnel", () => {
    const moved = relay("a");
    const staying = relay("a", {});
    const tunnel = open("a");
    const elsewhere = relay("b");
    apply(upstream({ state: "drain" }));
    run(20);
    expect(moved.session.peer!.key).toBe("b");
    expect(asked()).toEqual(["drained"]);
    expect([staying.session.verdict, tunnel.verdict, elsewhere.session.verdict]).toEqual(["", "", ""]);
    expect(ended).toEqual([]);
  });

  it("is asked over the spread of the drain, at once though its closing is far away", () => {
    relayMany(100);
    apply(upstream({ state: "drain", closing: { atS: now + 300, spreadMs: SPREAD_S * 1000 } }));
    run(SPREAD_S / 2);
    expect(asked().length).toBeGreaterThan(30);
    expect(asked().length).toBeLessThan(70);
    run(SPREAD_S / 2 + 0.2);
    expect(asked()).toHaveLength(100);
    for (const what of asked()) expect(what).toBe("drained");
  });

  it("must leave in maintenance, and over the spread all the same", () => {
    relayMany(100);
    const other = relay("a", {});
    apply(upstream({ state: "maint", closing: NOW }));
    run(0.2);
    expect(ended).toEqual(["a maint"]);
    expect(other.closedAs).toBe("maint");
    expect(asked().length).toBeLessThan(20);
    run(SPREAD_S);
    expect(asked()).toHaveLength(100);
    for (const what of asked()) expect(what).toBe("maint!");
  });

  it("is told that its peer is removed", () => {
    relay("a");
    const tunnel = open("a");
    const { peers } = upstream({});
    const removed = [{ key: "a", id: "a", host: "10.0.0.1", port: 97 }];
    apply({ ...upstream({}), peers: [peers[1]!, peers[2]!], removed });
    run(SPREAD_S + 1);
    expect(asked()).toEqual(["removed"]);
    expect(tunnel.verdict).toBe("");
  });

  it("is moved where the peer itself wants no more sessions, and stays where it wants them again", () => {
    relayMany(100);
    apply(upstream({}, { health: { ...WATCHED, hasAgent: true } }));
    const a = peerOf(gateway.pool("chat")!, "a");
    tell("a", aRecord(a, { agent: { isDraining: true } }));
    run(SPREAD_S / 2);
    const before = asked().length;
    expect(before).toBeGreaterThan(30);
    expect(before).toBeLessThan(70);
    tell("a", aRecord(a, { agent: { isDraining: false } }));
    run(20);
    expect(asked()).toHaveLength(before);
    expect(closer.isDue()).toBe(false);
  });

  it("stays where the peer is ready again before its turn", () => {
    relayMany(100);
    apply(upstream({ state: "drain" }));
    run(SPREAD_S / 2);
    const before = asked().length;
    apply(upstream({}));
    run(20);
    expect(asked()).toHaveLength(before);
  });

  it("is asked again as long as it stays, and told when it must leave", () => {
    target = undefined;
    const relayed = relay("a");
    const closing = { atS: now + 60, spreadMs: SPREAD_S * 1000 };
    apply(upstream({ state: "drain", closing }));
    run(60);
    const before = relayed.asked.length;
    expect(before).toBeGreaterThan(3);
    run(SPREAD_S + 3.1);
    expect(relayed.asked.length).toBeGreaterThan(before);
    for (const { what, atS } of relayed.asked) expect(what).toBe(atS < closing.atS ? "drained" : "drained!");
  });

  it("is not asked where nobody could take it, until somebody can", () => {
    relayMany(10);
    const drained = upstream({ state: "drain" });
    const others = drained.peers.map((peer): PeerConfig => ({ ...peer, state: "drain" }));
    apply({ ...drained, peers: others });
    run(30);
    expect(asked()).toEqual([]);
    apply({ ...drained, peers: [others[0]!, { ...others[1]!, state: "ready" }] });
    run(SPREAD_S + 3.2);
    expect(asked()).toHaveLength(10);
  });

  it("must leave though nobody can take it, when its peer is closing", () => {
    relay("a");
    const maint: PeerConfig = aPeerConfig({ id: "a", state: "maint", closing: NOW });
    apply(anUpstream({ peers: [maint], drain: DRAIN }));
    run(SPREAD_S + 0.2);
    expect(asked()).toEqual(["maint!"]);
  });

  it("that came later is moved too", () => {
    apply(upstream({ state: "drain" }));
    run(5);
    relay("a");
    run(SPREAD_S + 3.2);
    expect(asked()).toEqual(["drained"]);
  });

  it("is not mistaken for another that has its object by then, nor asked where it has gone meanwhile", () => {
    relayMany(10);
    apply(upstream({ state: "drain" }));
    run(0.05);
    const first = relays[0]!.session;
    gateway.sessions.close(first);
    expect(open("b")).toBe(first);
    relays[1]!.session.peer = peerOf(gateway.pool("chat")!, "c");
    run(SPREAD_S + 1);
    expect(relays[0]!.asked.length + relays[1]!.asked.length).toBeLessThan(2);
    expect(relays[1]!.session.peer.key).toBe("c");
    expect(asked().length).toBeGreaterThan(7);
  });
});

describe("a session whose peer is down, with on_down close", () => {
  const CLOSE: Partial<UpstreamConfig> = { health: { ...WATCHED, onDown: "close" } };

  beforeEach(() => {
    apply(upstream({}, CLOSE));
  });

  it("must leave if its route moves those of a crash, and is closed if it does not", () => {
    const moved = relay("a", { onCrash: "move" });
    relay("a", { onDrain: "move" });
    open("a");
    tell("a", down(peerOf(gateway.pool("chat")!, "a")));
    run(SPREAD_S + 1);
    expect(moved.asked.map(({ what }) => what)).toEqual(["down!"]);
    expect(asked()).toHaveLength(1);
    expect(ended).toEqual(["a down", "a down"]);
  });

  it("stays where it came as the trial of the peer", () => {
    const a = peerOf(gateway.pool("chat")!, "a");
    const opened = relay("b", { onCrash: "move" });
    const left = relay("a", { onCrash: "move" });
    now += 10;
    tell("a", { ...onTrial(a), sinceS: now });
    now += 1;
    opened.session.peer = a;
    opened.movedAtS = now;
    run(SPREAD_S + 1);
    expect(opened.asked).toEqual([]);
    expect(left.asked).toHaveLength(1);
  });
});

/** How many of them were asked in a window of so long, at most. */
function mostWithin(seconds: number): number {
  const times: number[] = [];
  for (const relayed of relays) for (const { atS } of relayed.asked) times.push(atS);
  times.sort((x, y) => x - y);
  let most = 0;
  let first = 0;
  for (const last of $range(0, times.length - 1)) {
    while (times[last]! - times[first]! >= seconds) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** The fewest and the most times that one of them was asked. */
function timesAsked(among: readonly FakeRelayed[]): [fewest: number, most: number] {
  let fewest = Infinity;
  let most = 0;
  for (const { asked: times } of among) {
    fewest = Math.min(fewest, times.length);
    most = Math.max(most, times.length);
  }
  return [fewest, most];
}

it("in each round everyone who stays is asked once, at the pace of the first", () => {
  for (const seed of $range(1, 20)) {
    now = 1000;
    relays = [];
    const random = seededRng(seed * 7919);
    gateway.removeUpstream("chat");
    apply(upstream({}));
    closer = closerWith(seed);
    const count = 20 + random.integer(200);
    target = undefined;
    relayMany(count);
    apply(upstream({ state: "drain" }));
    run(SPREAD_S / 2);
    // Some go by themselves, before or after their turn.
    const staying: FakeRelayed[] = [];
    for (const relayed of relays) {
      if (random.integer(2) === 1) relayed.session.peer = peerOf(gateway.pool("chat")!, "b");
      else staying.push(relayed);
    }
    for (const _ of $range(1, 300)) {
      run(0.05);
      const [fewest, most] = timesAsked(staying);
      expect(most - fewest).toBeLessThanOrEqual(1);
    }
    const [fewest] = timesAsked(staying);
    expect(fewest).toBeGreaterThan(1);
    // Jitter makes a gap half as long at least.
    expect(mostWithin(1)).toBeLessThan((2.5 * count) / SPREAD_S + 3);
    for (const { session } of relays) gateway.sessions.close(session);
  }
});

it("a tunnel stays while its peer drains", () => {
  const tunnel = open("a");
  apply(upstream({ state: "drain" }));
  run(30);
  expect(tunnel.verdict).toBe("");
});
