import type { UpstreamConfig } from "../../core/config/snapshot";

/** What was seen at one instant after the other, of every peer. */
export interface Series {
  readonly timesS: Float64Array;
  /** Open sessions: those of the first instant, peer by peer, then those of the next. */
  readonly active: Int32Array;
  /** The largest load of a peer that takes sessions, in means; NaN while nothing is open on them. */
  readonly ratio: Float64Array;
  readonly count: number;
}

/**
 * Looks at the true counts. The load of a peer is its sessions by weight; only peers that are ready, up and no backups
 * make up the mean.
 */
export class Recorder {
  private readonly timesS: Float64Array;
  private readonly active: Int32Array;
  private readonly ratio: Float64Array;
  private readonly weights: Float64Array;
  private count = 0;
  /** The loads of all peers at all instants after the warm-up, in means. */
  private readonly loads: Float64Array;
  private loadCount = 0;
  private handshakes = 0;
  private totalMs = 0;
  private mostMs = 0;
  // The busiest second.
  private second = -1;
  private readonly thisSecond: Int32Array;
  private flood = 0;

  constructor(
    private readonly peerIds: readonly string[],
    samples: number,
    private readonly warmupS: number,
  ) {
    this.timesS = new Float64Array(samples);
    this.active = new Int32Array(samples * peerIds.length);
    this.ratio = new Float64Array(samples);
    this.loads = new Float64Array(samples * peerIds.length);
    this.weights = new Float64Array(peerIds.length);
    this.thisSecond = new Int32Array(peerIds.length);
  }

  /** Which peers take sessions now, and how many. */
  use(config: UpstreamConfig, isUp: Uint8Array): void {
    this.weights.fill(0);
    for (const { id, state, weight, isBackup } of config.peers) {
      const peer = this.peerIds.indexOf(id);
      if (state === "ready" && !isBackup && isUp[peer] === 1) this.weights[peer] = weight;
    }
  }

  handshake(peer: number, nowS: number, latencyMs: number): void {
    if (nowS < this.warmupS) return;
    const second = Math.floor(nowS);
    if (second !== this.second) {
      this.second = second;
      this.thisSecond.fill(0);
    }
    const count = this.thisSecond[peer]! + 1;
    this.thisSecond[peer] = count;
    if (count > this.flood) this.flood = count;
    this.handshakes += 1;
    this.totalMs += latencyMs;
    if (latencyMs > this.mostMs) this.mostMs = latencyMs;
  }

  sample(nowS: number, active: Int32Array): void {
    const { count, weights } = this;
    this.timesS[count] = nowS;
    this.active.set(active, count * active.length);
    let sessions = 0;
    let weight = 0;
    for (let peer = 0; peer < active.length; peer++) {
      if (weights[peer]! > 0) {
        sessions += active[peer]!;
        weight += weights[peer]!;
      }
    }
    const mean = sessions / weight;
    let most = NaN;
    if (sessions > 0) {
      most = 0;
      for (let peer = 0; peer < active.length; peer++) {
        if (weights[peer] === 0) continue;
        const load = active[peer]! / weights[peer]! / mean;
        most = Math.max(most, load);
        if (nowS >= this.warmupS) this.loads[this.loadCount++] = load;
      }
    }
    this.ratio[count] = most;
    this.count += 1;
  }

  series(): Series {
    const { timesS, active, ratio, count } = this;
    return { timesS, active, ratio, count };
  }

  /** The most handshakes that one peer got in one second of the clock. */
  floodPerS(): number {
    return this.flood;
  }

  meanHandshakeMs(): number {
    return this.totalMs / this.handshakes;
  }

  slowestHandshakeMs(): number {
    return this.mostMs;
  }

  p99(): number {
    const sorted = this.loads.slice(0, this.loadCount).sort();
    return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN;
  }
}
