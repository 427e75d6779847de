import { peakEwma } from "../../../src/core/balance/peak-ewma";
import type { Peer } from "../../../src/core/pool/peer";
import { Bench } from "../support/balancer-bench";
import { aPeer, equalPeers } from "../support/upstream-fixture";

/** What a peer does with a session that comes to it: after how long it answers, and whether it refuses. */
interface Manner {
  readonly latencyMs: number;
  readonly isFailed: boolean;
}

const QUICK: Manner = { latencyMs: 5, isFailed: false };
const REFUSING: Manner = { latencyMs: 1, isFailed: true };
const HANGING: Manner = { latencyMs: Infinity, isFailed: false };

/** Sessions arrive evenly; each handshake is answered in its time, and a session that was let in stays. */
class Traffic {
  readonly manners = new LuaMap<Peer, Manner>();
  readonly picks = new LuaMap<Peer, number>();
  private pending: { peer: Peer; atS: number; manner: Manner }[] = [];

  constructor(readonly bench: Bench) {}

  run(seconds: number, perSecond: number): void {
    for (const _ of $range(1, seconds * perSecond)) {
      this.bench.nowS += 1 / perSecond;
      this.answer();
      const peer = this.bench.pick()!;
      const manner = this.manners.get(peer) ?? QUICK;
      this.picks.set(peer, this.picksOf(peer) + 1);
      this.pending.push({ peer, atS: this.bench.nowS + manner.latencyMs / 1000, manner });
    }
  }

  picksOf(peer: Peer): number {
    return this.picks.get(peer) ?? 0;
  }

  private answer(): void {
    const waiting: typeof this.pending = [];
    for (const handshake of this.pending) {
      const { peer, atS, manner } = handshake;
      if (atS > this.bench.nowS) waiting.push(handshake);
      else {
        this.bench.answer(peer, manner.latencyMs, manner.isFailed);
        if (manner.isFailed) this.bench.release(peer);
      }
    }
    this.pending = waiting;
  }
}

/** Ten peers with 1000 sessions each that answer in 5 ms, and one more without any. */
function crowdWith(manner: Manner): { traffic: Traffic; last: Peer; others: readonly Peer[] } {
  const others = equalPeers(10);
  const last = aPeer({ key: "last" });
  const bench = new Bench(peakEwma, [...others, last]);
  for (const peer of others) {
    bench.openElsewhere(peer, 1000);
    bench.answer(peer, 5);
  }
  const traffic = new Traffic(bench);
  traffic.manners.set(last, manner);
  return { traffic, last, others };
}

