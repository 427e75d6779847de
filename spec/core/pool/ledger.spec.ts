import { Ledger } from "../../../src/core/pool/ledger";
import type { CounterStore } from "../../../src/core/ports";
import { MemoryCounters } from "../support/memory-counters";
import { RecordingLog } from "../support/recording-log";
import { aPeer } from "../support/upstream-fixture";

const SHARE = "share chat a";
const TOTAL = "total chat a";
const peer = aPeer({ key: "a" });

let store: MemoryCounters;
let log: RecordingLog;
let ledger: Ledger;

beforeEach(() => {
  store = new MemoryCounters();
  log = new RecordingLog();
  ledger = new Ledger(store, log);
  peer.isRemoved = false;
});

/** A store that keeps the order of its writes. */
function recording(writes: string[]): CounterStore {
  return {
    add: (key, delta) => {
      writes.push(`${key} ${delta}`);
      return store.add(key, delta);
    },
    read: (key) => store.read(key),
    remove: (key) => store.remove(key),
  };
}

describe("a slot", () => {
  it("is counted in the share of the worker and in the total", () => {
    expect(ledger.take(peer)).toBe(1);
    expect(ledger.take(peer)).toBe(2);
    expect(store.list()).toEqual([`${SHARE}=2`, `${TOTAL}=2`]);
    expect(ledger.active(peer)).toBe(2);
  });

  it("is written to the share first, taken and released", () => {
    const writes: string[] = [];
    const recorded = new Ledger(recording(writes), log);
    recorded.take(peer);
    recorded.release(peer);
    expect(writes).toEqual([`${SHARE} 1`, `${TOTAL} 1`, `${SHARE} -1`, `${TOTAL} -1`]);
  });

  it("counts beside those of other workers", () => {
    store.add(TOTAL, 40);
    expect(ledger.take(peer)).toBe(41);
    ledger.release(peer);
    expect(ledger.active(peer)).toBe(40);
  });

  it("that was never taken is not released: the log says so and no count changes", () => {
    store.add(TOTAL, 3);
    ledger.release(peer);
    expect(store.read(SHARE)).toBe(0);
    expect(store.read(TOTAL)).toBe(3);
    expect(log.lines).toEqual(['error release without a slot on peer "a" of upstream "chat"']);
  });

  it("is not released twice", () => {
    ledger.take(peer);
    ledger.release(peer);
    expect(log.lines).toEqual([]);
    ledger.release(peer);
    expect(ledger.active(peer)).toBe(0);
    expect(store.read(SHARE)).toBe(0);
    expect(log.lines).toHaveLength(1);
  });
});

describe("a full store", () => {
  it("gives no slot, and the log says so", () => {
    store.isFull = true;
    expect(ledger.take(peer)).toBeUndefined();
    expect(store.list()).toEqual([]);
    expect(log.lines).toEqual([
      'error the shared dict is full: a session on peer "a" of upstream "chat" is not counted',
    ]);
  });

  it("with room for the share alone leaves it as it was", () => {
    store.add(SHARE, 0);
    store.isFull = true;
    expect(ledger.take(peer)).toBeUndefined();
    expect(store.list()).toEqual([`${SHARE}=0`]);
  });

  it("goes on with the counters it has", () => {
    ledger.take(peer);
    store.isFull = true;
    expect(ledger.take(peer)).toBe(2);
    ledger.release(peer);
    ledger.release(peer);
    expect(ledger.active(peer)).toBe(0);
    expect(log.lines).toEqual([]);
  });
});

describe("the counters of a removed peer", () => {
  it("go with the last session of the worker, but for the total, which others may be changing", () => {
    ledger.take(peer);
    ledger.take(peer);
    peer.isRemoved = true;
    ledger.release(peer);
    expect(store.list()).toEqual([`${SHARE}=1`, `${TOTAL}=1`]);
    ledger.release(peer);
    expect(store.list()).toEqual([`${TOTAL}=0`]);
  });

  it("go at once where the worker has no session open, but for the total", () => {
    ledger.take(peer);
    ledger.release(peer);
    ledger.closeShare(peer);
    expect(store.list()).toEqual([`${TOTAL}=0`]);
  });

  it("stay while the worker has a session open", () => {
    ledger.take(peer);
    ledger.closeShare(peer);
    expect(store.list()).toEqual([`${SHARE}=1`, `${TOTAL}=1`]);
  });

  it("stay where the peer is only at rest", () => {
    ledger.take(peer);
    ledger.release(peer);
    expect(store.list()).toEqual([`${SHARE}=0`, `${TOTAL}=0`]);
  });
});

it("counts a configured peer over all its addresses", () => {
  const [one, two] = [aPeer({ key: "a#10.0.0.1" }), aPeer({ key: "a#10.0.0.2" })];
  one.family = [one, two];
  two.family = [one, two];
  ledger.take(one);
  ledger.take(two);
  ledger.take(two);
  expect(ledger.activeOfFamily(one)).toBe(3);
  expect(ledger.active(one)).toBe(1);
});
