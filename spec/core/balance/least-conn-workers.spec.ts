import type { Balancer, PickInput } from "../../../src/core/balance/contract";
import { leastConn } from "../../../src/core/balance/least-conn";
import type { Peer } from "../../../src/core/pool/peer";
import type { Rng } from "../../../src/core/ports";
import { seededRng } from "../support/seeded-rng";
import { aPeer } from "../support/upstream-fixture";

const PEERS = 100;
const ARRIVALS = 10_000;
/** How often the fleet is looked at: in every so many arrivals. */
const LOOK = 7;

/** One worker process: its balancer, and the sessions that it holds. */
interface Worker {
  readonly balancer: Balancer;
  readonly sessions: Peer[];
}

/** The workers of one gateway, which know of each other by nothing but the shared counts. */
class Fleet {
  readonly rng: Rng;
  readonly workers: Worker[] = [];
  peers: Peer[] = [];
  private readonly counts = new LuaMap<string, number>();
  private readonly input: PickInput = {
    key: "",
    active: (peer) => this.active(peer),
    eligible: (peer) => peer.state === "ready" && peer.isUp,
  };

  constructor(workers: number, seed: number) {
    this.rng = seededRng(seed);
    for (const _ of $range(1, workers)) this.addWorker();
    this.update(equalPeers());
  }

  addWorker(): Worker {
    const seed = this.rng.integer(1_000_000);
    const balancer = leastConn.create({ rng: seededRng(seed), clock: { now: () => 0 } }, {});
    const worker = { balancer, sessions: [] };
    balancer.update(this.peers);
    this.workers.push(worker);
    return worker;
  }

  update(peers: Peer[]): void {
    this.peers = peers;
    for (const { balancer } of this.workers) balancer.update(peers);
  }

  pick(worker: Worker): Peer {
    return worker.balancer.pick(this.input)!;
  }

  take(worker: Worker, peer: Peer): void {
    worker.sessions.push(peer);
    this.counts.set(peer.key, this.active(peer) + 1);
  }

  arrive(worker: Worker): void {
    this.take(worker, this.pick(worker));
  }

  /** A session of the worker ends, any one. */
  leave(worker: Worker): void {
    const { sessions } = worker;
    if (sessions.length > 0) this.end(worker, this.rng.integer(sessions.length) - 1);
  }

  end({ sessions, balancer }: Worker, index: number): void {
    const peer = sessions[index]!;
    sessions[index] = sessions[sessions.length - 1]!;
    sessions.pop();
    this.counts.set(peer.key, this.active(peer) - 1);
    balancer.refresh!(peer);
  }

  anyone(): Worker {
    return this.workers[this.rng.integer(this.workers.length) - 1]!;
  }

  /** The first has half of all, the next half of the rest, and so on. */
  anyoneUnevenly(): Worker {
    let index = 0;
    while (index < this.workers.length - 1 && this.rng.integer(2) === 1) index += 1;
    return this.workers[index]!;
  }

  active(peer: Peer): number {
    return this.counts.get(peer.key) ?? 0;
  }

  /** The difference between the fullest and the emptiest of some peers. */
  spread(peers: readonly Peer[] = this.peers): number {
    let most = 0;
    let least = Number.MAX_VALUE;
    for (const peer of peers) {
      most = Math.max(most, this.active(peer));
      least = Math.min(least, this.active(peer));
    }
    return most - least;
  }
}

function equalPeers(): Peer[] {
  const peers: Peer[] = [];
  for (const index of $range(1, PEERS)) peers.push(aPeer({ key: `p${index}` }));
  return peers;
}

/** Compares `watched` peers throughout; a change in the middle may say which to compare from then on. */
function largestSpread(fleet: Fleet, choose: () => Worker, change: () => readonly Peer[]): number {
  let largest = 0;
  let watched: readonly Peer[] = fleet.peers;
  for (const arrival of $range(1, ARRIVALS)) {
    fleet.arrive(choose());
    if (arrival === ARRIVALS / 2) watched = change();
    if (arrival % LOOK === 0) largest = Math.max(largest, fleet.spread(watched));
  }
  return Math.max(largest, fleet.spread(watched));
}

/** A whole new list of equal peers, one of them with other fields. */
function change(fleet: Fleet, fields: Partial<Peer>): readonly Peer[] {
  const peers = equalPeers();
  peers[50] = aPeer({ key: "p51", ...fields });
  fleet.update(peers);
  return peers.filter((_, index) => index !== 50);
}

