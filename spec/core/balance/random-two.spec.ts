import { randomTwo } from "../../../src/core/balance/random-two";
import type { Peer } from "../../../src/core/pool/peer";
import { Bench } from "../support/balancer-bench";
import { aPeer } from "../support/upstream-fixture";

const PICKS = 2000;

function peersOf(...weights: number[]): Peer[] {
  return weights.map((weight, index) => aPeer({ key: "abcdefgh".charAt(index), weight }));
}

/** How often each is picked while no session stays, so that the load is the same at each pick. */
function picksOf(bench: Bench, peers: readonly Peer[]): number[] {
  const counts = peers.map(() => 0);
  for (const _ of $range(1, PICKS)) {
    const at = peers.indexOf(bench.balancer.pick(bench.input)!);
    counts[at] = counts[at]! + 1;
  }
  return counts;
}

describe("random_two", () => {
  it("never picks the busier one of two", () => {
    const [a, b] = peersOf(1, 1) as [Peer, Peer];
    const bench = new Bench(randomTwo, [a, b]);
    bench.openElsewhere(a, 1);
    expect(picksOf(bench, [a, b])).toEqual([0, PICKS]);
    bench.openElsewhere(b, 2);
    expect(picksOf(bench, [a, b])).toEqual([PICKS, 0]);
  });

  it("never picks the busiest of all, which never competes with itself", () => {
    const peers = peersOf(1, 1, 1, 1);
    const bench = new Bench(randomTwo, peers);
    for (const peer of peers) bench.openElsewhere(peer, peers.indexOf(peer));
    const [first, second, third, busiest] = picksOf(bench, peers) as [number, number, number, number];
    expect(busiest).toBe(0);
    // Of the six pairs, the emptiest is in three, the next one wins two, and so on.
    expect(Math.abs(first / PICKS - 3 / 6)).toBeLessThan(0.04);
    expect(Math.abs(second / PICKS - 2 / 6)).toBeLessThan(0.04);
    expect(Math.abs(third / PICKS - 1 / 6)).toBeLessThan(0.04);
  });

  it("weighs the load: 9 sessions are fewer to a weight of 10 than 2 to one of 2", () => {
    const [a, b] = peersOf(10, 2) as [Peer, Peer];
    const bench = new Bench(randomTwo, [a, b]);
    bench.openElsewhere(a, 9);
    bench.openElsewhere(b, 2);
    expect(picksOf(bench, [a, b])).toEqual([PICKS, 0]);
    bench.openElsewhere(a, 6);
    expect(picksOf(bench, [a, b])).toEqual([0, PICKS]);
  });

  it("picks equally loaded peers by weight", () => {
    const [a, b, c] = peersOf(2, 1, 1) as [Peer, Peer, Peer];
    const bench = new Bench(randomTwo, [a, b, c]);
    bench.openElsewhere(a, 3);
    bench.openElsewhere(b, 1);
    bench.openElsewhere(c, 1);
    const [ofA] = picksOf(bench, [a, b, c]);
    expect(Math.abs(ofA! / PICKS - 0.5)).toBeLessThan(0.04);
  });

  it("goes by what other workers have opened since", () => {
    const [a, b] = peersOf(1, 1) as [Peer, Peer];
    const bench = new Bench(randomTwo, [a, b]);
    bench.picks(100);
    bench.openElsewhere(a, 50);
    for (const _ of $range(1, 20)) expect(bench.pick()).toBe(b);
  });

  it("keeps eight peers within a few sessions of each other", () => {
    const peers = peersOf(1, 1, 1, 1, 1, 1, 1, 1);
    const bench = new Bench(randomTwo, peers);
    bench.picks(8000);
    for (const peer of peers) expect(Math.abs(bench.input.active(peer) - 1000)).toBeLessThan(10);
  });
});

describe("the options of random_two", () => {
  it("are none", () => {
    expect(randomTwo.validate({})).toBeUndefined();
    expect(randomTwo.validate({ choices: 3 })).toBe('random_two has no option "choices"; it takes none');
  });
});
