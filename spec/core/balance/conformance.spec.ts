import type { Peer } from "../../../src/core/pool/peer";
import { Bench, isUsable, SEED } from "../support/balancer-bench";
import { seededRng } from "../support/seeded-rng";
import { aPeer, equalPeers } from "../support/upstream-fixture";
import { EXPECTED } from "./expected-picks";
import { play } from "./scenario";
import { everyVariant, type Variant } from "./variants";

function weighted(): [Peer, Peer, Peer] {
  return [aPeer({ key: "a", weight: 5 }), aPeer({ key: "b" }), aPeer({ key: "c" })];
}

function picksWhoMayBePicked(benchOf: (peers: readonly Peer[], seed?: number) => Bench): void {
  it("picks nobody of nobody", () => {
    expect(benchOf([]).pick()).toBeUndefined();
  });

  it("picks the only peer every time", () => {
    expect(benchOf([aPeer({ key: "a" })]).picks(3)).toBe("a a a");
  });

  it("picks nobody while all are down, and goes on when they are up", () => {
    const [a, b, c] = weighted();
    const bench = benchOf([a, b, c]);
    for (const peer of [a, b, c]) setUp(bench, peer, false);
    expect(bench.picks(2)).toBe("none none");
    setUp(bench, b, true);
    expect(bench.picks(2)).toBe("b b");
  });

  it("picks nobody while all are draining", () => {
    const peers = weighted();
    for (const peer of peers) peer.state = "drain";
    expect(benchOf(peers).pick()).toBeUndefined();
  });

  it("never picks a peer of weight 0", () => {
    const [a, b, c] = weighted();
    a.weight = 0;
    const bench = benchOf([a, b, c]);
    for (const _ of $range(1, 100)) expect(bench.pick()).not.toBe(a);
    for (const peer of [b, c]) {
      peer.weight = 0;
      bench.tell(peer);
    }
    expect(bench.pick()).toBeUndefined();
  });

  it("never picks a peer whose full weight is 0, whoever says it is eligible", () => {
    const peers = [aPeer({ key: "a", weight: 0 }), aPeer({ key: "b" })];
    const bench = benchOf(peers);
    bench.input.eligible = () => true;
    expect(bench.picks(5)).toBe("b b b b b");
  });

  it("takes a retry to each peer once", () => {
    const peers = weighted();
    for (const seed of $range(1, 20)) {
      const bench = benchOf(peers, seed);
      for (const _ of peers) {
        const peer = bench.pick();
        expect(peer === undefined || bench.tried.has(peer)).toBe(false);
        bench.tried.add(peer!);
      }
      expect(bench.pick()).toBeUndefined();
    }
  });

  it("finds the one of 10,000 peers that is eligible", () => {
    const peers = equalPeers(10_000);
    const bench = benchOf(peers);
    for (const peer of peers) setUp(bench, peer, false);
    for (const at of [0, 17, 4999, 9999]) {
      const peer = peers[at]!;
      setUp(bench, peer, true);
      for (const _ of $range(1, 3)) expect(bench.pick()).toBe(peer);
      setUp(bench, peer, false);
    }
    expect(bench.pick()).toBeUndefined();
  });
}

function keepsShares(benchOf: (peers: readonly Peer[]) => Bench): void {
  it("gives each peer its share", () => {
    const peers = weighted();
    const bench = benchOf(peers);
    bench.picks(7000);
    for (const peer of peers) {
      const fair = peer.weight / 7;
      expect(bench.share(peer)).toBeGreaterThan(fair * 0.85);
      expect(bench.share(peer)).toBeLessThan(fair * 1.15);
    }
  });

  it("gives each of 50 equal peers its share", () => {
    const peers = equalPeers(50);
    const bench = benchOf(peers);
    bench.picks(10_000);
    for (const peer of peers) expect(Math.abs(bench.share(peer) * 50 - 1)).toBeLessThan(0.3);
  });

  it("gives the share of a peer that is down to the others", () => {
    const [a, b, c] = weighted();
    const bench = benchOf([a, b, c]);
    setUp(bench, a, false);
    bench.picks(2000);
    expect(bench.share(a)).toBe(0);
    expect(bench.share(b)).toBeGreaterThan(0.42);
    expect(bench.share(b)).toBeLessThan(0.58);
  });
}

