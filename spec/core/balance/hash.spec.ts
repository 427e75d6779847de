import type { Balancer, PickInput } from "../../../src/core/balance/contract";
import { hash, hashBalancer } from "../../../src/core/balance/hash";
import { roundRobin } from "../../../src/core/balance/round-robin";
import type { Peer } from "../../../src/core/pool/peer";
import { seededRng } from "../support/seeded-rng";
import { aPeer, equalPeers } from "../support/upstream-fixture";

/** Of peers 1 to 5, the homes of the first rooms. */
const MAGLEV_HOMES = "5 5 4 2 5 4 1 4 5 1 5 5";
const RING_HOMES = "2 3 1 1 5 1 5 3 1 3 4 3";

function goOn(): void {
  // Nobody else has anything to do.
}

function create(options: Record<string, unknown> = {}): Balancer {
  return hash.create({ rng: seededRng(1), clock: { now: () => 0 } }, options);
}

function settled(peers: readonly Peer[], options: Record<string, unknown> = {}): Balancer {
  const balancer = create(options);
  balancer.update(peers);
  balancer.settle!(goOn);
  return balancer;
}

/** Sessions that stay until they are closed. */
class Sessions {
  readonly open = new LuaMap<Peer, number>();
  total = 0;
  readonly input: PickInput = {
    key: "",
    active: (peer) => this.open.get(peer) ?? 0,
    eligible: (peer) => peer.state === "ready" && peer.isUp,
  };

  constructor(readonly balancer: Balancer) {}

  start(key: string): Peer {
    this.input.key = key;
    const peer = this.balancer.pick(this.input)!;
    this.open.set(peer, this.input.active(peer) + 1);
    this.total += 1;
    return peer;
  }

  end(peer: Peer): void {
    this.open.set(peer, this.input.active(peer) - 1);
    this.total -= 1;
    this.balancer.refresh!(peer);
  }

  of(peer: Peer): number {
    return this.input.active(peer);
  }
}

const nobodyBusy = { active: () => 0, eligible: (peer: Peer) => peer.state === "ready" && peer.isUp };

/** Where a key belongs while nobody is busy. */
function homeOf(balancer: Balancer, key: string): string {
  return balancer.pick({ ...nobodyBusy, key })!.key;
}

function homes(balancer: Balancer, keys: number): string[] {
  const found: string[] = [];
  const input = { ...nobodyBusy, key: "" };
  for (const serial of $range(1, keys)) {
    input.key = `room-${serial}`;
    found.push(balancer.pick(input)!.key);
  }
  return found;
}

describe("hash", () => {
  for (const table of ["maglev", "ring"]) {
    it(`sends a key to the same peer whatever the order of the peers (${table})`, () => {
      const peers = equalPeers(7);
      const there = settled(peers, { table });
      const elsewhere = settled([...peers].reverse(), { table });
      expect(homes(elsewhere, 200).join()).toBe(homes(there, 200).join());
    });

    it(`gives keys by full weight (${table})`, () => {
      const heavy = aPeer({ key: "heavy", weight: 4 });
      const light = [aPeer({ key: "a" }), aPeer({ key: "b" }), aPeer({ key: "c", weight: 0.5 })];
      const found = homes(settled([heavy, ...light], { table, balance_factor: 0 }), 13_000);
      const share = (key: string): number => found.filter((home) => home === key).length / 13_000;
      expect(share("heavy") * 6.5).toBeGreaterThan(3.4);
      expect(share("heavy") * 6.5).toBeLessThan(4.6);
      expect(share("c") * 6.5).toBeGreaterThan(0.35);
      expect(share("c") * 6.5).toBeLessThan(0.65);
    });

    it(`never goes above factor times the share, rounded up (${table})`, () => {
      const peers = [...equalPeers(9), aPeer({ key: "double", weight: 2 })];
      const sessions = new Sessions(settled(peers, { table }));
      for (const serial of $range(1, 2000)) {
        // A few keys have nearly all sessions.
        const peer = sessions.start(`room-${serial % 5}`);
        expect(sessions.of(peer)).toBeLessThanOrEqual(Math.ceil((1.25 * sessions.total * peer.weight) / 11));
      }
    });
  }

  it("has these homes, in every runtime and release", () => {
    expect(
      homes(settled(equalPeers(5)), 12)
        .join(" ")
        .split("peer-")
        .join(""),
    ).toBe(MAGLEV_HOMES);
    const ring = settled(equalPeers(5), { table: "ring" });
    expect(homes(ring, 12).join(" ").split("peer-").join("")).toBe(RING_HOMES);
  });

  it("takes keys of a peer that is down to all others, and back to it", () => {
    const peers = equalPeers(10);
    const balancer = settled(peers, { balance_factor: 0 });
    const before = homes(balancer, 10_000);
    const lost = peers[3]!;
    lost.isUp = false;
    const meanwhile = homes(balancer, 10_000);
    const taken: Record<string, number> = {};
    let moved = 0;
    let needless = 0;
    for (const index of $range(0, 9999)) {
      const home = before[index]!;
      if (home === lost.key) {
        const other = meanwhile[index]!;
        taken[other] = (taken[other] ?? 0) + 1;
        moved += 1;
      } else if (meanwhile[index] !== home) needless += 1;
    }
    expect(needless).toBe(0);
    expect(Object.keys(taken).length).toBe(9);
    for (const key of Object.keys(taken)) expect(taken[key]!).toBeLessThan((moved / 9) * 1.5);
    lost.isUp = true;
    expect(homes(balancer, 10_000).join()).toBe(before.join());
  });

  it("has the same order of fallbacks on every gateway", () => {
    const peers = equalPeers(6);
    const orders: string[] = [];
    for (const list of [peers, [...peers].reverse()]) {
      const balancer = settled(list);
      const tried = new LuaSet<Peer>();
      const order: string[] = [];
      for (const _ of peers) {
        const peer = balancer.pick({ key: "lobby", active: () => 0, eligible: (one) => !tried.has(one) })!;
        tried.add(peer);
        order.push(peer.key);
      }
      expect(
        balancer.pick({ key: "lobby", active: () => 0, eligible: (one) => !tried.has(one) }),
      ).toBeUndefined();
      orders.push(order.join());
    }
    expect(orders[1]).toBe(orders[0]);
  });

  it("finds the one that may be picked among a thousand", () => {
    const peers = equalPeers(1000);
    const balancer = settled(peers);
    for (const wanted of [0, 17, 999]) {
      const only = peers[wanted];
      expect(balancer.pick({ key: "a", active: () => 3, eligible: (peer) => peer === only })).toBe(only);
    }
    expect(balancer.pick({ key: "a", active: () => 3, eligible: () => false })).toBeUndefined();
  });

  it("sees what other workers do after a pick for each four peers", () => {
    const peers = equalPeers(40);
    const balancer = settled(peers);
    let others = 0;
    const input: PickInput = {
      key: "x",
      active: (peer) => (peer === home ? others + 1 : others),
      eligible: () => true,
    };
    const home: Peer = balancer.pick({ ...nobodyBusy, key: "x" })!;
    balancer.pick(input);
    others = 1000;
    expect(balancer.pick(input)).not.toBe(home);
    for (const _ of $range(2, 10)) balancer.pick(input);
    expect(balancer.pick(input)).toBe(home);
  });

  it("picks the least loaded of those it asked when all seem to be at their bound", () => {
    const peers = equalPeers(3);
    const balancer = settled(peers, { balance_factor: 1 });
    let reads = 0;
    // Every count is higher when it is read again: so nobody ever has room.
    const input: PickInput = { key: "x", active: () => (reads += 100), eligible: () => true };
    for (const _ of $range(1, 20)) expect(balancer.pick(input)).toBeDefined();
  });
});

