import type { Balancer, PickInput } from "../../../src/core/balance/contract";
import { roundRobin } from "../../../src/core/balance/round-robin";
import type { Peer } from "../../../src/core/pool/peer";
import { seededRng } from "../support/seeded-rng";
import { aPeer } from "../support/upstream-fixture";

const everybody: PickInput = { key: "", active: () => 0, eligible: () => true };

function create(options: Record<string, unknown>, seed = 1): Balancer {
  return roundRobin.create({ rng: seededRng(seed), clock: { now: () => 0 } }, options);
}

function picks(balancer: Balancer, count: number, input = everybody): string {
  const keys: string[] = [];
  for (const _ of $range(1, count)) keys.push(balancer.pick(input)!.key);
  return keys.join(" ");
}

function peers(...weights: number[]): Peer[] {
  return weights.map((weight, index) => aPeer({ key: "abcdefgh".charAt(index), weight }));
}

describe("smooth weighted round robin", () => {
  it("picks as nginx does", () => {
    const balancer = create({ start: 0 });
    balancer.update(peers(5, 1, 1));
    expect(picks(balancer, 7)).toBe("a a b a c a a");
    expect(picks(balancer, 7)).toBe("a a b a c a a");
  });

  it("takes equal peers in their order", () => {
    const balancer = create({ start: 0 });
    balancer.update(peers(1, 1, 1));
    expect(picks(balancer, 6)).toBe("a b c a b c");
  });

  it("takes fractions of a weight, as the addresses of one name have them", () => {
    const balancer = create({ start: 0 });
    balancer.update(peers(0.5, 0.5, 1));
    expect(picks(balancer, 8)).toBe("c a b c c a b c");
  });

  it("leaves a peer its turn while it may not be picked", () => {
    const [a, b, c] = peers(1, 1, 1) as [Peer, Peer, Peer];
    const balancer = create({ start: 0 });
    balancer.update([a, b, c]);
    expect(picks(balancer, 1)).toBe("a");
    expect(picks(balancer, 2, { ...everybody, eligible: (peer) => peer !== b })).toBe("c c");
    expect(picks(balancer, 1)).toBe("b");
  });
});

describe("an update", () => {
  it("keeps the turn of the peers that stay", () => {
    const balancer = create({ start: 0 });
    const [a, b, c] = peers(1, 1, 1) as [Peer, Peer, Peer];
    balancer.update([a, b]);
    expect(picks(balancer, 1)).toBe("a");
    balancer.update([a, b, c]);
    expect(picks(balancer, 3)).toBe("b c a");
    balancer.update([c, b, a]);
    expect(picks(balancer, 3)).toBe("b c a");
  });

  it("keeps it by key: a peer at a new address has the turn of the old one", () => {
    const balancer = create({ start: 0 });
    balancer.update(peers(1, 1));
    expect(picks(balancer, 1)).toBe("a");
    balancer.update(peers(1, 1));
    expect(picks(balancer, 1)).toBe("b");
  });

  it("takes a new weight from the next pick on", () => {
    const balancer = create({ start: 0 });
    const [a, b] = peers(1, 1) as [Peer, Peer];
    balancer.update([a, b]);
    expect(picks(balancer, 2)).toBe("a b");
    a.weight = 3;
    expect(picks(balancer, 4)).toBe("a a b a");
  });
});

describe("the entry into the cycle", () => {
  it("differs from worker to worker", () => {
    const first = new LuaSet<string>();
    let count = 0;
    for (const seed of $range(1, 200)) {
      const balancer = create({}, seed * 7919);
      balancer.update(peers(1, 1, 1, 1));
      const sequence = picks(balancer, 4);
      if (!first.has(sequence)) count += 1;
      first.add(sequence);
    }
    expect(count).toBeGreaterThanOrEqual(4);
  });

  it("leads many workers to every peer alike", () => {
    const opened: Record<string, number> = {};
    for (const seed of $range(1, 700)) {
      const balancer = create({}, seed * 7919);
      balancer.update(peers(5, 1, 1));
      const key = balancer.pick(everybody)!.key;
      opened[key] = (opened[key] ?? 0) + 1;
    }
    expect(opened["a"]!).toBeGreaterThan(425);
    expect(opened["a"]!).toBeLessThan(575);
    expect(opened["b"]!).toBeGreaterThan(60);
    expect(opened["c"]!).toBeGreaterThan(60);
  });

  it("keeps the cycle's shares", () => {
    const balancer = create({}, 5);
    balancer.update(peers(5, 1, 1));
    const cycle = picks(balancer, 7).split(" ").sort().join(" ");
    expect(cycle).toBe("a a a a a b c");
  });

  it("is not sought among peers of weight 0", () => {
    const balancer = create({});
    balancer.update(peers(0, 0));
    expect(balancer.pick({ ...everybody, eligible: () => false })).toBeUndefined();
  });
});

describe("the options of round_robin", () => {
  it("are start, which is 0", () => {
    expect(roundRobin.validate({})).toBeUndefined();
    expect(roundRobin.validate({ start: 0 })).toBeUndefined();
    expect(roundRobin.validate({ start: 1 })).toBe(
      '"start" must be 0 (every worker starts at the first peer)',
    );
    expect(roundRobin.validate({ start: "0" })).toBeDefined();
  });

  it("are nothing else", () => {
    expect(roundRobin.validate({ factor: 2 })).toBe('round_robin has no option "factor"; it takes "start"');
  });
});