const CHANGES: Readonly<Record<string, (fleet: Fleet) => readonly Peer[]>> = {
  "a weight": (fleet) => change(fleet, { weight: 2 }),
  "a state": (fleet) => change(fleet, { state: "drain" }),
  "an address": (fleet) => {
    change(fleet, { host: "10.0.0.2" });
    return fleet.peers;
  },
  "a peer more": (fleet) => {
    const peers = equalPeers();
    fleet.update([aPeer({ key: "new" }), ...peers]);
    return peers;
  },
  "a peer less": (fleet) => {
    fleet.update(equalPeers().filter((_, index) => index !== 50));
    return fleet.peers;
  },
};

describe("four workers that pick by shared counts", () => {
  for (const [what, carryOut] of Object.entries(CHANGES)) {
    it(`keep 100 peers within 3 sessions of each other while ${what} changes`, () => {
      const even = new Fleet(4, 11);
      expect(
        largestSpread(
          even,
          () => even.anyone(),
          () => carryOut(even),
        ),
      ).toBeLessThanOrEqual(3);
      const uneven = new Fleet(4, 12);
      expect(
        largestSpread(
          uneven,
          () => uneven.anyoneUnevenly(),
          () => carryOut(uneven),
        ),
      ).toBeLessThanOrEqual(3);
    });
  }

  it("fill a peer that is new", () => {
    const fleet = new Fleet(4, 13);
    largestSpread(
      fleet,
      () => fleet.anyone(),
      () => CHANGES["a peer more"]!(fleet),
    );
    expect(fleet.spread()).toBeLessThanOrEqual(3);
  });

  it("keep them close when all pick before any has taken its slot", () => {
    const fleet = new Fleet(4, 14);
    for (const round of $range(1, ARRIVALS / 4)) {
      const picked = fleet.workers.map((worker) => fleet.pick(worker));
      for (const [index, worker] of fleet.workers.entries()) fleet.take(worker, picked[index]!);
      if (round % LOOK === 0) expect(fleet.spread()).toBeLessThanOrEqual(4);
    }
  });

  it("are joined by one that knows nothing of the sessions that are there", () => {
    const fleet = new Fleet(3, 15);
    for (const _ of $range(1, 5000)) fleet.arrive(fleet.anyone());
    const late = fleet.addWorker();
    for (const _ of $range(1, 500)) {
      fleet.arrive(late);
      expect(fleet.spread()).toBeLessThanOrEqual(3);
    }
  });

  it("keep them close while sessions end in all of them", () => {
    const fleet = new Fleet(4, 16);
    for (const _ of $range(1, 2000)) fleet.arrive(fleet.anyone());
    const spreads: number[] = [];
    for (const arrival of $range(1, ARRIVALS)) {
      fleet.leave(fleet.anyone());
      fleet.arrive(fleet.anyone());
      if (arrival % LOOK === 0) spreads.push(fleet.spread());
    }
    spreads.sort((a, b) => a - b);
    expect(spreads[Math.floor(spreads.length / 2)]).toBeLessThanOrEqual(4);
    expect(spreads[spreads.length - 1]).toBeLessThanOrEqual(8);
  });

  it("even out what a mass exit left uneven", () => {
    const fleet = new Fleet(4, 17);
    for (const _ of $range(1, 4000)) fleet.arrive(fleet.anyone());
    for (const _ of $range(1, 2000)) fleet.leave(fleet.anyone());
    expect(fleet.spread()).toBeGreaterThan(8);
    for (const _ of $range(1, 1000)) fleet.arrive(fleet.anyone());
    expect(fleet.spread()).toBeLessThanOrEqual(3);
  });

  it("find out within a round of their own picks that sessions ended elsewhere", () => {
    const fleet = new Fleet(2, 18);
    const [one, other] = fleet.workers as [Worker, Worker];
    for (const _ of $range(1, 1000)) fleet.arrive(other);
    for (const _ of $range(1, 1000)) fleet.arrive(one);
    const emptied = fleet.peers[70]!;
    for (let left = other.sessions.length - 1; left >= 0; left--) {
      if (other.sessions[left] === emptied) fleet.end(other, left);
    }
    const before = fleet.active(emptied);
    for (const _ of $range(1, PEERS)) fleet.arrive(one);
    expect(fleet.active(emptied)).toBeGreaterThan(before);
  });
});
