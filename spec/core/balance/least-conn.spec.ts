import type { Balancer } from "../../../src/core/balance/contract";
import { leastConn } from "../../../src/core/balance/least-conn";
import type { Peer } from "../../../src/core/pool/peer";
import { seededRng } from "../support/seeded-rng";
import { aPeer } from "../support/upstream-fixture";

/** One worker, and how often its balancer asked something. */
class World {
  readonly balancer: Balancer;
  readonly counts = new LuaMap<Peer, number>();
  reads = 0;
  questions = 0;
  private readonly input = {
    key: "",
    active: (peer: Peer) => {
      this.reads += 1;
      return this.counts.get(peer) ?? 0;
    },
    eligible: (peer: Peer) => {
      this.questions += 1;
      return peer.state === "ready" && peer.isUp;
    },
  };

  constructor(
    readonly peers: Peer[],
    seed = 1,
  ) {
    this.balancer = leastConn.create({ rng: seededRng(seed), clock: { now: () => 0 } }, {});
    this.balancer.update(peers);
  }

  /** A session that ends at once. */
  visit(): Peer {
    const peer = this.pick()!;
    this.balancer.refresh!(peer);
    return peer;
  }

  visits(count: number): string {
    const keys: string[] = [];
    for (const _ of $range(1, count)) keys.push(this.visit().key);
    return keys.join(" ");
  }

  stay(): Peer {
    const peer = this.pick()!;
    this.counts.set(peer, (this.counts.get(peer) ?? 0) + 1);
    return peer;
  }

  pick(): Peer | undefined {
    this.reads = 0;
    this.questions = 0;
    return this.balancer.pick(this.input);
  }
}

function equalPeers(count: number): Peer[] {
  const peers: Peer[] = [];
  for (const index of $range(1, count)) peers.push(aPeer({ key: `p${index}` }));
  return peers;
}

describe("among equal loads", () => {
  it("each peer has its turn", () => {
    const world = new World(equalPeers(5));
    const first = world.visits(5);
    expect(first.split(" ").sort().join(" ")).toBe("p1 p2 p3 p4 p5");
    expect(world.visits(5)).toBe(first);
  });

  it("workers begin with different peers", () => {
    const seen = new LuaSet<string>();
    let different = 0;
    for (const seed of $range(1, 50)) {
      const key = new World(equalPeers(10), seed * 7919).visit().key;
      if (!seen.has(key)) different += 1;
      seen.add(key);
    }
    expect(different).toBeGreaterThan(5);
  });

  it("a peer that was down does not get the turns that it missed", () => {
    const world = new World(equalPeers(4));
    const [a] = world.peers as [Peer, Peer, Peer, Peer];
    a.isUp = false;
    world.visits(300);
    a.isUp = true;
    world.balancer.refresh!(a);
    let visits = 0;
    for (const _ of $range(1, 40)) if (world.visit() === a) visits += 1;
    expect(visits).toBeGreaterThanOrEqual(10);
    expect(visits).toBeLessThanOrEqual(12);
  });

  it("weights are interleaved", () => {
    const peers = [aPeer({ key: "a", weight: 2 }), aPeer({ key: "b", weight: 2 }), aPeer({ key: "c" })];
    const world = new World(peers);
    let picked = "";
    for (const _ of $range(1, 10)) picked += world.stay().key;
    for (const half of [picked.substring(0, 5), picked.substring(5)]) {
      expect(half.split("a").length - 1).toBe(2);
      expect(half.split("b").length - 1).toBe(2);
    }
  });
});

describe("the work of a pick", () => {
  it("is bounded where all counts are wrong", () => {
    const world = new World(equalPeers(1000));
    for (const peer of world.peers) world.counts.set(peer, 50);
    for (const _ of $range(1, 100)) {
      world.stay();
      expect(world.reads).toBeLessThanOrEqual(17);
    }
  });

  it("leads to the least loaded once all counts were read", () => {
    const world = new World(equalPeers(1000));
    for (const peer of world.peers) world.counts.set(peer, 50);
    world.counts.set(world.peers[700]!, 30);
    for (const _ of $range(1, 100)) world.stay();
    expect(world.counts.get(world.peers[700]!)).toBe(50);
  });

  it("is small where half of the peers are down, once they were met", () => {
    const world = new World(equalPeers(1000));
    for (const peer of world.peers.slice(0, 500)) peer.isUp = false;
    let questions = 0;
    for (const _ of $range(1, 1000)) {
      world.stay();
      questions += world.questions;
    }
    // Four that are down are asked about again at each pick, and each of the 500 was met on top once.
    expect(questions).toBeLessThanOrEqual(1000 * 5 + 500);
  });

  it("is one question, or two at first, for each peer where nobody is to be had", () => {
    const world = new World(equalPeers(100));
    for (const peer of world.peers) peer.isUp = false;
    expect(world.pick()).toBeUndefined();
    expect(world.questions).toBeLessThanOrEqual(200);
    expect(world.pick()).toBeUndefined();
    expect(world.questions).toBeLessThanOrEqual(104);
    expect(world.reads).toBe(0);
    world.peers[77]!.isUp = true;
    expect(world.pick()).toBe(world.peers[77]);
  });
});

describe("a peer that was set aside", () => {
  it("is picked again at the next pick after it came back", () => {
    const world = new World(equalPeers(100));
    const [a] = world.peers as [Peer];
    for (const peer of world.peers.slice(0, 50)) peer.isUp = false;
    for (const _ of $range(1, 200)) world.stay();
    a.isUp = true;
    world.balancer.refresh!(a);
    expect(world.stay()).toBe(a);
  });

  it("is found again without being told of", () => {
    const world = new World(equalPeers(100));
    for (const peer of world.peers.slice(0, 50)) peer.isUp = false;
    for (const _ of $range(1, 200)) world.stay();
    for (const peer of world.peers) peer.isUp = true;
    const found = new LuaSet<Peer>();
    for (const _ of $range(1, 50)) found.add(world.stay());
    for (const peer of world.peers.slice(0, 50)) expect(found.has(peer)).toBe(true);
  });

  it("may leave, and another one", () => {
    const world = new World(equalPeers(10));
    for (const peer of world.peers.slice(0, 5)) peer.isUp = false;
    for (const _ of $range(1, 20)) world.stay();
    const left = world.peers.filter((_, index) => index % 2 === 0);
    world.balancer.update(left);
    for (const peer of left) peer.isUp = true;
    for (const _ of $range(1, 50)) expect(left).toContain(world.stay());
  });
});

describe("the options of least_conn", () => {
  it("are none", () => {
    expect(leastConn.validate({})).toBeUndefined();
    expect(leastConn.validate({ start: 0 })).toBe('least_conn has no options, and "start" is one');
  });
});