describe("a session without a key", () => {
  it("is picked for by another balancer", () => {
    const told: string[] = [];
    const [a, b] = equalPeers(2) as [Peer, Peer];
    const keyless = hashBalancer({
      ...roundRobin,
      create: () => ({
        update: (peers) => void told.push(`update ${peers.length}`),
        settle: () => void told.push("settle"),
        pick: () => b,
        peek: () => a,
        refresh: (peer) => void told.push(`refresh ${peer.key}`),
        observe: (peer) => void told.push(`observe ${peer.key}`),
      }),
    }).create({ rng: seededRng(1), clock: { now: () => 0 } }, {});
    keyless.update([a, b]);
    keyless.settle!(goOn);
    keyless.refresh!(a);
    keyless.observe!(b, { kind: "ping", latencyMs: 1, isFailed: false });
    expect(keyless.pick({ ...nobodyBusy, key: "" })).toBe(b);
    expect(keyless.peek!({ ...nobodyBusy, key: "" })).toBe(a);
    expect(told.join()).toBe("update 2,settle,refresh peer-1,observe peer-2");
  });
});

describe("a look ahead", () => {
  it("says what the next pick is, and changes nothing", () => {
    const looked = new Sessions(settled(equalPeers(4)));
    const left = new Sessions(settled(equalPeers(4)));
    for (const serial of $range(1, 300)) {
      const key = `room-${serial % 3}`;
      const expected = looked.balancer.peek!({ ...looked.input, key })!;
      expect(looked.balancer.peek!({ ...looked.input, key })).toBe(expected);
      expect(looked.start(key)).toBe(expected);
      expect(left.start(key).key).toBe(expected.key);
    }
  });

  it("is right where no pick ever was", () => {
    const peers = equalPeers(3);
    const balancer = settled(peers);
    const home = homeOf(settled(peers), "lobby");
    const input = {
      key: "lobby",
      eligible: () => true,
      active: (peer: Peer) => (peer.key === home ? 8 : 10),
    };
    expect(balancer.peek!(input)!.key).toBe(home);
    expect(balancer.peek!({ ...input, active: (peer) => (peer.key === home ? 20 : 5) })!.key).not.toBe(home);
  });
});

describe("the options of hash", () => {
  const wrong = (options: Record<string, unknown>): string => hash.validate(options) ?? "fine";

  it("are a table, its size and a bound", () => {
    expect(wrong({})).toBe("fine");
    expect(wrong({ table: "maglev", balance_factor: 1, table_size: 251 })).toBe("fine");
    expect(wrong({ table: "ring", balance_factor: 0, points: 40 })).toBe("fine");
    expect(wrong({ factor: 2 })).toContain('hash has no option "factor"');
    expect(wrong({ table: "jump" })).toBe('"table" must be "maglev" or "ring"');
    for (const factor of [0.99, -1, "1.25"])
      expect(wrong({ balance_factor: factor })).toContain('"balance_factor" must');
  });

  it("have a prime as the size", () => {
    for (const size of [65_536, 241, 655_387, 1009.5, "65537"])
      expect(wrong({ table_size: size })).toContain('"table_size" must be a prime number from 251 to 655373');
    expect(wrong({ table_size: 655_373 })).toBe("fine");
    for (const points of [0, 1001, 1.5, true])
      expect(wrong({ table: "ring", points })).toContain('"points" must be a whole number from 1 to 1000');
  });

  it("belong to the table they are for", () => {
    expect(wrong({ table: "ring", table_size: 65_537 })).toContain('"table_size" is for');
    expect(wrong({ points: 160 })).toContain('"points" is for');
  });
});