describe("peak_ewma", () => {
  it("turns away from a peer at its first slow answer, and comes back to it", () => {
    const [a, b] = equalPeers(2) as [Peer, Peer];
    const bench = new Bench(peakEwma, [a, b]);
    for (const peer of [a, b]) bench.answer(peer, 10);
    bench.answer(a, 500);
    for (const _ of $range(1, 20)) {
      expect(bench.pick()).toBe(b);
      bench.answer(b, 10);
    }
    bench.nowS += 60;
    expect(bench.pick()).toBe(a);
  });

  it("goes by the load among peers that answer alike", () => {
    const [a, b] = equalPeers(2) as [Peer, Peer];
    const bench = new Bench(peakEwma, [a, b]);
    for (const peer of [a, b]) bench.answer(peer, 10);
    bench.openElsewhere(a, 10);
    expect(bench.picks(5)).toBe("peer-2 peer-2 peer-2 peer-2 peer-2");
  });

  it("lets weight make up for cost", () => {
    const [a, b] = [aPeer({ key: "a", weight: 4 }), aPeer({ key: "b" })];
    const bench = new Bench(peakEwma, [a, b]);
    bench.answer(a, 30);
    bench.answer(b, 10);
    expect(bench.balancer.pick(bench.input)).toBe(a);
    bench.answer(a, 50);
    expect(bench.balancer.pick(bench.input)).toBe(b);
  });

  it("gives a peer that answers at half the speed half the sessions", () => {
    const [a, b] = equalPeers(2) as [Peer, Peer];
    const traffic = new Traffic(new Bench(peakEwma, [a, b]));
    traffic.manners.set(a, { latencyMs: 20, isFailed: false });
    traffic.manners.set(b, { latencyMs: 40, isFailed: false });
    traffic.run(60, 50);
    expect(Math.abs(traffic.bench.share(a) - 2 / 3)).toBeLessThan(0.05);
  });

  it("is not drawn to an empty peer that refuses at once", () => {
    const { traffic, last } = crowdWith(REFUSING);
    traffic.run(60, 500);
    // A try whenever its penalty is over: after 1 s, 2 s, 3 s, then every 5 to 7.
    expect(traffic.picksOf(last)).toBeGreaterThan(3);
    expect(traffic.picksOf(last)).toBeLessThan(20);
  });

  it("is not drawn to an empty peer that refuses while the others are slow", () => {
    const { traffic, last, others } = crowdWith(REFUSING);
    for (const peer of others) {
      traffic.manners.set(peer, { latencyMs: 3000, isFailed: false });
      traffic.bench.answer(peer, 3000);
    }
    traffic.run(60, 100);
    expect(traffic.picksOf(last)).toBeLessThan(30);
  });

  it("is not drawn to an empty peer that never answers", () => {
    const { traffic, last } = crowdWith(HANGING);
    traffic.run(60, 500);
    // One session at a time, and 10 s of patience with each.
    expect(traffic.picksOf(last)).toBeGreaterThan(3);
    expect(traffic.picksOf(last)).toBeLessThan(10);
  });

  it("leaves a peer that used to answer and hangs", () => {
    const { traffic, others } = crowdWith(QUICK);
    const hanging = others[0]!;
    traffic.manners.set(hanging, HANGING);
    traffic.run(9, 500);
    expect(traffic.picksOf(hanging)).toBeLessThan(10);
  });

  it("tries a new peer with one session, and fills it once that is answered", () => {
    const { traffic, last } = crowdWith({ latencyMs: 2000, isFailed: false });
    traffic.run(1, 500);
    expect(traffic.picksOf(last)).toBe(1);
    traffic.run(2, 500);
    const tried = traffic.picksOf(last);
    expect(tried).toBeLessThan(200);
    traffic.manners.set(last, QUICK);
    traffic.run(60, 100);
    // It was slow once: it gets its share as that fades.
    expect(traffic.picksOf(last)).toBeGreaterThan(tried + 200);
  });

  it("takes it for quick again after one that failed and one that did not", () => {
    const { traffic, last } = crowdWith(REFUSING);
    traffic.run(5, 500);
    const refused = traffic.picksOf(last);
    traffic.manners.set(last, QUICK);
    traffic.run(60, 100);
    expect(traffic.picksOf(last)).toBeGreaterThan(refused + 200);
  });

  it("picks of those that are doubtful if there is nobody else", () => {
    const [a, b] = equalPeers(2) as [Peer, Peer];
    const bench = new Bench(peakEwma, [a, b]);
    for (const peer of [a, b]) bench.answer(peer, 1, true);
    bench.openElsewhere(a, 5);
    expect(bench.pick()).toBe(b);
    b.isUp = false;
    expect(bench.pick()).toBe(a);
  });

  it("keeps what it knows of a peer through updates, by the peer itself", () => {
    const [a, b, c] = equalPeers(3) as [Peer, Peer, Peer];
    const bench = new Bench(peakEwma, [a, b]);
    bench.answer(a, 500);
    bench.answer(b, 10);
    a.weight = 0;
    bench.update([c, a]);
    a.weight = 1;
    bench.answer(c, 10);
    bench.update([a, c]);
    expect(bench.pick()).toBe(c);
    bench.answer(c, 10);
    bench.update([c]);
    bench.update([c, a]);
    bench.openElsewhere(c, 5);
    expect(bench.pick()).toBe(a);
  });

  it("keeps what it knows while an update settles, and settles for the last one", () => {
    const peers = equalPeers(1200);
    const [a, b] = peers as [Peer, Peer];
    const bench = new Bench(peakEwma, [a, b]);
    bench.answer(a, 500);
    bench.answer(b, 10);
    for (const peer of peers.slice(2)) peer.isUp = false;
    let pauses = 0;
    bench.update(peers, () => {
      pauses += 1;
      expect(bench.pick()).toBe(b);
      bench.answer(b, 10);
    });
    expect(pauses).toBe(2);
    const late = peers[1100]!;
    bench.update(peers.slice(0, 600), () => {
      bench.update(peers);
    });
    late.isUp = true;
    bench.answer(late, 100_000);
    let picks = 0;
    for (const _ of $range(1, 50)) {
      if (bench.pick() === late) picks += 1;
      bench.answer(b, 10);
    }
    // Now and then it is drawn alone, as nearly all the others are down.
    expect(picks).toBeLessThan(5);
  });
});

describe("the options of peak_ewma", () => {
  it("are tau, a duration", () => {
    const wrong = '"tau" must be a duration from "100ms" to "1h", such as "10s"';
    for (const tau of ["100ms", "10s", "1h"]) expect(peakEwma.validate({ tau })).toBeUndefined();
    for (const tau of ["99ms", "2h", "10", "", 10, true]) expect(peakEwma.validate({ tau })).toBe(wrong);
    expect(peakEwma.validate({})).toBeUndefined();
  });

  it("are nothing else", () => {
    expect(peakEwma.validate({ decay: "1s" })).toBe('peak_ewma has no option "decay"; it takes "tau"');
  });

  it("say how long a peak is remembered", () => {
    const [a, b] = equalPeers(2) as [Peer, Peer];
    const bench = new Bench(peakEwma, [a, b], { tau: "1s" });
    bench.answer(a, 500);
    bench.answer(b, 10);
    bench.nowS += 2;
    bench.answer(b, 10);
    expect(bench.pick()).toBe(b);
    bench.answer(b, 10);
    bench.nowS += 3;
    bench.answer(b, 10);
    expect(bench.pick()).toBe(a);
  });
});
