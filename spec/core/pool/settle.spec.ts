import type { PeerConfig, UpstreamConfig } from "../../../src/core/config/snapshot";
import type { Pool } from "../../../src/core/pool/pool";
import { newSession } from "../../../src/core/session/session";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, noAnswers, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { anUpstream, aPeerConfig } from "../support/upstream-fixture";

const KEYS = 1000;

function poolOf(config: UpstreamConfig): Pool {
  return aPool(poolDeps(new MemoryCounters(), new RecordingLog()), config);
}

function peersFrom(first: number, last: number): readonly PeerConfig[] {
  const peers: PeerConfig[] = [];
  for (const index of $range(first, last))
    peers.push(aPeerConfig({ id: `peer-${index}`, address: `10.0.0.${index}:80` }));
  return peers;
}

/** Where each of some keys goes. */
function homes(pool: Pool): readonly string[] {
  const found: string[] = [];
  for (const index of $range(1, KEYS)) {
    const session = newSession();
    found.push(pool.pick(session, `key-${index}`)?.key ?? "none");
    pool.release(session);
  }
  return found;
}

function moved(before: readonly string[], now: readonly string[]): number {
  return before.filter((home, index) => home !== now[index]).length;
}

describe("after a change, the balancers of a pool", () => {
  for (const table of ["maglev", "ring"]) {
    it(`have the table of hash made: ${table} moves few keys when a peer joins`, () => {
      const balancer = { type: "hash", options: { table, balance_factor: 0 } };
      const pool = poolOf(anUpstream({ balancer, peers: peersFrom(2, 20) }));
      const before = homes(pool);
      pool.apply(anUpstream({ balancer, peers: peersFrom(1, 20) }), noAnswers);
      expect(moved(before, homes(pool))).toBeLessThan(KEYS / 10);
    });
  }

  it("have the latencies of peak_ewma kept: nobody goes to the one that fails", () => {
    const pool = poolOf(anUpstream({ balancer: { type: "peak_ewma", options: {} }, peers: peersFrom(1, 2) }));
    pool.observe(peerOf(pool, "peer-1"), { kind: "handshake", latencyMs: 1, isFailed: true });
    pool.observe(peerOf(pool, "peer-2"), { kind: "handshake", latencyMs: 1, isFailed: false });
    for (const _ of $range(1, 20)) expect(pool.pick(newSession())!.key).toBe("peer-2");
  });
});
