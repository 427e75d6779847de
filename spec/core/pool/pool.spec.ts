import type { AdminState, PeerConfig } from "../../../src/core/config/snapshot";
import type { Lookup } from "../../../src/core/pool/peers";
import type { CounterStore } from "../../../src/core/ports";
import type { Pool } from "../../../src/core/pool/pool";
import { markTried, newSession, type Session } from "../../../src/core/session/session";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { anUpstream, aPeerConfig, upstreamOf } from "../support/upstream-fixture";

let store: MemoryCounters;
let log: RecordingLog;

beforeEach(() => {
  store = new MemoryCounters();
  log = new RecordingLog();
});

function poolOf(...peers: PeerConfig[]): Pool {
  return aPool(poolDeps(store, log), anUpstream({ peers }));
}

/** The keys of the peers that so many new sessions get. */
function picks(pool: Pool, count: number): string {
  const keys: string[] = [];
  for (const _ of $range(1, count)) keys.push(pool.pick(newSession())?.key ?? "none");
  return keys.join(" ");
}

function open(pool: Pool): Session {
  const session = newSession();
  pool.pick(session);
  return session;
}

describe("who is eligible", () => {
  const rows: readonly {
    readonly state: AdminState;
    readonly isUp: boolean;
    readonly weight: number;
    readonly picked: boolean;
  }[] = [
    { state: "ready", isUp: true, weight: 1, picked: true },
    { state: "ready", isUp: false, weight: 1, picked: false },
    { state: "ready", isUp: true, weight: 0, picked: false },
    { state: "drain", isUp: true, weight: 1, picked: false },
    { state: "maint", isUp: true, weight: 1, picked: false },
    { state: "drain", isUp: false, weight: 0, picked: false },
  ];
  for (const { state, isUp, weight, picked } of rows) {
    it(`a peer that is ${state}, ${isUp ? "up" : "down"} and weighs ${weight}: ${picked}`, () => {
      const pool = poolOf(aPeerConfig({ id: "a", state, weight }));
      pool.setUp(peerOf(pool, "a"), isUp);
      expect(pool.pick(newSession()) !== undefined).toBe(picked);
      expect(pool.active(peerOf(pool, "a"))).toBe(picked ? 1 : 0);
    });
  }

  it("nobody whom this session has tried, though others may go there", () => {
    const pool = poolOf(aPeerConfig({ id: "a" }), aPeerConfig({ id: "b" }));
    const session = newSession();
    markTried(session, peerOf(pool, "a"));
    expect(pool.pick(session)!.key).toBe("b");
    markTried(session, peerOf(pool, "b"));
    expect(pool.pick(session)).toBeUndefined();
    expect(picks(pool, 2)).toBe("a b");
  });

  it("nobody who has max_conns sessions, until one ends", () => {
    const pool = poolOf(aPeerConfig({ id: "a", maxConns: 2 }));
    const first = open(pool);
    open(pool);
    expect(picks(pool, 1)).toBe("none");
    pool.release(first);
    expect(picks(pool, 2)).toBe("a none");
  });

  it("counts the sessions of other workers to max_conns", () => {
    const pool = poolOf(aPeerConfig({ id: "a", maxConns: 2 }));
    store.add("total chat a", 1);
    expect(picks(pool, 2)).toBe("a none");
  });
});

describe("a backup", () => {
  it("is picked only when no other peer is eligible", () => {
    const pool = poolOf(aPeerConfig({ id: "a", maxConns: 1 }), aPeerConfig({ id: "b", isBackup: true }));
    expect(picks(pool, 3)).toBe("a b b");
  });

  it("is tried after the others have failed", () => {
    const pool = poolOf(aPeerConfig({ id: "a", isBackup: true }), aPeerConfig({ id: "b" }));
    const session = open(pool);
    expect(session.peer!.key).toBe("b");
    markTried(session, session.peer!);
    expect(pool.pick(session)!.key).toBe("a");
  });
});

