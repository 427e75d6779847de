import type { Closing, RemovedPeer } from "../../../src/core/config/snapshot";
import { removedPeers } from "../../../src/core/pool/leaving";
import { isClosing } from "../../../src/core/pool/peer";
import type { Lookup } from "../../../src/core/pool/peers";
import type { Pool } from "../../../src/core/pool/pool";
import { newSession, type Session } from "../../../src/core/session/session";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, noAnswers, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { anUpstream, aPeerConfig, upstreamOf } from "../support/upstream-fixture";

let store: MemoryCounters;
let log: RecordingLog;

beforeEach(() => {
  store = new MemoryCounters();
  log = new RecordingLog();
});

function open(pool: Pool): Session {
  const session = newSession();
  pool.pick(session);
  return session;
}

function removedPeer(id: string, closing?: Closing): RemovedPeer {
  const peer = { key: id, id, host: "10.0.0.1", port: id.charCodeAt(0) };
  return closing === undefined ? peer : { ...peer, closing };
}

function removedKeys(pool: Pool): string {
  return removedPeers(pool)
    .map(({ key, address }) => `${key} at ${address}`)
    .join(", ");
}

describe("a peer that the config names as removed", () => {
  it("is listed as long as any worker has sessions on it, and never picked", () => {
    store.add("total chat x", 2);
    const pool = aPool(poolDeps(store, log), anUpstream({ peers: [], removed: [removedPeer("x")] }));
    expect(removedKeys(pool)).toBe("x at 10.0.0.1:120");
    const [peer] = removedPeers(pool);
    expect([peer!.isRemoved, peer!.state, peer!.weight]).toEqual([true, "drain", 0]);
    expect(pool.pick(newSession())).toBeUndefined();
    store.add("total chat x", -2);
    expect(removedKeys(pool)).toBe("");
  });

  it("leaves no share behind", () => {
    const pool = aPool(poolDeps(store, log), upstreamOf("a"));
    const session = open(pool);
    pool.apply(anUpstream({ peers: [], removed: [removedPeer("a")] }), noAnswers);
    pool.release(session);
    pool.apply(anUpstream({ peers: [] }), noAnswers);
    expect(store.list()).toEqual(["total chat a=0"]);
    expect(pool.removed).toEqual([]);
  });

  it("keeps its count when it is added again, at another address too", () => {
    const pool = aPool(poolDeps(store, log), upstreamOf("a"));
    const old = open(pool);
    pool.apply(anUpstream({ peers: [], removed: [removedPeer("a")] }), noAnswers);
    expect(pool.removed[0]).toBe(old.peer);
    const moved = aPeerConfig({ id: "a", address: "10.0.0.2:80" });
    pool.apply(anUpstream({ peers: [moved], removed: [removedPeer("a")] }), noAnswers);
    expect(pool.removed).toEqual([]);
    const young = open(pool);
    expect(young.peer!.address).toBe("10.0.0.2:80");
    expect(pool.active(young.peer!)).toBe(2);
    pool.release(old);
    expect(pool.active(young.peer!)).toBe(1);
    pool.release(young);
    expect(pool.active(young.peer!)).toBe(0);
    expect(log.lines).toEqual([]);
  });

  it("may be closing", () => {
    const closing = { atS: 500, spreadMs: 1000 };
    const pool = aPool(
      poolDeps(store, log),
      anUpstream({ peers: [], removed: [removedPeer("x", closing), removedPeer("y")] }),
    );
    expect(pool.closing.map(({ key }) => key)).toEqual(["x"]);
    expect([499, 500, 501].map((now) => isClosing(pool.closing[0]!, now))).toEqual([false, true, true]);
    expect(isClosing(pool.removed[1]!, 501)).toBe(false);
  });
});

describe("a peer that leaves the config without a word", () => {
  it("is listed by the workers that knew it, until its last session ends", () => {
    const pool = aPool(poolDeps(store, log), upstreamOf("a", "b"));
    const session = open(pool);
    pool.apply(upstreamOf("b"), noAnswers);
    expect(removedKeys(pool)).toBe("a at 10.0.0.1:97");
    pool.release(session);
    expect(removedKeys(pool)).toBe("");
    pool.apply(upstreamOf("b"), noAnswers);
    expect(pool.removed).toEqual([]);
  });
});

describe("an address that a name has no more", () => {
  it("is listed while it has sessions, and closes when its peer does", () => {
    let addresses = ["10.0.0.1", "10.0.0.2"];
    const lookup: Lookup = () => addresses;
    const a = aPeerConfig({ id: "a", address: "chat.test:80", weight: 4 });
    const pool = aPool(poolDeps(store, log), anUpstream({ peers: [a] }), lookup);
    open(pool);
    addresses = ["10.0.0.2"];
    pool.apply(anUpstream({ peers: [a] }), lookup);
    expect(removedKeys(pool)).toBe("a#10.0.0.1 at 10.0.0.1:80");
    expect(pool.leaving.map(({ key }) => key)).toEqual(["a#10.0.0.1"]);
    expect(pool.closing).toHaveLength(0);
    pool.apply(anUpstream({ peers: [{ ...a, closing: { atS: 0, spreadMs: 0 } }] }), lookup);
    expect(pool.closing.map(({ key }) => key)).toEqual(["a#10.0.0.2", "a#10.0.0.1"]);
    addresses = ["10.0.0.1", "10.0.0.2"];
    pool.apply(anUpstream({ peers: [a] }), lookup);
    expect(removedKeys(pool)).toBe("");
    expect(pool.active(peerOf(pool, "a#10.0.0.1"))).toBe(1);
  });
});

it("an address that a name had before closes with those it had at last when the peer is removed", () => {
  let addresses = ["10.0.0.1"];
  const lookup: Lookup = () => addresses;
  const a = aPeerConfig({ id: "a", address: "chat.test:80" });
  const pool = aPool(poolDeps(store, log), anUpstream({ peers: [a] }), lookup);
  open(pool);
  addresses = ["10.0.0.2"];
  pool.apply(anUpstream({ peers: [a] }), lookup);
  const last = { key: "a#10.0.0.2", id: "a", host: "10.0.0.2", port: 80 };
  pool.apply(anUpstream({ peers: [], removed: [{ ...last, closing: { atS: 500, spreadMs: 0 } }] }), lookup);
  expect(removedKeys(pool)).toBe("a#10.0.0.1 at 10.0.0.1:80");
  expect(pool.closing.map(({ key }) => key)).toEqual(["a#10.0.0.2", "a#10.0.0.1"]);
  pool.apply(anUpstream({ peers: [], removed: [last] }), lookup);
  expect(pool.closing).toEqual([]);
});

it("a peer has its configured weight beside its share of it", () => {
  const lookup: Lookup = () => ["10.0.0.1", "10.0.0.2"];
  const a = aPeerConfig({ id: "a", address: "chat.test:80", weight: 3 });
  const pool = aPool(poolDeps(store, log), anUpstream({ peers: [a] }), lookup);
  expect(pool.peers.map(({ weight, configuredWeight }) => [weight, configuredWeight])).toEqual([
    [1.5, 3],
    [1.5, 3],
  ]);
});
