import type { Peer } from "../pool/peer";

const FIRST_CAPACITY = 16;

/** Sessions that have opened and do not count yet, the oldest first: in a ring that grows to what is needed. */
export class Probation {
  size = 0;
  private peers: (Peer | false)[] = [];
  private endsS: number[] = [];
  private first = 0;

  /** None may end before those that were added earlier. */
  add(peer: Peer, endS: number): void {
    if (this.size === this.peers.length) this.grow();
    const { peers } = this;
    const last = this.first + this.size;
    const place = last < peers.length ? last : last - peers.length;
    peers[place] = peer;
    this.endsS[place] = endS;
    this.size += 1;
  }

  /**
   * The peer of the oldest one if it has lasted long enough, which is then forgotten.
   * @param longestS no more is ever left, unless the system's clock was set back
   */
  takeDone(nowS: number, longestS: number): Peer | undefined {
    if (this.size === 0) return undefined;
    const { peers, first } = this;
    const leftS = this.endsS[first]! - nowS;
    if (leftS > 0 && leftS <= longestS * 2) return undefined;
    const peer = peers[first]!;
    peers[first] = false;
    this.first = first + 1 < peers.length ? first + 1 : 0;
    this.size -= 1;
    return peer === false ? undefined : peer;
  }

  private grow(): void {
    const { peers, endsS, first, size } = this;
    const widerPeers: (Peer | false)[] = [];
    const widerEnds: number[] = [];
    for (const step of $range(0, Math.max(FIRST_CAPACITY, size * 2) - 1)) {
      const place = first + step < size ? first + step : first + step - size;
      widerPeers.push(step < size ? peers[place]! : false);
      widerEnds.push(step < size ? endsS[place]! : 0);
    }
    this.peers = widerPeers;
    this.endsS = widerEnds;
    this.first = 0;
  }
}
