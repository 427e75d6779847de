import type { Peer } from "../pool/peer";
import type { Rng } from "../ports";
import type { PickInput } from "./contract";
import { placeOfPoint } from "./running-sums";

/** Draws by weight before those who may be picked are looked for one by one. */
const MAX_DRAWS = 20;
/** How many of those who may be picked are enough to choose among. */
const MAX_FOUND = 8;
/** Peers asked to find somebody to compare the first one with; if there is nobody, the first one is it. */
const MAX_ASKED_FOR_SECOND = 512;
/** In how many steps a draw divides the weights: few enough for every generator, and exact in a double. */
const STEPS = 1_073_741_824;

const NOBODY = -1;

/**
 * Draws two distinct eligible peers by weight, in O(log n) while a fair part of the weight is eligible: a binary search in
 * the running sums of the full weights, where whoever is not eligible is drawn again, and one that starts slowly as often
 * as it lacks weight. After some draws in vain the peers are asked one after another from a random one on, in strides of
 * the golden ratio, so that a row of peers that are down does not send all its sessions to the one behind it.
 */
export class WeightedSampler {
  private peers: readonly Peer[] = [];
  /** Of each peer, its full weight and that of all before it. */
  private ends: readonly number[] = [];
  private stride = 1;
  /** Places of eligible peers, while one of them is chosen. */
  private readonly found: number[] = [];

  constructor(private readonly rng: Rng) {
    for (const _ of $range(1, MAX_FOUND)) this.found.push(NOBODY);
  }

  update(peers: readonly Peer[]): void {
    const weighty: Peer[] = [];
    const ends: number[] = [];
    let end = 0;
    for (const peer of peers) {
      if (peer.fullWeight > 0) {
        end += peer.fullWeight;
        weighty.push(peer);
        ends.push(end);
      }
    }
    this.peers = weighty;
    this.ends = ends;
    this.stride = strideOf(weighty.length);
  }

  /** The first one is there if anybody is eligible, the second one if two are; it may be missed if the first has nearly all the weight. */
  draw(input: PickInput): LuaMultiReturn<[Peer | undefined, Peer | undefined]> {
    const { peers } = this;
    if (peers.length === 0) return $multi(undefined, undefined);
    const first = this.drawOne(input, NOBODY);
    if (first === NOBODY) return this.drawFound(this.find(input, NOBODY, peers.length));
    let second = NOBODY;
    if (peers.length > 1) {
      second = this.drawOne(input, first);
      if (second === NOBODY) {
        const count = this.find(input, first, Math.min(peers.length, MAX_ASKED_FOR_SECOND));
        if (count > 0) second = this.takeFound(count);
      }
    }
    return $multi(peers[first], second === NOBODY ? undefined : peers[second]);
  }

  private drawFound(count: number): LuaMultiReturn<[Peer | undefined, Peer | undefined]> {
    if (count === 0) return $multi(undefined, undefined);
    const first = this.peers[this.takeFound(count)];
    return $multi(first, count === 1 ? undefined : this.peers[this.takeFound(count - 1)]);
  }

  /** @param other whom not to draw: its weight is left out of the draw */
  private drawOne(input: PickInput, other: number): number {
    const { peers, ends } = this;
    let total = ends[ends.length - 1]!;
    let gap = 0;
    let gapStart = total;
    if (other !== NOBODY) {
      gapStart = other === 0 ? 0 : ends[other - 1]!;
      gap = ends[other]! - gapStart;
      total -= gap;
    }
    for (const _ of $range(1, MAX_DRAWS)) {
      const point = this.point(total);
      const at = placeOfPoint(ends, point >= gapStart ? point + gap : point);
      const peer = peers[at]!;
      if (at !== other && this.isInShare(peer) && input.eligible(peer)) return at;
    }
    return NOBODY;
  }

  /** A peer that starts slowly is drawn by its full weight, and stands back for what it lacks of it. */
  private isInShare({ weight, fullWeight }: Peer): boolean {
    return weight >= fullWeight || (weight > 0 && this.point(fullWeight) < weight);
  }

  /** Fills `found` and says how far. */
  private find(input: PickInput, other: number, maxAsked: number): number {
    const { peers, found, stride } = this;
    let at = this.rng.integer(peers.length) - 1;
    let count = 0;
    for (let asked = 0; asked < maxAsked && count < MAX_FOUND; asked++) {
      const peer = peers[at]!;
      if (at !== other && peer.weight > 0 && input.eligible(peer)) {
        found[count] = at;
        count += 1;
      }
      at += stride;
      if (at >= peers.length) at -= peers.length;
    }
    return count;
  }

  /** One of the first `count` of those found, by weight; the last one takes its place among them. */
  private takeFound(count: number): number {
    const { peers, found } = this;
    let total = 0;
    for (let slot = 0; slot < count; slot++) total += peers[found[slot]!]!.weight;
    let rest = this.point(total);
    let slot = 0;
    while (slot < count - 1 && rest >= peers[found[slot]!]!.weight) {
      rest -= peers[found[slot]!]!.weight;
      slot += 1;
    }
    const taken = found[slot]!;
    found[slot] = found[count - 1]!;
    return taken;
  }

  /** In `[0, total)`. */
  private point(total: number): number {
    return ((this.rng.integer(STEPS) - 1) / STEPS) * total;
  }
}

/** About the golden part of `count`, and with no divisor in common: so all are met, neighbours far apart. */
function strideOf(count: number): number {
  if (count < 3) return 1;
  let stride = Math.floor(count * 0.618);
  while (greatestDivisor(stride, count) !== 1) stride -= 1;
  return stride;
}

function greatestDivisor(a: number, b: number): number {
  while (b > 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}
