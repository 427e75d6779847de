import fc from "fast-check";
import type { Balancer, PickInput } from "../../../src/core/balance/contract";
import { leastConn } from "../../../src/core/balance/least-conn";
import type { Peer } from "../../../src/core/pool/peer";
import { seededRng } from "../support/seeded-rng";
import { aPeer } from "../support/upstream-fixture";

/** A pool of one worker, which tells the balancer what a pool tells it. */
class World {
  readonly balancer: Balancer;
  peers: Peer[] = [];
  private readonly counts = new Map<string, number>();
  private tried: Peer[] = [];
  private serial = 0;
  private readonly input: PickInput = {
    key: "",
    active: (peer) => this.counts.get(peer.key) ?? 0,
    eligible: (peer) => peer.state === "ready" && peer.isUp && peer.weight > 0 && !this.tried.includes(peer),
  };

  constructor(seed: number) {
    this.balancer = leastConn.create({ rng: seededRng(seed), clock: { now: () => 0 } }, {});
  }

  /** A session, which tries some peers in vain before one takes it; each of them is among the least loaded. */
  arrive(tries: number): void {
    for (let attempt = 0; attempt <= tries; attempt++) {
      const foreseen = this.balancer.peek!(this.input);
      const peer = this.balancer.pick(this.input);
      const eligible = this.peers.filter((other) => this.input.eligible(other));
      expect(peer === undefined).toBe(eligible.length === 0);
      if (peer === undefined) break;
      expect(eligible).toContain(peer);
      expect(this.load(peer)).toBe(Math.min(...eligible.map((other) => this.load(other))));
      expect(peer).toBe(foreseen);
      this.add(peer, 1);
      if (attempt < tries) {
        this.tried.push(peer);
        this.leave(peer);
      }
    }
    this.tried = [];
  }

  leave(peer: Peer): void {
    if (this.input.active(peer) === 0) return;
    this.add(peer, -1);
    this.balancer.refresh!(peer);
  }

  set(peer: Peer, fields: Partial<Peer>): void {
    Object.assign(peer, fields);
    this.balancer.refresh!(peer);
  }

  join(weight: number): void {
    this.serial += 1;
    const peer = aPeer({ key: `p${this.serial}`, weight });
    this.update([...this.peers, peer]);
  }

  update(peers: Peer[]): void {
    this.peers = peers;
    this.balancer.update(peers);
  }

  private load(peer: Peer): number {
    return (this.input.active(peer) + 1) / peer.weight;
  }

  private add(peer: Peer, delta: number): void {
    this.counts.set(peer.key, this.input.active(peer) + delta);
  }
}

type Step = (world: World, peer: Peer, size: number) => void;

const STEPS: Readonly<Record<string, Step>> = {
  arrive: (world) => world.arrive(0),
  retry: (world, _peer, size) => world.arrive(size % 4),
  leave: (world, peer) => world.leave(peer),
  flip: (world, peer) => world.set(peer, { isUp: !peer.isUp }),
  drain: (world, peer) => world.set(peer, { state: peer.state === "ready" ? "drain" : "ready" }),
  weigh: (world, peer, size) => world.set(peer, { weight: size }),
  join: (world, _peer, size) => world.join(size),
  part: (world, peer) => world.update(world.peers.filter((other) => other !== peer)),
  renew: (world, peer) =>
    world.update(world.peers.map((other) => (other === peer ? { ...peer, host: "10.0.0.2" } : other))),
  turn: (world) => world.update([...world.peers].reverse()),
  reweigh: (world, _peer, size) => {
    for (const [index, peer] of world.peers.entries()) peer.weight = (index + size) % 4;
    world.update([...world.peers]);
  },
};

const aStep = fc.tuple(
  fc.oneof(
    { arbitrary: fc.constantFrom("arrive", "leave"), weight: 3 },
    { arbitrary: fc.constantFrom(...Object.keys(STEPS)), weight: 2 },
  ),
  fc.nat(1000),
  fc.integer({ min: 0, max: 6 }),
);

describe("least_conn in a single worker", () => {
  it("picks the lowest load among the eligible, whatever happens", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 12 }),
        fc.array(aStep, { maxLength: 120 }),
        (seed, weights, steps) => {
          const world = new World(seed);
          for (const weight of weights) world.join(weight);
          for (const [name, index, size] of steps) {
            const peer = world.peers[index % Math.max(world.peers.length, 1)];
            if (peer !== undefined) STEPS[name]!(world, peer, size);
          }
          world.arrive(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
