import type { CounterStore } from "../../../src/core/ports";
import type { Pool } from "../../../src/core/pool/pool";
import type { PeerConfig } from "../../../src/core/config/snapshot";
import { newSession, type Session } from "../../../src/core/session/session";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, noAnswers, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { anUpstream, aPeerConfig } from "../support/upstream-fixture";

let nowS = 1000;
let reads = 0;
let store: MemoryCounters;

beforeEach(() => {
  store = new MemoryCounters();
  reads = 0;
});

/** One slot is taken here, and all others by another worker. */
function fullPool(peers: number, slowStart = false): { readonly pool: Pool; readonly open: Session } {
  const configs: PeerConfig[] = [];
  for (const index of $range(1, peers)) {
    const config = aPeerConfig({ id: `p${index}`, address: "10.0.0.1:1", maxConns: 1 });
    configs.push(slowStart ? { ...config, readySinceS: nowS } : config);
  }
  const counting: CounterStore = {
    add: (key, delta) => store.add(key, delta),
    read: (key) => {
      reads += 1;
      return store.read(key);
    },
    remove: (key) => store.remove(key),
  };
  const deps = poolDeps(counting, new RecordingLog(), () => nowS);
  const config = anUpstream({ peers: configs, balancer: { type: "least_conn", options: {} } });
  const windowMs = slowStart ? 60_000 : 0;
  const pool = aPool(deps, { ...config, slowStart: { windowMs, minPercent: 10, aggression: 1 } });
  const open = newSession();
  pool.pick(open);
  for (const peer of pool.peers) if (peer !== open.peer) store.add(peer.totalKey, 1);
  expect(pick(pool)).toBe("none");
  reads = 0;
  return { pool, open };
}

function pick(pool: Pool): string {
  return pool.pick(newSession())?.key ?? "none";
}

describe("thousands of peers that are full", () => {
  it("are not all asked again for every session", () => {
    const { pool } = fullPool(2000);
    for (const _ of $range(1, 100)) expect(pick(pool)).toBe("none");
    expect(reads).toBe(0);
  });

  it("take sessions at once when one of this worker ends, a peer comes up, or the config changes", () => {
    const { pool, open } = fullPool(2000);
    const { key } = open.peer!;
    pool.release(open);
    expect(pick(pool)).toBe(key);
    expect(pick(pool)).toBe("none");
    store.add("total chat p7", -1);
    pool.setUp(peerOf(pool, "p7"), true);
    expect(pick(pool)).toBe("p7");
    expect(pick(pool)).toBe("none");
    store.add("total chat p8", -1);
    pool.apply(pool.config, noAnswers);
    expect(pick(pool)).toBe("p8");
  });

  it("take sessions soon when one of another worker ends, also if the clock is set back", () => {
    const { pool } = fullPool(2000);
    store.add("total chat p7", -1);
    nowS += 0.011;
    expect(pick(pool)).toBe("p7");
    expect(pick(pool)).toBe("none");
    store.add("total chat p8", -1);
    nowS -= 500;
    expect(pick(pool)).toBe("p8");
  });

  it("are asked once where some start slowly and none is held back", () => {
    const { pool } = fullPool(2000, true);
    nowS += 1;
    expect(pick(pool)).toBe("none");
    expect(reads).toBeLessThan(2100);
  });
});

describe("a few peers that are full", () => {
  it("take a session as soon as one of another worker ends", () => {
    const { pool } = fullPool(3);
    store.add("total chat p2", -1);
    expect(pick(pool)).toBe("p2");
  });
});