describe("a slot", () => {
  it("is taken by the pick and released once", () => {
    const pool = poolOf(aPeerConfig({ id: "a" }));
    const session = open(pool);
    expect(session.hasSlot).toBe(true);
    expect(pool.active(session.peer!)).toBe(1);
    pool.release(session);
    pool.release(session);
    expect(session.hasSlot).toBe(false);
    expect(pool.active(session.peer!)).toBe(0);
    expect(log.lines).toEqual([]);
  });

  it("that does not fit into the store does not keep a session from its peer", () => {
    const pool = poolOf(aPeerConfig({ id: "a" }));
    store.isFull = true;
    const session = open(pool);
    expect(session.peer!.key).toBe("a");
    expect(session.hasSlot).toBe(false);
    pool.release(session);
    expect(store.list()).toEqual([]);
    expect(log.lines).toHaveLength(1);
  });

  it("that another worker took meanwhile is given back, and the next peer is picked", () => {
    const deps = poolDeps(
      {
        add: (key, delta) => store.add(key, delta),
        // What was read before the other worker's write.
        read: () => 0,
        remove: (key) => store.remove(key),
      },
      log,
    );
    const peers = [aPeerConfig({ id: "a", maxConns: 1 }), aPeerConfig({ id: "b", maxConns: 1 })];
    const pool = aPool(deps, anUpstream({ peers }));
    store.add("total chat a", 1);
    expect(picks(pool, 2)).toBe("b none");
    expect(store.list()).toEqual(["share chat a=0", "share chat b=1", "total chat a=1", "total chat b=1"]);
  });
});

describe("a change of the config", () => {
  it("keeps the peer of each key, its sessions and its health", () => {
    const deps = poolDeps(store, log);
    const pool = aPool(deps, upstreamOf("a", "b"));
    const session = open(pool);
    const a = peerOf(pool, "a");
    pool.setUp(a, false);
    const changed = [
      aPeerConfig({ id: "b" }),
      aPeerConfig({ id: "a", weight: 7, maxConns: 9, zone: "eu", state: "drain", isBackup: true }),
    ];
    pool.apply(anUpstream({ peers: changed }), () => undefined);
    expect(pool.peers.map((peer) => peer.key)).toEqual(["b", "a"]);
    expect(peerOf(pool, "a")).toBe(a);
    expect(session.peer).toBe(a);
    expect([a.weight, a.maxConns, a.zone, a.state]).toEqual([7, 9, "eu", "drain"]);
    expect(a.isBackup).toBe(true);
    expect(a.isUp).toBe(false);
    expect(pool.active(a)).toBe(1);
  });

  it("keeps the turn of the peers that stay", () => {
    const pool = aPool(poolDeps(store, log), upstreamOf("a", "b"));
    expect(picks(pool, 1)).toBe("a");
    pool.apply({ ...upstreamOf("a", "b", "c"), retries: 0 }, () => undefined);
    expect(picks(pool, 3)).toBe("b c a");
  });

  it("of the balancer starts a new cycle", () => {
    const pool = aPool(poolDeps(store, log), upstreamOf("a", "b"));
    expect(picks(pool, 1)).toBe("a");
    const balancer = { type: "no_such_balancer", options: { start: 0 } };
    pool.apply({ ...upstreamOf("a", "b"), balancer }, () => undefined);
    expect(picks(pool, 2)).toBe("a b");
  });

  it("of an address makes another peer, which counts the old one's sessions", () => {
    const pool = aPool(poolDeps(store, log), upstreamOf("a"));
    const session = open(pool);
    const moved = aPeerConfig({ id: "a", address: "[::1]:9000" });
    pool.apply(anUpstream({ peers: [moved] }), () => undefined);
    const a = peerOf(pool, "a");
    expect(a).not.toBe(session.peer);
    expect([a.host, a.port, a.address]).toEqual(["[::1]", 9000, "[::1]:9000"]);
    expect(pool.active(a)).toBe(1);
    pool.release(session);
    expect(pool.active(a)).toBe(0);
    expect(log.lines).toEqual([]);
  });

  it("makes the Host header and the TLS name anew", () => {
    const pool = aPool(poolDeps(store, log), upstreamOf("a"));
    expect(pool.hostHeader).toBeUndefined();
    expect(pool.serverName).toBeUndefined();
    pool.apply(
      { ...upstreamOf("a"), hostHeader: "chat.test", tls: { serverName: "tls.test" } },
      () => undefined,
    );
    expect(pool.hostHeader!.parts).toEqual([{ kind: "text", text: "chat.test" }]);
    expect(pool.serverName!.parts).toEqual([{ kind: "text", text: "tls.test" }]);
    pool.apply({ ...upstreamOf("a"), tls: { serverName: "" } }, () => undefined);
    expect(pool.hostHeader).toBeUndefined();
    expect(pool.serverName).toBeUndefined();
  });
});

