import type { Closing, UpstreamConfig } from "../../../src/core/config/snapshot";
import type { Pool } from "../../../src/core/pool/pool";
import { Closer } from "../../../src/core/session/closer";
import type { CloseReason, Session } from "../../../src/core/session/session";
import { SessionTable } from "../../../src/core/session/session-table";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, noAnswers, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { seededRng } from "../support/seeded-rng";
import { aPeerConfig, anUpstream } from "../support/upstream-fixture";

const NOW: Closing = { atS: 0, spreadMs: 0 };

let now: number;
let sessions: SessionTable;
let pool: Pool;
let pools: { closingPools: LuaSet<Pool>; closingChanges: number };
let ended: string[];
let closer: Closer;
let makeWay: () => void;
let requests = 0;

function end(session: Session, why: CloseReason): void {
  session.verdict = why;
  ended.push(`${session.peer!.key} ${why}`);
}

beforeEach(() => {
  now = 1000;
  ended = [];
  sessions = new SessionTable("7.1-");
  pool = aPool(poolDeps(new MemoryCounters(), new RecordingLog()), upstream({}));
  pools = { closingPools: new LuaSet<Pool>(), closingChanges: 0 };
  makeWay = () => undefined;
  closer = new Closer({
    sessions,
    pools,
    rng: seededRng(1),
    clock: { now: () => now },
    end,
    makeWay: () => makeWay(),
  });
});

/** The peers a and b. */
function upstream(closing: { readonly a?: Closing }): UpstreamConfig {
  const a = aPeerConfig({ id: "a", state: "drain", ...(closing.a && { closing: closing.a }) });
  return anUpstream({ peers: [a, aPeerConfig({ id: "b" })] });
}

function apply(config: UpstreamConfig): void {
  pool.apply(config, noAnswers);
  if (pool.closing.length > 0) pools.closingPools.add(pool);
  else pools.closingPools.delete(pool);
  pools.closingChanges += 1;
}

function begin(key: string): Session {
  requests += 1;
  const session = sessions.open(requests);
  session.peer = peerOf(pool, key);
  session.pool = pool;
  session.isUpgrade = true;
  return session;
}

function open(key: string): Session {
  const session = begin(key);
  sessions.markOpen(session, now);
  return session;
}

/** Ticks as a worker does, for so long. */
function run(seconds: number): void {
  for (const _ of $range(1, seconds / 0.05)) {
    if (closer.isDue()) closer.step(() => undefined);
    now += 0.05;
  }
}

