import type { Handshake } from "../scenario/scenario";
import type { Randomness } from "./randomness";

const MS_PER_S = 1000;

/** How long peers take to answer: each a time of its own, and a queue where they can do only so many a second. */
export class PeerSpeed {
  private readonly meansMs: Float64Array;
  /** Until when a peer answers those who came before. */
  private readonly busyUntilS: Float64Array;

  constructor(
    private readonly handshake: Handshake,
    peerIds: readonly string[],
    private readonly randomness: Randomness,
  ) {
    this.meansMs = Float64Array.from(peerIds, (id) => handshake.peers[id] ?? handshake.latency_ms);
    this.busyUntilS = new Float64Array(peerIds.length);
  }

  /** Of a handshake that begins now. */
  latencyMs(peer: number, nowS: number): number {
    const { jitter, capacity_per_s: capacity } = this.handshake;
    const ownMs = this.meansMs[peer]! * (1 + jitter * (2 * this.randomness.unit() - 1));
    if (capacity === 0) return ownMs;
    const freeS = Math.max(nowS, this.busyUntilS[peer]!) + 1 / capacity;
    this.busyUntilS[peer] = freeS;
    return ownMs + (freeS - nowS) * MS_PER_S;
  }

  change(peer: number, meanMs: number): void {
    this.meansMs[peer] = meanMs;
  }

  /** It starts anew, and who waited is gone. */
  reset(peer: number): void {
    this.busyUntilS[peer] = 0;
  }
}
