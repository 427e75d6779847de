import type { Balancer, BalancerFactory } from "../../../src/core/balance/contract";
import { BalancerRegistry } from "../../../src/core/balance/registry";
import type { Peer } from "../../../src/core/pool/peer";
import { seededRng } from "../support/seeded-rng";
import { aPeer } from "../support/upstream-fixture";

const SEED = 2026_11_22;

/** The first picks among `a` of weight 5 and `b` and `c` of weight 1, with that seed: the same in every runtime. */
const FIRST_PICKS: Record<string, string> = {
  round_robin: "a b a c a a a a b a c a a a",
  least_conn: "a a a a b c a a a a a b c a",
};

const registry = new BalancerRegistry();
const collect = (globalThis as { collectgarbage?: (this: void, what: string) => number }).collectgarbage;

/** What a pool is to a balancer: it knows who may be picked and how many sessions each peer has. */
class Bench {
  readonly balancer: Balancer;
  readonly tried = new LuaSet<Peer>();
  /** By key: an update may bring the same peer as another object. */
  private readonly open = new LuaMap<string, number>();
  private serial = 0;
  private readonly input = {
    key: "",
    active: (peer: Peer) => this.open.get(peer.key) ?? 0,
    eligible: (peer: Peer) => peer.state === "ready" && peer.isUp && peer.weight > 0 && !this.tried.has(peer),
  };

  constructor(factory: BalancerFactory, peers: readonly Peer[], seed = SEED) {
    this.balancer = factory.create({ rng: seededRng(seed), clock: { now: () => 1000 } }, {});
    this.balancer.update(peers);
  }

  /** A new session with a key of its own. */
  pick(): Peer | undefined {
    this.serial += 1;
    this.input.key = `session-${this.serial}`;
    const peer = this.balancer.pick(this.input);
    if (peer !== undefined) this.open.set(peer.key, this.input.active(peer) + 1);
    return peer;
  }

  /** The same session over and over, which never stays. */
  pickWithoutKeeping(): Peer | undefined {
    return this.balancer.pick(this.input);
  }

  picks(count: number): string {
    const keys: string[] = [];
    for (const _ of $range(1, count)) keys.push(this.pick()?.key ?? "none");
    return keys.join(" ");
  }

  share(peer: Peer): number {
    let total = 0;
    for (const [, count] of this.open) total += count;
    return (this.open.get(peer.key) ?? 0) / total;
  }
}

function weighted(): [Peer, Peer, Peer] {
  return [aPeer({ key: "a", weight: 5 }), aPeer({ key: "b" }), aPeer({ key: "c" })];
}

function conforms(factory: BalancerFactory): void {
  it("picks nobody of nobody", () => {
    expect(new Bench(factory, []).pick()).toBeUndefined();
  });

  it("picks nobody before it is told of any peer", () => {
    const balancer = factory.create({ rng: seededRng(SEED), clock: { now: () => 1000 } }, {});
    expect(balancer.pick({ key: "", active: () => 0, eligible: () => true })).toBeUndefined();
  });

  it("picks the only peer every time", () => {
    expect(new Bench(factory, [aPeer({ key: "a" })]).picks(3)).toBe("a a a");
  });

  it("picks nobody while all are down, and goes on when they are up", () => {
    const [a, b, c] = weighted();
    const bench = new Bench(factory, [a, b, c]);
    for (const peer of [a, b, c]) peer.isUp = false;
    expect(bench.picks(2)).toBe("none none");
    b.isUp = true;
    expect(bench.picks(2)).toBe("b b");
  });

  it("picks nobody while all are draining", () => {
    const peers = weighted();
    for (const peer of peers) peer.state = "drain";
    expect(new Bench(factory, peers).pick()).toBeUndefined();
  });

  it("never picks a peer of weight 0", () => {
    const [a, b, c] = weighted();
    a.weight = 0;
    const bench = new Bench(factory, [a, b, c]);
    for (const _ of $range(1, 100)) expect(bench.pick()).not.toBe(a);
    b.weight = 0;
    c.weight = 0;
    expect(bench.pick()).toBeUndefined();
  });

  it("takes a retry to each peer once", () => {
    const peers = weighted();
    for (const seed of $range(1, 20)) {
      const bench = new Bench(factory, peers, seed);
      for (const _ of peers) {
        const peer = bench.pick();
        expect(peer === undefined || bench.tried.has(peer)).toBe(false);
        bench.tried.add(peer!);
      }
      expect(bench.pick()).toBeUndefined();
    }
  });

  it("gives each peer its share", () => {
    const peers = weighted();
    const bench = new Bench(factory, peers);
    bench.picks(7000);
    for (const peer of peers) {
      const fair = peer.weight / 7;
      expect(bench.share(peer)).toBeGreaterThan(fair * 0.85);
      expect(bench.share(peer)).toBeLessThan(fair * 1.15);
    }
  });

  it("gives the share of a peer that is down to the others", () => {
    const [a, b, c] = weighted();
    a.isUp = false;
    const bench = new Bench(factory, [a, b, c]);
    bench.picks(2000);
    expect(bench.share(a)).toBe(0);
    expect(bench.share(b)).toBeGreaterThan(0.42);
    expect(bench.share(b)).toBeLessThan(0.58);
  });

  it("picks the same in Node and in LuaJIT", () => {
    expect(new Bench(factory, weighted()).picks(14)).toBe(FIRST_PICKS[factory.name]);
  });

  it("keeps no hold on the list it was given", () => {
    const peers: Peer[] = weighted();
    const bench = new Bench(factory, peers);
    for (const _ of $range(1, 3)) peers.pop();
    expect(bench.pick()).toBeDefined();
  });

  it("forgets the peers that an update leaves out", () => {
    const [a, b, c] = weighted();
    const bench = new Bench(factory, [a, b, c]);
    bench.balancer.update([c]);
    expect(bench.picks(3)).toBe("c c c");
    bench.balancer.update([]);
    expect(bench.pick()).toBeUndefined();
    bench.balancer.update([a, b]);
    expect(bench.pick()).toBeDefined();
  });

  it("picks as before after an update that changes nothing", () => {
    const updated = new Bench(factory, weighted());
    const left = new Bench(factory, weighted());
    for (const _ of $range(1, 20)) {
      updated.balancer.update(weighted());
      expect(updated.pick()!.key).toBe(left.pick()!.key);
    }
  });

  // Only LuaJIT tells what is allocated to the byte.
  if (collect !== undefined) {
    it("allocates nothing to pick", () => {
      const bench = new Bench(factory, weighted());
      const pickMany = (): void => {
        for (const _ of $range(1, 10_000)) bench.pickWithoutKeeping();
      };
      pickMany();
      collect("collect");
      collect("stop");
      const before = collect("count");
      pickMany();
      const grownKilobytes = collect("count") - before;
      collect("restart");
      expect(grownKilobytes).toBeLessThan(10);
    });
  }
}

describe("a registered balancer", () => {
  for (const name of registry.names()) describe(name, () => conforms(registry.find(name)!));
});