function followsUpdates(variant: Variant, benchOf: (peers: readonly Peer[]) => Bench): void {
  it("picks nobody before it is told of any peer", () => {
    const { factory, options } = variant;
    const balancer = factory.create({ rng: seededRng(SEED), clock: { now: () => 1000 } }, options);
    expect(balancer.pick({ key: "", active: () => 0, eligible: () => true })).toBeUndefined();
  });

  it("keeps no hold on the list it was given", () => {
    const peers: Peer[] = weighted();
    const bench = benchOf(peers);
    for (const _ of $range(1, 3)) peers.pop();
    expect(bench.pick()).toBeDefined();
  });

  it("forgets the peers that an update leaves out", () => {
    const [a, b, c] = weighted();
    const bench = benchOf([a, b, c]);
    bench.update([c]);
    expect(bench.picks(3)).toBe("c c c");
    bench.update([]);
    expect(bench.pick()).toBeUndefined();
    bench.update([a, b]);
    expect(bench.pick()).toBeDefined();
  });

  it("picks as before after an update that changes nothing", () => {
    const peers = weighted();
    const updated = benchOf(peers);
    const left = benchOf(peers);
    for (const _ of $range(1, 20)) {
      updated.update([...peers]);
      expect(updated.pick()!.key).toBe(left.pick()!.key);
    }
  });

  it("picks somebody who is eligible whenever it pauses in an update", () => {
    const peers = equalPeers(400);
    const bench = benchOf(peers.slice(0, 300));
    for (const peer of peers.slice(0, 100)) peer.weight = 0;
    let wrong = 0;
    const check = (): void => {
      const peer = bench.pick();
      if (peer === undefined || !isUsable(peer)) wrong += 1;
    };
    bench.update(peers.slice(100), check);
    for (const peer of peers.slice(100, 300)) peer.weight = 0;
    bench.update(peers.slice(300), check);
    expect(wrong).toBe(0);
    check();
    expect(wrong).toBe(0);
  });
}

function isTheSameEverywhere(variant: Variant, benchOf: typeof weightedBench): void {
  const { title, factory, options } = variant;
  it("picks the same in Node and in LuaJIT", () => {
    const picks = benchOf(factory, options).picks(14);
    expect(`picks: "${picks}"`).toBe(`picks: "${EXPECTED[title]?.picks ?? "?"}"`);
  });

  it("picks whom it should through long days, and the same in Node and in LuaJIT", () => {
    const checksums: number[] = [];
    const beginnings: string[] = [];
    for (const seed of $range(1, 3)) {
      const { checksum, beginning, faults, picked } = play(variant, seed * 7919);
      expect(faults).toBe(0);
      expect(picked).toBeGreaterThan(1500);
      checksums.push(checksum);
      beginnings.push(beginning);
    }
    // The beginnings are there to be read where the checksums differ.
    const days = checksums.join(" ");
    const note = days === EXPECTED[title]?.days ? "" : ` of days that begin ${beginnings.join(" ")}`;
    expect(`days: "${days}"${note}`).toBe(`days: "${EXPECTED[title]?.days ?? "?"}"`);
  });
}

function weightedBench(factory: Variant["factory"], options: Variant["options"]): Bench {
  return new Bench(factory, weighted(), options);
}

function setUp(bench: Bench, peer: Peer, isUp: boolean): void {
  peer.isUp = isUp;
  bench.tell(peer);
}

describe("a registered balancer", () => {
  for (const variant of everyVariant()) {
    describe(variant.title, () => {
      const benchOf = (peers: readonly Peer[], seed = SEED): Bench =>
        new Bench(variant.factory, peers, variant.options, seed);
      it("accepts its options", () => {
        expect(variant.factory.validate(variant.options)).toBeUndefined();
      });
      picksWhoMayBePicked(benchOf);
      keepsShares(benchOf);
      followsUpdates(variant, benchOf);
      isTheSameEverywhere(variant, weightedBench);
    });
  }
});
