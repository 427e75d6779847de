import fc from "fast-check";
import type { Peer } from "../../../src/core/pool/peer";
import { Bench, isUsable } from "../support/balancer-bench";
import { aPeer } from "../support/upstream-fixture";
import { everyVariant } from "./variants";

/** Few keys, so that peers go and come back; weights of the sizes that configs have, and fractions as names have them. */
const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const weight = fc.oneof(fc.constantFrom(0, 1, 1, 1, 1 / 3, 1000), fc.integer({ min: 0, max: 20 }));
const peerFields = fc.record({ key, weight });
const list = fc.uniqueArray(peerFields, { maxLength: 8, selector: (fields) => fields.key });

type Step =
  | { readonly kind: "open"; readonly retries: number }
  | { readonly kind: "close"; readonly at: number }
  | { readonly kind: "flip"; readonly at: number }
  | { readonly kind: "drain"; readonly at: number }
  | { readonly kind: "ramp"; readonly at: number; readonly share: number }
  | { readonly kind: "elsewhere"; readonly at: number; readonly count: number }
  | { readonly kind: "answer"; readonly at: number; readonly ms: number; readonly isFailed: boolean }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "update"; readonly peers: readonly { readonly key: string; readonly weight: number }[] };

const at = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("open" as const), retries: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("close" as const), at: fc.nat(50) }) },
  fc.record({ kind: fc.constant("flip" as const), at }),
  fc.record({ kind: fc.constant("drain" as const), at }),
  fc.record({ kind: fc.constant("ramp" as const), at, share: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant("elsewhere" as const), at, count: fc.integer({ min: -50, max: 50 }) }),
  fc.record({
    kind: fc.constant("answer" as const),
    at,
    ms: fc.oneof(fc.nat(20_000), fc.constantFrom(-1, NaN, Infinity)),
    isFailed: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("wait" as const), seconds: fc.integer({ min: -3600, max: 3600 }) }),
  fc.record({ kind: fc.constant("update" as const), peers: list }),
);

/** Carries the steps out and checks each pick against nothing but a list of the peers there are. */
class Model {
  private peers: Peer[] = [];
  /** All that ever were, so that those who are gone are spoken of as well. */
  private readonly everybody: Peer[] = [];
  private readonly sessions: Peer[] = [];

  constructor(private readonly bench: Bench) {}

  run(step: Step): void {
    if (step.kind === "open") this.open(step.retries);
    else if (step.kind === "close") this.close(step.at);
    else if (step.kind === "wait") this.bench.nowS += step.seconds;
    else if (step.kind === "update") this.update(step.peers);
    else this.change(step);
  }

  private change(step: Exclude<Step, { kind: "open" | "close" | "wait" | "update" }>): void {
    const peer = this.everybody[step.at % Math.max(this.everybody.length, 1)];
    if (peer === undefined) return;
    if (step.kind === "answer") this.bench.answer(peer, step.ms, step.isFailed);
    else if (step.kind === "elsewhere") this.bench.openElsewhere(peer, step.count);
    else {
      if (step.kind === "flip") peer.isUp = !peer.isUp;
      else if (step.kind === "drain") peer.state = peer.state === "ready" ? "drain" : "ready";
      else peer.weight = peer.fullWeight * step.share;
      this.bench.tell(peer);
    }
  }

  private update(wanted: readonly { readonly key: string; readonly weight: number }[]): void {
    const before = this.peers;
    this.peers = wanted.map((fields) => {
      const peer = before.find((known) => known.key === fields.key) ?? this.newPeer(fields.key);
      peer.weight = fields.weight;
      peer.fullWeight = fields.weight;
      return peer;
    });
    for (const peer of before) {
      if (!this.peers.includes(peer)) {
        peer.weight = 0;
        peer.fullWeight = 0;
      }
    }
    this.bench.update(this.peers, () => this.open(0));
    this.open(0);
  }

  private newPeer(name: string): Peer {
    const peer = aPeer({ key: name });
    this.everybody.unshift(peer);
    return peer;
  }

  private open(retries: number): void {
    for (let attempt = 0; attempt <= retries; attempt++) {
      const eligible = this.peers.filter((peer) => isUsable(peer) && !this.bench.tried.has(peer));
      const peer = this.bench.pick();
      // A call of expect takes far longer than the pick.
      const isRight = peer === undefined ? eligible.length === 0 : eligible.includes(peer);
      if (!isRight) expect(eligible).toContain(peer);
      if (peer === undefined) break;
      if (attempt === retries) this.sessions.push(peer);
      else {
        this.bench.release(peer);
        this.bench.tried.add(peer);
      }
    }
    for (const peer of this.everybody) this.bench.tried.delete(peer);
  }

  private close(at: number): void {
    const [peer] = this.sessions.splice(at % Math.max(this.sessions.length, 1), 1);
    if (peer !== undefined) this.bench.release(peer);
  }
}

describe("a registered balancer, whatever happens", () => {
  for (const { title, factory, smallOptions } of everyVariant()) {
    it(`${title} picks somebody who may be picked as long as there is one, and never anybody else`, () => {
      fc.assert(
        fc.property(
          list,
          fc.array(step, { maxLength: 60 }),
          fc.integer({ min: 1, max: 1e6 }),
          (first, steps, seed) => {
            const model = new Model(new Bench(factory, [], smallOptions, seed));
            model.run({ kind: "update", peers: first });
            for (const each of steps) model.run(each);
          },
        ),
        { numRuns: 200, seed: 2026 },
      );
    });
  }
});