describe("a removed peer", () => {
  it("gets no new session, and its share goes with its last one", () => {
    const pool = aPool(poolDeps(store, log), upstreamOf("a", "b"));
    const session = open(pool);
    expect(session.peer!.key).toBe("a");
    pool.apply(upstreamOf("b"), () => undefined);
    expect(session.peer!.isRemoved).toBe(true);
    expect(picks(pool, 2)).toBe("b b");
    expect(store.read("total chat a")).toBe(1);
    pool.release(session);
    expect(store.list()).toEqual(["share chat b=2", "total chat a=0", "total chat b=2"]);
  });

  it("without a session leaves no share", () => {
    const pool = aPool(poolDeps(store, log), upstreamOf("a"));
    pool.release(open(pool));
    pool.apply(upstreamOf("b"), () => undefined);
    expect(store.list()).toEqual(["total chat a=0"]);
  });

  it("that comes back counts the sessions it still has", () => {
    const pool = aPool(poolDeps(store, log), upstreamOf("a"));
    const old = open(pool);
    pool.apply(upstreamOf("b"), () => undefined);
    pool.apply(upstreamOf("a"), () => undefined);
    const young = open(pool);
    expect(young.peer).toBe(old.peer);
    expect(young.peer!.isRemoved).toBe(false);
    expect(pool.active(young.peer!)).toBe(2);
    pool.release(old);
    expect(pool.active(young.peer!)).toBe(1);
    pool.release(young);
    expect(pool.active(young.peer!)).toBe(0);
    expect(log.lines).toEqual([]);
  });

  it("goes with its upstream", () => {
    const pool = aPool(poolDeps(store, log), upstreamOf("a", "b"));
    const session = open(pool);
    pool.dispose();
    expect(pool.pick(newSession())).toBeUndefined();
    pool.release(session);
    expect(store.list()).toEqual(["total chat a=0"]);
  });
});

