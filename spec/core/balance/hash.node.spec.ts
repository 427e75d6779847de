import fc from "fast-check";
import type { PickInput } from "../../../src/core/balance/contract";
import { hash } from "../../../src/core/balance/hash";
import type { Peer } from "../../../src/core/pool/peer";
import { seededRng } from "../support/seeded-rng";
import { aPeer } from "../support/upstream-fixture";

const weight = fc.constantFrom(0.25, 1 / 3, 1, 1, 2, 7, 1000);
const weights = fc.array(weight, { minLength: 1, maxLength: 12 });
const table = fc.constantFrom({ table_size: 1009 }, { table: "ring", points: 20 });

/** A small number is a pick by the key of that number; the others say to which peer something happens. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ pick: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ end: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ flip: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ drain: fc.nat() }) },
);

function peersOf(all: readonly number[]): Peer[] {
  return all.map((one, index) => aPeer({ key: `peer-${index}`, weight: one }));
}

function create(options: Record<string, unknown>, peers: readonly Peer[]) {
  const balancer = hash.create({ rng: seededRng(1), clock: { now: () => 0 } }, options);
  balancer.update(peers);
  return balancer;
}

/** One worker that counts exactly, and is told of all that happens. */
class Model {
  readonly open = new Map<Peer, number>();
  readonly sessions: Peer[] = [];
  readonly input: PickInput = {
    key: "",
    active: (peer) => this.open.get(peer) ?? 0,
    eligible: (peer) => this.isEligible(peer),
  };

  constructor(readonly peers: readonly Peer[]) {}

  isEligible(peer: Peer): boolean {
    return peer.state === "ready" && peer.isUp;
  }

  /** What one session more may bring the peer to. */
  bound(peer: Peer, factor: number): number {
    let sessions = 1;
    let sum = 0;
    for (const one of this.peers) {
      if (!this.isEligible(one)) continue;
      sessions += this.open.get(one) ?? 0;
      sum += one.weight;
    }
    return Math.ceil((factor * sessions * peer.weight) / sum);
  }
}

describe("hash", () => {
  it("never exceeds the bound, and never picks whom it may not", () => {
    const factor = fc.constantFrom(1, 1.25, 2);
    const run = fc.record({
      weights,
      table,
      factor,
      isSettled: fc.boolean(),
      steps: fc.array(step, { maxLength: 120 }),
    });
    fc.assert(
      fc.property(run, (given) => {
        const peers = peersOf(given.weights);
        const model = new Model(peers);
        const balancer = create({ ...given.table, balance_factor: given.factor }, peers);
        if (given.isSettled) balancer.settle!(() => undefined);
        for (const one of given.steps) {
          if ("pick" in one) {
            model.input.key = `key-${one.pick}`;
            const peer = balancer.pick(model.input);
            expect(peer === undefined).toBe(!peers.some((each) => model.isEligible(each)));
            if (peer === undefined) continue;
            expect(model.isEligible(peer)).toBe(true);
            expect(model.input.active(peer) + 1).toBeLessThanOrEqual(model.bound(peer, given.factor));
            model.open.set(peer, model.input.active(peer) + 1);
            model.sessions.push(peer);
            continue;
          }
          if ("end" in one) {
            const [peer] = model.sessions.splice(one.end % Math.max(model.sessions.length, 1), 1);
            if (peer === undefined) continue;
            model.open.set(peer, model.input.active(peer) - 1);
            balancer.refresh!(peer);
            continue;
          }
          const peer = peers[("flip" in one ? one.flip : one.drain) % peers.length]!;
          if ("flip" in one) peer.isUp = !peer.isUp;
          else peer.state = peer.state === "ready" ? "drain" : "ready";
          balancer.refresh!(peer);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("sends a key to one peer while nobody is at the bound, whatever the order of the peers", () => {
    const run = fc.record({
      weights,
      table,
      isSettled: fc.boolean(),
      down: fc.array(fc.nat(), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(run, fc.infiniteStream(fc.nat()), (given, draws) => {
        const peers = peersOf(given.weights);
        for (const index of given.down) peers[index % peers.length]!.isUp = false;
        const shuffled = [...peers];
        for (let index = shuffled.length - 1; index > 0; index--) {
          const other = (draws.next().value as number) % (index + 1);
          [shuffled[index], shuffled[other]] = [shuffled[other]!, shuffled[index]!];
        }
        const here = create(given.table, peers);
        const there = create(given.table, shuffled);
        if (given.isSettled) for (const balancer of [here, there]) balancer.settle!(() => undefined);
        const input = { key: "", active: () => 0, eligible: (peer: Peer) => peer.isUp };
        for (let serial = 0; serial < 30; serial++) {
          input.key = `key-${serial}`;
          const home = here.pick(input);
          expect(there.pick(input)).toBe(home);
          expect(here.pick(input)).toBe(home);
        }
      }),
      { numRuns: 60 },
    );
  });
});
