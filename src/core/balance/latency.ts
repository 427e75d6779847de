import type { Sample } from "./contract";
import { decay } from "./decay";

/** The clock of a worker ticks in milliseconds: nothing is known to be faster than that. */
const LEAST_COST_MS = 1;
const LEAST_PENALTY_MS = 1000;
const MOST_PENALTY_MS = 60_000;
const MOST_LATENCY_MS = 3_600_000;
/** An answer that has not come after this is not waited for any more: its client may have gone before it. */
const PATIENCE_MS = 10_000;

/**
 * How fast one peer answers, as Finagle's `PeakEwma` reckons it (twitter/finagle, finagle-core, loadbalancer/PeakEwma.scala):
 *
 *     rtt > cost:  cost = rtt                                 a peak counts at once and in full
 *     otherwise:   cost = cost w + rtt (1 - w)                w = e^(-t/tau), t since the sample before
 *     when read:   cost w                                     who is not asked for long recovers
 *
 * Handshakes and pings are of different scales, so each has a cost of its own, and the larger counts: mixed, a few pings
 * would make a peer whose handshakes are slow look fast. A peer without sessions has no pings and loses nothing by that,
 * since a handshake takes a round trip and more.
 *
 * Unlike Finagle's requests, sessions stay: a peer that refuses them is empty, and `cost * (active + 1)` would send everybody
 * there, whatever its cost. So a cost is not all that a failure leads to: see `isDoubtful`.
 */
export class Latency {
  // Eight fields, one instance per peer and worker: with a ninth, LuaJIT would make the table twice as large.
  private handshakeMs = 0;
  private handshakeAtS = 0;
  private pingMs = 0;
  private pingAtS = 0;
  /** Of the first pick that no handshake has answered for since; 0: there is none. */
  private askedAtS = 0;
  /** Its last handshake has succeeded. */
  private isProven = false;
  /** After a failure, when to try again; 0: the last handshake did not fail. */
  private retryAtS = 0;

  constructor(private readonly tauS: number) {}

  /** A session is on its way to the peer. */
  ask(nowS: number): void {
    if (!this.isAwaited(nowS)) this.askedAtS = nowS;
  }

  /**
   * A failed one counts as slow however fast it was: a refused connect is the fastest answer of all. It takes at least a
   * second, and twice as long as the peer seemed to take before; but the failures of a crowd that came at once are one.
   */
  observe(sample: Sample, nowS: number): void {
    if (sample.kind === "none") {
      this.askedAtS = 0;
      return;
    }
    const ms = sample.latencyMs > 0 ? Math.min(sample.latencyMs, MOST_LATENCY_MS) : 0;
    this.followClock(nowS);
    if (sample.kind === "ping") {
      const knownMs = this.decayed(this.pingMs, this.pingAtS, nowS);
      const lastedMs = sample.isFailed ? penalty(ms, knownMs * 2) : ms;
      this.pingMs = this.blend(this.pingMs, knownMs, lastedMs);
      this.pingAtS = nowS;
      return;
    }
    const knownMs = this.decayed(this.handshakeMs, this.handshakeAtS, nowS);
    let lastedMs = ms;
    let retryAtS = 0;
    if (sample.isFailed) {
      lastedMs = penalty(ms, this.isPenalised(nowS) ? knownMs : knownMs * 2);
      retryAtS = nowS + Math.min(lastedMs, MOST_PENALTY_MS) / 1000;
    }
    this.handshakeMs = this.blend(this.handshakeMs, knownMs, lastedMs);
    this.handshakeAtS = nowS;
    this.askedAtS = 0;
    this.isProven = !sample.isFailed;
    this.retryAtS = retryAtS;
  }

  /** At least what its pending handshake has taken already. */
  costMs(nowS: number): number {
    const knownMs = this.knownMs(nowS);
    if (!this.isAwaited(nowS)) return knownMs;
    return Math.max(knownMs, (nowS - this.askedAtS) * 1000);
  }

  /**
   * Whether it is better to take somebody else, whoever that is: its last handshake failed not long ago; or one is on its
   * way, and none has succeeded before, or it takes longer than it should. So a new peer, and one that failed, gets one session to try
   * it with, and the others once that is answered.
   */
  isDoubtful(nowS: number): boolean {
    if (this.isPenalised(nowS)) return true;
    if (!this.isAwaited(nowS)) return false;
    return !this.isProven || (nowS - this.askedAtS) * 1000 > this.knownMs(nowS);
  }

  private knownMs(nowS: number): number {
    this.followClock(nowS);
    const handshakeMs = this.decayed(this.handshakeMs, this.handshakeAtS, nowS);
    const pingMs = this.decayed(this.pingMs, this.pingAtS, nowS);
    return Math.max(handshakeMs, pingMs, LEAST_COST_MS);
  }

  private isAwaited(nowS: number): boolean {
    if (this.askedAtS === 0) return false;
    const waitedMs = (nowS - this.askedAtS) * 1000;
    return waitedMs >= 0 && waitedMs < PATIENCE_MS;
  }

  private isPenalised(nowS: number): boolean {
    const leftMs = (this.retryAtS - nowS) * 1000;
    // More is left than there ever was: the system's clock was set back.
    return leftMs > 0 && leftMs <= MOST_PENALTY_MS;
  }

  /** What was seen at a time that is yet to come, because the system's clock was set back, was seen now. */
  private followClock(nowS: number): void {
    if (this.handshakeAtS > nowS) this.handshakeAtS = nowS;
    if (this.pingAtS > nowS) this.pingAtS = nowS;
  }

  private decayed(ms: number, atS: number, nowS: number): number {
    return ms * decay((nowS - atS) / this.tauS);
  }

  /** @param knownMs what is left of the cost */
  private blend(costMs: number, knownMs: number, ms: number): number {
    if (ms > costMs) return ms;
    return costMs === 0 ? 0 : knownMs + ms * (1 - knownMs / costMs);
  }
}

function penalty(ms: number, fromCostMs: number): number {
  return Math.max(ms, LEAST_PENALTY_MS, Math.min(fromCostMs, MOST_PENALTY_MS));
}