describe("a peer whose address is a name", () => {
  const named = anUpstream({
    peers: [aPeerConfig({ id: "a", address: "chat.test:80", weight: 3, maxConns: 3 })],
  });
  let addresses: string[] | undefined;
  const lookup: Lookup = (name) => (name === "chat.test" ? addresses : undefined);

  it("is nobody before the first answer", () => {
    addresses = undefined;
    const pool = aPool(poolDeps(store, log), named, lookup);
    expect(pool.peers).toHaveLength(0);
    expect(picks(pool, 1)).toBe("none");
  });

  it("is a family of one peer for each address, sharing weight and max_conns", () => {
    addresses = ["10.0.0.1", "10.0.0.2", "2001:db8::1"];
    const pool = aPool(poolDeps(store, log), named, lookup);
    expect(pool.peers.map((peer) => `${peer.key} at ${peer.address}`)).toEqual([
      "a#10.0.0.1 at 10.0.0.1:80",
      "a#10.0.0.2 at 10.0.0.2:80",
      "a#2001:db8::1 at [2001:db8::1]:80",
    ]);
    for (const peer of pool.peers) {
      expect(peer.id).toBe("a");
      expect(peer.weight).toBe(1);
      expect(peer.family).toEqual(pool.peers);
    }
    expect(picks(pool, 4)).toBe("a#10.0.0.1 a#10.0.0.2 a#2001:db8::1 none");
  });

  it("is counted as a family once a pick, however its addresses are mixed with others", () => {
    const peers: PeerConfig[] = [];
    for (const name of ["one", "two"])
      peers.push(aPeerConfig({ id: name, address: `${name}.example:80`, maxConns: 1 }));
    const addresses: string[] = [];
    for (const index of $range(1, 50)) addresses.push(`10.0.0.${index}`);
    let reads = 0;
    const counted: CounterStore = {
      add: (key, delta) => store.add(key, delta),
      read: (key) => {
        reads += 1;
        return store.read(key);
      },
      remove: (key) => store.remove(key),
    };
    const balancer = { type: "random_two", options: {} };
    const pool = aPool(poolDeps(counted, log), anUpstream({ balancer, peers }), () => addresses);
    for (const _ of $range(1, 2)) open(pool);
    reads = 0;
    expect(picks(pool, 1)).toBe("none");
    expect(reads).toBe(100);
  });

  it("is not tried address by address where another worker has filled the family", () => {
    let isStale = true;
    const deps = poolDeps(
      {
        add: (key, delta) => {
          if (delta > 0 && key.startsWith("total")) isStale = false;
          return store.add(key, delta);
        },
        read: (key) => (isStale ? 0 : store.read(key)),
        remove: (key) => store.remove(key),
      },
      log,
    );
    const peers = [aPeerConfig({ id: "a", address: "a.example:80", maxConns: 1 })];
    const pool = aPool(deps, anUpstream({ peers }), () => ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    store.add("total chat a#10.0.0.3", 1);
    const session = open(pool);
    expect(session.peer).toBeUndefined();
    expect(session.tried!.length).toBe(1);
  });

  it("is limited as a family also where another worker was faster", () => {
    addresses = ["10.0.0.1", "10.0.0.2"];
    const racing: CounterStore = {
      // The other worker's sessions reach the second address between the question and the slot.
      add: (key, delta) => {
        if (key === "total chat a#10.0.0.1" && delta === 1) store.add("total chat a#10.0.0.2", 3);
        return store.add(key, delta);
      },
      read: (key) => store.read(key),
      remove: (key) => store.remove(key),
    };
    const pool = aPool(poolDeps(racing, log), named, lookup);
    const session = newSession();
    expect(pool.pick(session)).toBeUndefined();
    expect(session.hasSlot).toBe(false);
    expect(store.read("total chat a#10.0.0.1")).toBe(0);
  });

  it("has its sessions counted once in a pick, not once for each address", () => {
    addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"];
    let reads = 0;
    const counting: CounterStore = {
      add: (key, delta) => store.add(key, delta),
      read: (key) => {
        reads += 1;
        return store.read(key);
      },
      remove: (key) => store.remove(key),
    };
    const pool = aPool(poolDeps(counting, log), named, lookup);
    reads = 0;
    pool.pick(newSession());
    // Before the slot is taken, and after.
    expect(reads).toBe(8);
  });

  it("keeps the addresses that stay, and drops the others with their last session", () => {
    addresses = ["10.0.0.1", "10.0.0.2"];
    const pool = aPool(poolDeps(store, log), named, lookup);
    const session = open(pool);
    const kept = peerOf(pool, "a#10.0.0.2");
    addresses = ["10.0.0.2"];
    pool.apply(named, lookup);
    expect(pool.peers).toHaveLength(1);
    expect(pool.peers[0]).toBe(kept);
    expect(kept.weight).toBe(3);
    expect(session.peer!.isRemoved).toBe(true);
    pool.release(session);
    expect(store.list()).toEqual(["total chat a#10.0.0.1=0"]);
  });
});

it("a peer on a unix socket has its path for an address", () => {
  const pool = poolOf(aPeerConfig({ id: "a", address: "unix:/run/chat.sock" }));
  expect([pool.peers[0]!.host, pool.peers[0]!.address]).toEqual([
    "unix:/run/chat.sock",
    "unix:/run/chat.sock",
  ]);
  expect(pool.peers[0]!.port).toBe(0);
});
