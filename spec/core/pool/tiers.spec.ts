import type { BalancerFactory } from "../../../src/core/balance/contract";
import { BalancerRegistry } from "../../../src/core/balance/registry";
import type { PeerConfig, UpstreamConfig } from "../../../src/core/config/snapshot";
import type { Pool } from "../../../src/core/pool/pool";
import { markTried, newSession } from "../../../src/core/session/session";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, noAnswers, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { anUpstream, aPeerConfig } from "../support/upstream-fixture";

const NOW_S = 1000;

let store: MemoryCounters;

beforeEach(() => {
  store = new MemoryCounters();
});

function poolIn(zone: string, fields: Partial<UpstreamConfig>): Pool {
  return aPool({ ...poolDeps(store, new RecordingLog()), zone }, anUpstream(fields));
}

function picks(pool: Pool, count: number): string {
  const keys: string[] = [];
  for (const _ of $range(1, count)) keys.push(pool.pick(newSession())?.key ?? "none");
  return keys.join(" ");
}

function setDown(pool: Pool, ...keys: string[]): void {
  for (const key of keys) pool.setUp(peerOf(pool, key), false);
}

function reasonOf(pool: Pool): string {
  const [found, reason] = pool.preview("");
  return found === undefined ? reason! : found.reason;
}

const ZONED: readonly PeerConfig[] = [
  aPeerConfig({ id: "a", zone: "north", maxConns: 1 }),
  aPeerConfig({ id: "b", zone: "north" }),
  aPeerConfig({ id: "c", zone: "south" }),
  aPeerConfig({ id: "d" }),
  aPeerConfig({ id: "e", zone: "north", isBackup: true }),
];

describe("every tier", () => {
  function settledIn(zone: string): string {
    const settled: string[] = [];
    const counting: BalancerFactory = {
      name: "counting",
      needs: [],
      validate: () => undefined,
      create: () => {
        let keys = "";
        return {
          update: (peers) => {
            keys = peers.map(({ key }) => key).join("");
          },
          pick: () => undefined,
          settle: () => settled.push(keys),
        };
      },
    };
    const deps = poolDeps(store, new RecordingLog());
    aPool(
      { ...deps, zone, registry: new BalancerRegistry([counting]) },
      anUpstream({ balancer: { type: "counting", options: {} }, peers: ZONED }),
    );
    return settled.join();
  }

  it("is settled after a change, with a zone and without", () => {
    expect(settledIn("north")).toBe("ab,abcd,e");
    expect(settledIn("")).toBe("abcd,e");
  });
});

describe("a gateway in a zone", () => {
  it("sends sessions to the peers of its zone while one of them can take any", () => {
    const pool = poolIn("north", { peers: ZONED });
    expect(picks(pool, 4)).toBe("a b b b");
    pool.apply(anUpstream({ peers: [ZONED[0]!, ZONED[2]!, ZONED[3]!, ZONED[4]!] }), noAnswers);
    expect(picks(pool, 3)).toBe("c d c");
  });

  it("goes to a backup only when no other zone has anyone", () => {
    const pool = poolIn("north", { peers: ZONED, panicThreshold: 0 });
    setDown(pool, "a", "b", "c");
    expect(picks(pool, 2)).toBe("d d");
    setDown(pool, "d");
    expect(picks(pool, 2)).toBe("e e");
  });

  it("takes part in the turns of all where none or all of the peers are in its zone", () => {
    expect(picks(poolIn("west", { peers: ZONED }), 5)).toBe("a b c d b");
    const own = [aPeerConfig({ id: "f", zone: "west" }), aPeerConfig({ id: "g", zone: "west" })];
    expect(picks(poolIn("west", { peers: own }), 3)).toBe("f g f");
  });

  it("says in the preview where the next session goes", () => {
    const pool = poolIn("south", { peers: ZONED });
    const [found] = pool.preview("");
    expect(found!.peer.key).toBe("c");
    expect(picks(pool, 1)).toBe("c");
  });

  it("follows a peer that gets another zone", () => {
    const pool = poolIn("south", { peers: ZONED });
    expect(picks(pool, 2)).toBe("c c");
    pool.apply(
      anUpstream({ peers: ZONED.map((peer) => (peer.id === "d" ? { ...peer, zone: "south" } : peer)) }),
      noAnswers,
    );
    expect(picks(pool, 2)).toBe("c d");
  });
});

