import type { Sample } from "../../../src/core/balance/contract";
import type { Peer } from "../../../src/core/pool/peer";
import type { Rng } from "../../../src/core/ports";
import { Bench } from "../support/balancer-bench";
import { seededRng } from "../support/seeded-rng";
import { aPeer } from "../support/upstream-fixture";
import { everyVariant, type Variant } from "./variants";

const collect = (globalThis as { collectgarbage?: (this: void, what: string) => number }).collectgarbage;

const ROUNDS = 5;
const CALLS_PER_ROUND = 10_000;

function unequalPeers(count: number): Peer[] {
  const peers: Peer[] = [];
  for (const number of $range(1, count))
    peers.push(aPeer({ key: `peer-${number}`, weight: 1 + (number % 3) }));
  return peers;
}

/** Of the round that allocated least: in the others the compiler may have been at work. */
function leastGrownKilobytes(work: (count: number) => void): number {
  let least = Infinity;
  for (const _ of $range(1, ROUNDS)) {
    collect!("collect");
    collect!("stop");
    const before = collect!("count");
    work(CALLS_PER_ROUND);
    least = Math.min(least, collect!("count") - before);
    collect!("restart");
  }
  return least;
}

/** Sessions with one of a few keys come and go: 100 are open at a time. */
function coming(bench: Bench): (count: number) => void {
  const keys: string[] = [];
  for (const number of $range(1, 97)) keys.push(`user-${number}`);
  const open: Peer[] = [];
  let serial = 0;
  return (count) => {
    for (const _ of $range(1, count)) {
      serial += 1;
      bench.input.key = keys[serial % keys.length]!;
      bench.nowS += 0.001;
      const at = serial % 100;
      const gone = open[at];
      if (gone !== undefined) bench.release(gone);
      const peer = bench.balancer.pick(bench.input)!;
      bench.openElsewhere(peer, 1);
      open[at] = peer;
    }
  };
}

function allocatesNothing({ factory, options }: Variant): void {
  for (const count of [3, 1000]) {
    it(`allocates nothing to pick among ${count} peers while sessions come and go`, () => {
      const peers = unequalPeers(count);
      const bench = new Bench(factory, peers, options);
      for (const peer of peers) bench.openElsewhere(peer, 5);
      expect(leastGrownKilobytes(coming(bench))).toBeLessThan(1);
    });
  }

  it("allocates nothing to be told of a change or a sample", () => {
    const peers = unequalPeers(100);
    const stranger = aPeer({ key: "stranger" });
    const bench = new Bench(factory, peers, options);
    const sample = { kind: "handshake", latencyMs: 5, isFailed: false } as {
      -readonly [K in keyof Sample]: Sample[K];
    };
    const tell = (calls: number): void => {
      for (const call of $range(1, calls)) {
        bench.nowS += 0.001;
        sample.latencyMs = call % 50;
        sample.isFailed = call % 11 === 0;
        sample.kind = call % 3 === 0 ? "ping" : "handshake";
        const peer = call % 10 === 0 ? stranger : peers[call % 100]!;
        bench.tell(peer);
        if (bench.balancer.observe !== undefined) bench.balancer.observe(peer, sample);
      }
    };
    expect(leastGrownKilobytes(tell)).toBeLessThan(1);
  });
}

function survivesStrangers({ factory, options }: Variant): void {
  it("does not care to be told of peers it does not know", () => {
    const [a, b] = [aPeer({ key: "a" }), aPeer({ key: "b" })];
    const bench = new Bench(factory, [], options);
    const tellOfBoth = (): void => {
      for (const peer of [a, b]) {
        bench.tell(peer);
        bench.answer(peer, 5);
        bench.answer(peer, 5, true);
        bench.answer(peer, 5, false, "ping");
      }
    };
    tellOfBoth();
    expect(bench.pick()).toBeUndefined();
    bench.update([a]);
    tellOfBoth();
    expect(bench.picks(3)).toBe("a a a");
    bench.update([b]);
    tellOfBoth();
    expect(bench.picks(3)).toBe("b b b");
  });
}

/** A generator whose place in its sequence can be kept. */
class ReplayedRng implements Rng {
  private drawn = 0;
  private rng = seededRng(7);

  integer(limit: number): number {
    this.drawn += 1;
    return this.rng.integer(limit);
  }

  place(): number {
    return this.drawn;
  }

  goBackTo(place: number): void {
    this.rng = seededRng(7);
    this.drawn = 0;
    while (this.drawn < place) this.integer(1);
  }
}

function looksAhead({ factory, options }: Variant): void {
  it("says whom it would pick, and changes nothing by that", () => {
    const rng = new ReplayedRng();
    const asked = new Bench(
      { ...factory, create: (deps, given) => factory.create({ ...deps, rng }, given) },
      [],
      options,
    );
    const left = new Bench(
      { ...factory, create: (deps, given) => factory.create({ ...deps, rng: seededRng(7) }, given) },
      [],
      options,
    );
    const { balancer } = asked;
    if (balancer.peek === undefined) return;
    const peers = unequalPeers(6);
    asked.update(peers);
    left.update(peers);
    for (const step of $range(1, 60)) {
      asked.nextKey();
      const place = rng.place();
      const peeked = balancer.peek(asked.input);
      for (const _ of $range(1, step % 4)) balancer.peek(asked.input);
      rng.goBackTo(place);
      const picked = balancer.pick(asked.input)!;
      asked.openElsewhere(picked, 1);
      expect(peeked).toBe(picked);
      expect(picked).toBe(left.pick());
    }
  });
}

describe("a registered balancer", () => {
  for (const variant of everyVariant()) {
    describe(variant.title, () => {
      survivesStrangers(variant);
      looksAhead(variant);
      // Only LuaJIT tells what is allocated to the byte.
      if (collect !== undefined) allocatesNothing(variant);
    });
  }
});