describe("closing the sessions of a peer", () => {
  it("closes those of that peer, and no others", () => {
    for (const _ of $range(1, 3)) {
      open("a");
      open("b");
    }
    apply(upstream({ a: NOW }));
    run(1);
    expect(ended).toEqual(["a drained", "a drained", "a drained"]);
  });

  it("closes each once, though its end takes its time", () => {
    open("a");
    apply(upstream({ a: NOW }));
    run(5);
    expect(ended).toEqual(["a drained"]);
  });

  it("begins at its time, and is spread", () => {
    for (const _ of $range(1, 100)) open("a");
    apply(upstream({ a: { atS: 1010, spreadMs: 10_000 } }));
    run(9.9);
    expect(ended).toHaveLength(0);
    run(5);
    expect(ended.length).toBeGreaterThan(30);
    expect(ended.length).toBeLessThan(70);
    run(5.5);
    expect(ended).toHaveLength(100);
  });

  it("ends when the config has it no more", () => {
    for (const _ of $range(1, 100)) open("a");
    apply(upstream({ a: { atS: 0, spreadMs: 10_000 } }));
    run(5);
    const before = ended.length;
    apply(upstream({}));
    run(20);
    expect(ended).toHaveLength(before);
    expect(closer.isDue()).toBe(false);
  });

  it("ends within a step when the config changes meanwhile", () => {
    for (const _ of $range(1, 100)) open("a");
    apply(upstream({ a: NOW }));
    makeWay = () => {
      apply(upstream({}));
    };
    run(1);
    expect(ended.length).toBeGreaterThan(0);
    expect(ended.length).toBeLessThan(50);
  });

  it("goes by the new deadline where that has moved", () => {
    open("a");
    apply(upstream({ a: { atS: 1010, spreadMs: 0 } }));
    run(5);
    apply(upstream({ a: { atS: 1030, spreadMs: 0 } }));
    run(20);
    expect(ended).toHaveLength(0);
    run(6);
    expect(ended).toHaveLength(1);
  });

  it("goes on as before where something else has changed", () => {
    for (const _ of $range(1, 100)) open("a");
    apply(upstream({ a: { atS: 1000, spreadMs: 10_000 } }));
    run(9);
    apply({ ...upstream({ a: { atS: 1000, spreadMs: 10_000 } }), retries: 1 });
    run(1.1);
    expect(ended).toHaveLength(100);
  });

  it("takes an object that serves another session by now for what it is", () => {
    for (const _ of $range(1, 10)) open("a");
    const first = sessions.openAt(0)!;
    apply(upstream({ a: { atS: 0, spreadMs: 10_000 } }));
    run(0.1);
    sessions.close(first);
    const reused = open("b");
    expect(reused).toBe(first);
    run(11);
    expect(reused.verdict).toBe("");
  });

  it("leaves handshakes alone, and closes what opens afterwards", () => {
    const session = begin("a");
    apply(upstream({ a: NOW }));
    run(2);
    expect(ended).toHaveLength(0);
    sessions.markOpen(session, now);
    run(1);
    expect(ended).toHaveLength(1);
  });

  it("counts what went to a former address of the peer to it", () => {
    open("a");
    const { peers } = upstream({ a: NOW });
    apply(anUpstream({ peers: [{ ...peers[0]!, address: "10.9.9.9:1" }, peers[1]!] }));
    run(1);
    expect(ended).toEqual(["a drained"]);
  });

  it("says why", () => {
    open("a");
    open("b");
    const b = aPeerConfig({ id: "b", state: "maint", closing: NOW });
    const a = { key: "a", id: "a", host: "10.0.0.1", port: 97, closing: NOW };
    apply(anUpstream({ peers: [b], removed: [a] }));
    run(1);
    expect(ended.sort()).toEqual(["a removed", "b maint"]);
  });

  it("makes way for the worker's sockets after a few", () => {
    for (const _ of $range(1, 1000)) open("a");
    apply(upstream({ a: NOW }));
    let before = 0;
    let most = 0;
    makeWay = () => {
      most = Math.max(most, ended.length - before);
      before = ended.length;
    };
    run(0.05);
    expect(ended).toHaveLength(1000);
    expect(Math.max(most, ended.length - before)).toBeLessThan(50);
  });
});

it("nothing is due where nothing is closing", () => {
  open("a");
  expect(closer.isDue()).toBe(false);
});

describe("closing the sessions of a peer that is down", () => {
  /** The peer is down, or up again. */
  function tell(isUp: boolean): void {
    const peer = peerOf(pool, "b");
    if (isUp) delete peer.closingAsDown;
    else peer.closingAsDown = { atS: now, spreadMs: 10_000 };
    pools.closingPools.add(pool);
    pool.closing = [peer];
    pools.closingChanges += 1;
  }

  it("is spread, and says why", () => {
    for (const _ of $range(1, 100)) open("b");
    tell(false);
    run(5);
    expect(ended.length).toBeGreaterThan(30);
    expect(ended.length).toBeLessThan(70);
    run(6);
    expect(ended).toHaveLength(100);
    for (const line of ended) expect(line).toBe("b down");
  });

  it("ends when it is up again", () => {
    for (const _ of $range(1, 100)) open("b");
    tell(false);
    run(5);
    const before = ended.length;
    tell(true);
    run(10);
    expect(ended).toHaveLength(before);
  });

  it("leaves those that it had at another address", () => {
    const elsewhere = open("b");
    elsewhere.peer = { ...peerOf(pool, "b"), host: "10.0.0.9" };
    open("b");
    tell(false);
    run(11);
    expect(ended).toEqual(["b down"]);
    expect(elsewhere.verdict).toBe("");
  });

  it("leaves the session that is its trial", () => {
    for (const _ of $range(1, 3)) open("b");
    tell(false);
    run(15);
    expect(ended).toHaveLength(3);
    const peer = peerOf(pool, "b");
    peer.isUp = false;
    peer.isOnTrial = true;
    peer.healthSinceS = now;
    const trial = open("b");
    run(5);
    expect(trial.verdict).toBe("");
    peer.isOnTrial = false;
    peer.healthSinceS = now;
    tell(false);
    run(15);
    expect(trial.verdict).toBe("down");
  });

  it("is the operator's own where it says when", () => {
    open("b");
    tell(false);
    peerOf(pool, "b").closing = NOW;
    peerOf(pool, "b").state = "maint";
    pools.closingChanges += 1;
    run(1);
    expect(ended).toEqual(["b maint"]);
  });
});