describe("an upstream most of whose peers are down", () => {
  const peers = ["a", "b", "c", "d"].map((id) => aPeerConfig({ id }));

  it("ignores health below the threshold, and says so", () => {
    const pool = poolIn("", { peers });
    setDown(pool, "a", "b");
    expect(picks(pool, 4)).toBe("c d c d");
    setDown(pool, "c");
    expect(picks(pool, 4)).toBe("a b c d");
    expect(reasonOf(pool)).toBe("round_robin among 4 of 4 peers; health is ignored, as only 1 of 4 are up");
    pool.setUp(peerOf(pool, "c"), true);
    expect(picks(pool, 2)).toBe("c d");
  });

  it("sends nobody to peers all of which are down", () => {
    const pool = poolIn("", { peers });
    setDown(pool, "a", "b", "c", "d");
    expect(picks(pool, 1)).toBe("none");
    expect(reasonOf(pool)).toBe("4 down");
  });

  it("goes to the backups rather than to peers all of which are down", () => {
    const pool = poolIn("", { peers: [...peers, aPeerConfig({ id: "z", isBackup: true })] });
    setDown(pool, "a", "b", "c", "d");
    expect(picks(pool, 2)).toBe("z z");
  });

  it("counts those alone that take sessions", () => {
    const pool = poolIn("", {
      peers: [...peers, aPeerConfig({ id: "y", state: "drain" }), aPeerConfig({ id: "z", weight: 0 })],
    });
    setDown(pool, "a", "b");
    expect(picks(pool, 4)).toBe("c d c d");
    // A change of the config counts anew.
    pool.apply(anUpstream({ peers: peers.map((peer) => ({ ...peer, weight: 2 })) }), noAnswers);
    expect(picks(pool, 2)).toBe("c d");
    pool.apply(anUpstream({ peers: peers.slice(0, 3) }), noAnswers);
    expect(picks(pool, 3)).toBe("a b c");
  });

  it("never ignores health with a threshold of 0", () => {
    const pool = poolIn("", { peers, panicThreshold: 0 });
    setDown(pool, "a", "b", "c");
    expect(picks(pool, 2)).toBe("d d");
  });

  it("does not stay in its zone", () => {
    const pool = poolIn("north", {
      peers: [...peers, aPeerConfig({ id: "n", zone: "north" })],
    });
    setDown(pool, "a", "b", "c");
    expect(picks(pool, 5)).toBe("a b c d n");
  });
});

describe("a session that is bound to a peer", () => {
  function bound(pool: Pool, key: string): string {
    return pool.pick(newSession(), "", peerOf(pool, key))?.key ?? "none";
  }

  it("goes there whatever its turn, its weight or its tier", () => {
    const pool = poolIn("", {
      peers: [
        aPeerConfig({ id: "a" }),
        aPeerConfig({ id: "b", weight: 0 }),
        aPeerConfig({ id: "c", isBackup: true }),
      ],
    });
    expect([bound(pool, "b"), bound(pool, "b"), bound(pool, "c"), bound(pool, "a")].join(" ")).toBe(
      "b b c a",
    );
    expect(pool.active(peerOf(pool, "b"))).toBe(2);
  });

  it("still goes to a peer that drains, until its sessions are closed", () => {
    const peers = (atS: number): PeerConfig[] => [
      aPeerConfig({ id: "a", state: "drain", closing: { atS, spreadMs: 0 } }),
      aPeerConfig({ id: "b" }),
    ];
    const pool = poolIn("", { peers: peers(NOW_S + 1) });
    expect(bound(pool, "a")).toBe("a");
    pool.apply(anUpstream({ peers: peers(NOW_S) }), noAnswers);
    expect(bound(pool, "a")).toBe("b");
  });

  it("goes elsewhere when its peer is in maintenance, down, full, removed or was tried", () => {
    const pool = poolIn("", {
      panicThreshold: 0,
      peers: [
        aPeerConfig({ id: "m", state: "maint" }),
        aPeerConfig({ id: "d" }),
        aPeerConfig({ id: "f", maxConns: 1 }),
        aPeerConfig({ id: "z", weight: 1000 }),
      ],
    });
    setDown(pool, "d");
    store.add("total chat f", 1);
    for (const key of ["m", "d", "f"]) expect(bound(pool, key)).toBe("z");
    const gone = peerOf(pool, "d");
    pool.apply(anUpstream({ peers: [aPeerConfig({ id: "z" })] }), noAnswers);
    expect(pool.pick(newSession(), "", gone)!.key).toBe("z");
    const session = newSession();
    markTried(session, peerOf(pool, "z"));
    expect(pool.pick(session, "", peerOf(pool, "z"))).toBeUndefined();
  });
});

describe("a balancer that does not keep to the contract", () => {
  it("does not keep the worker for ever", () => {
    const pool = poolIn("", { peers: [aPeerConfig({ id: "a", maxConns: 1 })] });
    const peer = peerOf(pool, "a");
    const { registry } = poolDeps(store, new RecordingLog());
    registry.register({
      name: "stubborn",
      needs: [],
      validate: () => undefined,
      create: () => ({ update: () => undefined, pick: () => peer }),
    });
    const stubborn = aPool(
      { ...poolDeps(store, new RecordingLog()), registry },
      anUpstream({
        balancer: { type: "stubborn", options: {} },
        peers: [aPeerConfig({ id: "a", maxConns: 1 })],
      }),
    );
    expect(stubborn.pick(newSession())).toBe(peer);
    expect(stubborn.pick(newSession())).toBeUndefined();
  });
});
