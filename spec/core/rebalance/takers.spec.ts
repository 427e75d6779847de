import type { PeerConfig, UpstreamConfig } from "../../../src/core/config/snapshot";
import type { Pool } from "../../../src/core/pool/pool";
import { hasRoom, planPeers, reasonToStay, takersOf } from "../../../src/core/rebalance/takers";
import { newSession } from "../../../src/core/session/session";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { AFFINITY, aPeerConfig, anUpstream } from "../support/upstream-fixture";

function poolOf(fields: Partial<UpstreamConfig>, addresses: readonly string[] = []): Pool {
  return aPool(poolDeps(new MemoryCounters(), new RecordingLog()), anUpstream(fields), () => addresses);
}

function takers(peers: readonly PeerConfig[], zone = ""): string[] {
  return takersOf(poolOf({ peers }), zone).map(({ key }) => key);
}

describe("the peers among which sessions are balanced", () => {
  it("are those that new sessions go to, without the backups", () => {
    expect(
      takers([
        aPeerConfig({ id: "a" }),
        aPeerConfig({ id: "b", state: "drain" }),
        aPeerConfig({ id: "c", state: "maint" }),
        aPeerConfig({ id: "d", weight: 0 }),
        aPeerConfig({ id: "e", isBackup: true }),
        aPeerConfig({ id: "f" }),
      ]),
    ).toEqual(["a", "f"]);
  });

  it("are up", () => {
    const pool = poolOf({ peers: [aPeerConfig({ id: "a" }), aPeerConfig({ id: "b" })] });
    pool.setUp(peerOf(pool, "a"), false);
    expect(takersOf(pool, "").map(({ key }) => key)).toEqual(["b"]);
  });

  it("are those of the gateway's zone, if there are any", () => {
    const peers = [aPeerConfig({ id: "a", zone: "x" }), aPeerConfig({ id: "b", zone: "y" })];
    expect([takers(peers), takers(peers, "y"), takers(peers, "z")]).toEqual([["a", "b"], ["b"], ["a", "b"]]);
  });

  it("have a limit by max_conns, which the addresses of a name share", () => {
    const pool = poolOf(
      {
        peers: [
          aPeerConfig({ id: "a", maxConns: 2 }),
          aPeerConfig({ id: "n", address: "n.test:80", maxConns: 7 }),
        ],
      },
      ["10.0.0.1", "10.0.0.2"],
    );
    const session = newSession();
    pool.pick(session, "", peerOf(pool, "n#10.0.0.1"));
    const planned = planPeers(pool, takersOf(pool, ""), (key) => (key === "a" ? 3 : 9));
    expect(planned.map(({ key, active, movable, limit }) => [key, active, movable, limit])).toEqual([
      ["a", 0, 0, 2],
      ["n#10.0.0.1", 1, 1, 4],
      ["n#10.0.0.2", 0, 0, 3],
    ]);
    expect(hasRoom(pool, peerOf(pool, "a"))).toBe(true);
    pool.pick(newSession(), "", peerOf(pool, "a"));
    pool.pick(newSession(), "", peerOf(pool, "a"));
    expect(hasRoom(pool, peerOf(pool, "a"))).toBe(false);
  });

  it("keep sessions that belong to them", () => {
    const peers = [aPeerConfig({ id: "a" })];
    expect(reasonToStay(poolOf({ peers }))).toBeUndefined();
    expect(reasonToStay(poolOf({ peers, affinity: AFFINITY }))).toBeUndefined();
    expect(reasonToStay(poolOf({ peers, affinity: { ...AFFINITY, isStrict: true } }))).toContain("strict");
    expect(reasonToStay(poolOf({ peers, balancer: { type: "hash", options: {} } }))).toContain("keys");
    expect(reasonToStay(poolOf({ peers, affinity: { ...AFFINITY, type: "key" } }))).toContain("keys");
  });
});
