import { BalancerRegistry } from "../../../src/core/balance/registry";
import type { BalancerFactory } from "../../../src/core/balance/contract";
import type { AffinityConfig, PeerConfig } from "../../../src/core/config/snapshot";
import type { Pool } from "../../../src/core/pool/pool";
import type { PoolDeps } from "../../../src/core/pool/pool-deps";
import { newSession } from "../../../src/core/session/session";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { anUpstream, aPeerConfig } from "../support/upstream-fixture";

const BY_KEY: AffinityConfig = {
  type: "key",
  name: "sb",
  isStrict: false,
  path: "/",
  maxAgeS: 0,
  secure: "auto",
  isHttpOnly: true,
  sameSite: "Lax",
};

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

  describe("of a session that is bound by its key", () => {
    const deps = (): PoolDeps => poolDeps(store, new RecordingLog());

    function boundPool(isStrict: boolean): Pool {
      const affinity = { ...BY_KEY, isStrict };
      return aPool(deps(), anUpstream({ affinity, peers: ["a", "b"].map((id) => aPeerConfig({ id })) }));
    }

    /** A key that belongs to a, behind which the balancer would send to b: its turn of a is taken. */
    function keyOfA(pool: Pool): string {
      expect(pool.pick(newSession())!.key).toBe("a");
      for (const number of $range(1, 100)) {
        const key = `room ${number.toString()}`;
        if (pool.keyHome!.home(key)!.key === "a") return key;
      }
      return "";
    }

    function told(pool: Pool, key: string): string {
      const [found, reason] = pool.preview(key);
      return found === undefined ? `none: ${reason}` : `${found.peer.key}: ${found.reason}`;
    }

    it("goes by the home of the key, and by the balancer where that may not be", () => {
      const pool = boundPool(false);
      const key = keyOfA(pool);
      const a = peerOf(pool, "a");
      expect(told(pool, key)).toBe("a: the key belongs to it");
      expect(pool.pick(newSession(), key, a)).toBe(a);
      expect(told(pool, "")).toBe("b: round_robin among 2 of 2 peers");
      a.state = "drain";
      expect(told(pool, key)).toBe("a: the key belongs to it, also while it drains");
      a.state = "maint";
      expect(told(pool, key)).toBe("b: round_robin among 1 of 2 peers");
    });

    it("says why nothing else will do where affinity is strict", () => {
      const pool = boundPool(true);
      const key = keyOfA(pool);
      expect(told(pool, key)).toBe("a: the key belongs to it");
      peerOf(pool, "a").state = "maint";
      const reason = 'affinity is strict, and "a", which the key belongs to, is in maintenance';
      expect(told(pool, key)).toBe(`none: ${reason}`);
      expect(pool.pick(newSession(), key, peerOf(pool, "a"))).toBeUndefined();
    });
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
