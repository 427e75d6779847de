import type { PickInput } from "../../../src/core/balance/contract";
import { WeightedSampler } from "../../../src/core/balance/weighted-sampler";
import type { Peer } from "../../../src/core/pool/peer";
import { isUsable, SEED } from "../support/balancer-bench";
import { seededRng } from "../support/seeded-rng";
import { aPeer, equalPeers } from "../support/upstream-fixture";

function samplerOf(peers: readonly Peer[]): WeightedSampler {
  const sampler = new WeightedSampler(seededRng(SEED));
  sampler.update(peers);
  return sampler;
}

/** Counts draws by peer, and how many peers were asked about. */
class Tally {
  asked = 0;
  pairs = 0;
  private readonly firsts = new LuaMap<Peer, number>();
  private readonly seconds = new LuaMap<Peer, number>();
  private readonly input: PickInput = {
    key: "",
    active: () => 0,
    eligible: (peer) => {
      this.asked += 1;
      return isUsable(peer);
    },
  };

  constructor(sampler: WeightedSampler, draws: number) {
    for (const _ of $range(1, draws)) {
      const [first, second] = sampler.draw(this.input);
      if (first !== undefined) this.firsts.set(first, this.first(first) + 1);
      if (second !== undefined) {
        this.seconds.set(second, this.second(second) + 1);
        if (first !== undefined && first !== second) this.pairs += 1;
      }
    }
  }

  first(peer: Peer): number {
    return this.firsts.get(peer) ?? 0;
  }

  second(peer: Peer): number {
    return this.seconds.get(peer) ?? 0;
  }
}

function expectAbout(count: number, expected: number, tolerance = 0.1): void {
  expect(count).toBeGreaterThan(expected * (1 - tolerance));
  expect(count).toBeLessThan(expected * (1 + tolerance));
}

describe("a draw of two", () => {
  it("takes each by weight, and never the same twice", () => {
    const [a, b, c] = [aPeer({ key: "a", weight: 5 }), aPeer({ key: "b" }), aPeer({ key: "c", weight: 2 })];
    const tally = new Tally(samplerOf([a, b, c]), 8000);
    expect(tally.pairs).toBe(8000);
    for (const peer of [a, b, c]) expectAbout(tally.first(peer), peer.weight * 1000);
    // Behind a: b and c as 1 to 2; behind b: a and c as 5 to 2; behind c: a and b as 5 to 1.
    expectAbout(tally.second(b), 5000 / 3 + 2000 / 6);
    expectAbout(tally.second(c), (5000 * 2) / 3 + (1000 * 2) / 7);
  });

  it("takes one that starts slowly by the weight it has by now", () => {
    const peers = equalPeers(4, 10);
    peers[0]!.weight = 1;
    const tally = new Tally(samplerOf(peers), 6200);
    expectAbout(tally.first(peers[0]!), 200, 0.3);
    expectAbout(tally.first(peers[3]!), 2000);
  });

  it("finds the light ones when all the weight is down", () => {
    const [heavy, b, c] = [
      aPeer({ key: "a", weight: 1000 }),
      aPeer({ key: "b" }),
      aPeer({ key: "c", weight: 4 }),
    ];
    heavy.isUp = false;
    const tally = new Tally(samplerOf([heavy, b, c]), 1000);
    expect(tally.pairs).toBe(1000);
    expectAbout(tally.first(c), 800);
  });

  it("finds the only eligible one and no second, and nobody if there is nobody", () => {
    const peers = equalPeers(100);
    for (const peer of peers) peer.isUp = false;
    const none = new Tally(samplerOf(peers), 10);
    for (const peer of peers) expect(none.first(peer)).toBe(0);
    peers[42]!.isUp = true;
    const one = new Tally(samplerOf(peers), 10);
    expect(one.first(peers[42]!)).toBe(10);
    expect(one.pairs).toBe(0);
    expect(one.asked).toBeLessThan(10 * (100 + 40) + 1);
  });

  it("finds both that are eligible, whatever the number of peers", () => {
    for (const count of [2, 3, 4, 5, 10, 64, 100, 101, 9973]) {
      const peers = equalPeers(count);
      for (const peer of peers) peer.isUp = false;
      peers[0]!.isUp = true;
      peers[count - 1]!.isUp = true;
      const tally = new Tally(samplerOf(peers), 20);
      // Where the first one was met by chance, and the second one hides among thousands, it may be missed.
      expect(tally.pairs).toBeGreaterThanOrEqual(count < 500 ? 20 : 18);
      expect(tally.first(peers[0]!) + tally.first(peers[count - 1]!)).toBe(20);
    }
  });

  it("asks few of 10,000 peers while 95 of 100 in a row are down, and burdens none of the others", () => {
    const peers = equalPeers(10_000);
    for (const peer of peers.slice(0, 9500)) peer.isUp = false;
    const up = peers.slice(9500);
    const draws = 5000;
    const tally = new Tally(samplerOf(peers), draws);
    expect(tally.pairs).toBe(draws);
    expect(tally.asked / draws).toBeLessThan(200);
    let most = 0;
    for (const peer of up) most = Math.max(most, tally.first(peer));
    expect(most).toBeLessThan((draws / up.length) * 3);
  });

  it("asks two while all are eligible", () => {
    expect(new Tally(samplerOf(equalPeers(1000)), 100).asked).toBe(200);
  });

  it("never takes a peer without weight", () => {
    const [a, b] = [aPeer({ key: "a", weight: 0 }), aPeer({ key: "b" })];
    const sampler = samplerOf([a, b]);
    const everybody: PickInput = { key: "", active: () => 0, eligible: () => true };
    const [first, second] = sampler.draw(everybody);
    expect(first).toBe(b);
    expect(second).toBeUndefined();
  });
});
