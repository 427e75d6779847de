import type { Peer } from "../../../src/core/pool/peer";
import { Bench, SEED } from "../support/balancer-bench";
import { aPeer, equalPeers } from "../support/upstream-fixture";
import { everyVariant, type Variant } from "./variants";

/** A bench where a peer on trial may be picked as long as its trial is free. */
function trialBench(variant: Variant, peers: readonly Peer[], taken: LuaSet<Peer>): Bench {
  const bench = new Bench(variant.factory, peers, variant.options, SEED);
  bench.input.eligible = (peer) =>
    peer.state === "ready" && peer.weight > 0 && (peer.isUp || (peer.isOnTrial && !taken.has(peer)));
  return bench;
}

function putOnTrial(bench: Bench, peer: Peer): void {
  peer.isUp = false;
  peer.isOnTrial = true;
  bench.tell(peer);
}

describe("a registered balancer", () => {
  for (const variant of everyVariant()) {
    describe(variant.title, () => {
      it("picks a peer on trial while its trial is free, and again when it is, though nobody tells", () => {
        const peers = equalPeers(4);
        const taken = new LuaSet<Peer>();
        const bench = trialBench(variant, peers, taken);
        bench.picks(20);
        const tried = peers[2]!;
        putOnTrial(bench, tried);
        for (const _ of $range(1, 3)) {
          let found = 0;
          for (const _ of $range(1, 100)) {
            if (bench.pick() === tried) {
              found += 1;
              taken.add(tried);
              bench.tell(tried);
            }
          }
          expect(found).toBe(1);
          taken.delete(tried);
        }
      });

      it("finds the one of 2,000 peers that is on trial", () => {
        const peers = equalPeers(2000);
        const taken = new LuaSet<Peer>();
        const bench = trialBench(variant, peers, taken);
        for (const peer of peers) {
          peer.isUp = false;
          bench.tell(peer);
        }
        const tried = peers[1234]!;
        putOnTrial(bench, tried);
        expect(bench.pick()).toBe(tried);
        taken.add(tried);
        bench.tell(tried);
        expect(bench.pick()).toBeUndefined();
        taken.delete(tried);
        expect(bench.pick()).toBe(tried);
      });

      it("goes by the weight that a peer asks for", () => {
        const peers = [aPeer({ key: "a" }), aPeer({ key: "b" }), aPeer({ key: "c" })];
        const bench = new Bench(variant.factory, peers, variant.options, SEED);
        bench.picks(300);
        const [heavy] = peers;
        heavy!.fullWeight = 4;
        heavy!.weight = 4;
        bench.tell(heavy!);
        bench.update(peers);
        let ofHeavy = 0;
        for (const _ of $range(1, 3000)) if (bench.pick() === heavy) ofHeavy += 1;
        expect(ofHeavy).toBeGreaterThan(1700);
        expect(ofHeavy).toBeLessThan(2400);
      });
    });
  }
});
