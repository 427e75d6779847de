import type { Balancer } from "../../../src/core/balance/contract";
import { hash } from "../../../src/core/balance/hash";
import type { Peer } from "../../../src/core/pool/peer";
import { seededRng } from "../support/seeded-rng";
import { aPeer } from "../support/upstream-fixture";

const KEYS = 10_000;

function create(options: Record<string, unknown> = {}): Balancer {
  return hash.create({ rng: seededRng(1), clock: { now: () => 0 } }, { balance_factor: 0, ...options });
}

function goOn(): void {
  // Nobody else has anything to do.
}

function numbered(count: number): Peer[] {
  const peers: Peer[] = [];
  for (const index of $range(1, count)) peers.push(aPeer({ key: `10.0.0.${index}:8010` }));
  return peers;
}

function homes(balancer: Balancer): string[] {
  const found: string[] = [];
  const input = { key: "", active: () => 0, eligible: () => true };
  for (const serial of $range(1, KEYS)) {
    input.key = `user-${serial}`;
    found.push(balancer.pick(input)!.key);
  }
  return found;
}

/** The part of all keys that has another home now, and the part of those that neither left nor came to one peer. */
function moved(before: readonly string[], after: readonly string[], key: string): [number, number] {
  let all = 0;
  let needless = 0;
  for (const index of $range(0, KEYS - 1)) {
    if (before[index] !== after[index]) {
      all += 1;
      if (before[index] !== key && after[index] !== key) needless += 1;
    }
  }
  return [all / KEYS, needless / KEYS];
}

/** After each of the updates, where the keys are. */
function homesAfter(balancer: Balancer, ...updates: readonly (readonly Peer[])[]): (readonly string[])[] {
  const found: (readonly string[])[] = [];
  for (const peers of updates) {
    balancer.update(peers);
    balancer.settle!(goOn);
    found.push(homes(balancer));
  }
  return found;
}

describe("a change of the peers", () => {
  for (const count of [10, 100, 1000]) {
    it(`moves few keys of a maglev table of ${count}`, () => {
      const peers = numbered(count + 1);
      const [without, all] = homesAfter(create(), peers.slice(0, count), peers);
      const [added, needless] = moved(without!, all!, peers[count]!.key);
      expect(added).toBeGreaterThan(0);
      expect(added).toBeLessThan(1 / count + 0.01);
      expect(needless).toBeLessThan(0.01);
    });

    it(`moves keys of a ring of ${count} to the new peer alone, and all of its own back`, () => {
      const peers = numbered(count + 1);
      const first = peers.slice(0, count);
      const [without, all, again] = homesAfter(create({ table: "ring" }), first, peers, first);
      const [added, needless] = moved(without!, all!, peers[count]!.key);
      expect(added).toBeGreaterThan(0);
      expect(added).toBeLessThan(1.5 / count);
      expect(needless).toBe(0);
      expect(again!.join()).toBe(without!.join());
    });
  }

  it("moves few keys when a weight changes", () => {
    const peers = numbered(20);
    const balancer = create();
    balancer.update(peers);
    balancer.settle!(goOn);
    const before = homes(balancer);
    const heavier = peers[4]!;
    heavier.weight = 2;
    heavier.fullWeight = 2;
    balancer.update(peers);
    balancer.settle!(goOn);
    const [all, needless] = moved(before, homes(balancer), heavier.key);
    expect(all).toBeGreaterThan(0.03);
    expect(all).toBeLessThan(1 / 20 + 0.02);
    expect(needless).toBeLessThan(0.02);
  });

  it("does not depend on how the peers came to be there", () => {
    const peers = numbered(30);
    const grown = create();
    for (const count of [5, 30, 12, 30]) {
      grown.update(peers.slice(0, count));
      grown.settle!(goOn);
    }
    const fresh = create();
    fresh.update(numbered(30));
    fresh.settle!(goOn);
    expect(homes(grown).join()).toBe(homes(fresh).join());
  });

  it("shares half of a ring with too many points", () => {
    const peers = numbered(3);
    for (const peer of peers) peer.fullWeight = 1000;
    const balancer = create({ table: "ring", points: 1000 });
    balancer.update(peers);
    balancer.settle!(goOn);
    const found = homes(balancer);
    for (const peer of peers) {
      const share = found.filter((key) => key === peer.key).length / KEYS;
      expect(share).toBeGreaterThan(0.32);
      expect(share).toBeLessThan(0.35);
    }
  });
});

describe("the time until a change has settled", () => {
  it("is spent in pieces, and picks go by what was before", () => {
    const peers = numbered(50);
    const balancer = create();
    balancer.update(peers.slice(0, 49));
    balancer.settle!(goOn);
    const before = homes(balancer).join();
    balancer.update(peers);
    let pauses = 0;
    balancer.settle!(() => {
      pauses += 1;
      if (pauses % 10 === 1) expect(homes(balancer).join()).toBe(before);
    });
    expect(pauses).toBeGreaterThan(20);
    expect(homes(balancer).join()).not.toBe(before);
  });

  it("has no pick for a peer that is gone", () => {
    const peers = numbered(20);
    const balancer = create();
    balancer.update(peers);
    balancer.settle!(goOn);
    const before = homes(balancer);
    const gone = peers[3]!;
    balancer.update(peers.filter((peer) => peer !== gone));
    const meanwhile = homes(balancer);
    expect(meanwhile.includes(gone.key)).toBe(false);
    const [all, needless] = moved(before, meanwhile, gone.key);
    expect(all).toBeGreaterThan(0.03);
    expect(needless).toBe(0);
  });

  it("leaves nobody without a peer: one that has just come is there", () => {
    const [a, b] = numbered(2) as [Peer, Peer];
    const balancer = create();
    balancer.update([a]);
    balancer.settle!(goOn);
    balancer.update([a, b]);
    expect(balancer.pick({ key: "x", active: () => 0, eligible: (peer) => peer === b })).toBe(b);
    expect(balancer.peek!({ key: "x", active: () => 0, eligible: (peer) => peer === b })).toBe(b);
    balancer.update([b]);
    expect(balancer.pick({ key: "x", active: () => 0, eligible: () => true })).toBe(b);
  });

  it("may see another change", () => {
    const peers = numbered(20);
    const balancer = create();
    balancer.update(peers.slice(0, 10));
    let pauses = 0;
    balancer.settle!(() => {
      pauses += 1;
      if (pauses === 5) balancer.update(peers);
    });
    const fresh = create();
    fresh.update(peers);
    fresh.settle!(goOn);
    expect(homes(balancer).join()).toBe(homes(fresh).join());
  });

  it("is none where only states, health and objects changed", () => {
    const balancer = create();
    balancer.update(numbered(20));
    balancer.settle!(goOn);
    const before = homes(balancer).join();
    const others = numbered(20);
    for (const peer of others) peer.state = "drain";
    balancer.update(others);
    let pauses = 0;
    balancer.settle!(() => {
      pauses += 1;
    });
    expect(pauses).toBe(0);
    expect(homes(balancer).join()).toBe(before);
    const picked = balancer.pick({ key: "x", active: () => 0, eligible: () => true })!;
    expect(others.includes(picked)).toBe(true);
  });
});
