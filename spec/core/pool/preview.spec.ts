import { BalancerRegistry } from "../../../src/core/balance/registry";
import type { BalancerFactory } from "../../../src/core/balance/contract";
import type { PeerConfig } from "../../../src/core/config/snapshot";
import type { Pool } from "../../../src/core/pool/pool";
import { newSession } from "../../../src/core/session/session";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { anUpstream, aPeerConfig } from "../support/upstream-fixture";

let store: MemoryCounters;

beforeEach(() => {
  store = new MemoryCounters();
});

function poolOf(...peers: PeerConfig[]): Pool {
  return aPool(poolDeps(store, new RecordingLog()), anUpstream({ peers }));
}

function preview(pool: Pool): string {
  const [found, reason] = pool.preview("");
  return found === undefined ? `none: ${reason}` : `${found.peer.key}: ${found.reason}`;
}

describe("a look at where a session would go", () => {
  it("says where the next one does go, and changes nothing", () => {
    const pool = poolOf(
      aPeerConfig({ id: "a", weight: 5 }),
      aPeerConfig({ id: "b" }),
      aPeerConfig({ id: "c" }),
    );
    for (const _ of $range(1, 14)) {
      const [first] = pool.preview("");
      const [second] = pool.preview("");
      const before = store.list().join();
      pool.preview("");
      expect(store.list().join()).toBe(before);
      expect(second!.peer).toBe(first!.peer);
      expect(pool.pick(newSession())).toBe(first!.peer);
    }
  });

  it("says among how many it was chosen", () => {
    const pool = poolOf(
      aPeerConfig({ id: "a" }),
      aPeerConfig({ id: "b" }),
      aPeerConfig({ id: "c", state: "drain" }),
      aPeerConfig({ id: "d", isBackup: true }),
    );
    expect(preview(pool)).toBe("a: round_robin among 2 of 3 peers");
  });

  it("says that only backups are left", () => {
    const pool = poolOf(aPeerConfig({ id: "a", state: "maint" }), aPeerConfig({ id: "b", isBackup: true }));
    expect(preview(pool)).toBe("b: only backups are eligible: round_robin among 1 of 1 backup");
  });

  it("says why nobody is eligible, counted", () => {
    const pool = poolOf(
      aPeerConfig({ id: "a", state: "drain" }),
      aPeerConfig({ id: "b", state: "drain", weight: 0 }),
      aPeerConfig({ id: "c", maxConns: 1 }),
      aPeerConfig({ id: "d", weight: 0 }),
      aPeerConfig({ id: "e" }),
      aPeerConfig({ id: "f", state: "maint", isBackup: true }),
    );
    store.add("total chat c", 1);
    pool.setUp(peerOf(pool, "e"), false);
    expect(preview(pool)).toBe("none: 2 draining, 1 in maintenance, 1 down, 1 of weight 0, 1 full");
    expect(preview(poolOf())).toBe("none: the upstream has no peers");
  });

  it("asks a new balancer where the one in use cannot look ahead", () => {
    let updates = 0;
    const plain: BalancerFactory = {
      name: "plain",
      needs: [],
      validate: () => undefined,
      create: () => {
        let picks = 0;
        let first: string | undefined;
        return {
          update: (peers) => {
            updates += 1;
            first = peers[0]?.key;
          },
          pick: (input) => {
            picks += 1;
            return picks === 1 && first !== undefined ? input && pool.peers[0] : undefined;
          },
        };
      },
    };
    const deps = { ...poolDeps(store, new RecordingLog()), registry: new BalancerRegistry([plain]) };
    const pool: Pool = aPool(
      deps,
      anUpstream({ balancer: { type: "plain", options: {} }, peers: [aPeerConfig({ id: "a" })] }),
    );
    const before = updates;
    expect(preview(pool)).toBe("a: plain among 1 of 1 peer");
    expect(updates).toBe(before + 1);
    expect(pool.pick(newSession())!.key).toBe("a");
  });
});
