import type { Peer } from "../../../src/core/pool/peer";
import { Bench, isUsable } from "../support/balancer-bench";
import { seededRng } from "../support/seeded-rng";
import { aPeer } from "../support/upstream-fixture";
import type { Variant } from "./variants";

const STEPS = 3000;
const LETTERS = "abcdefghijklmnop";
/** Primes below 2^15, so that every product stays exact. */
const MODULUS = 32_749;
const FACTOR = 31;

export interface Played {
  /** Of the peers picked, in their order. */
  readonly checksum: number;
  /** The first of them. */
  readonly beginning: string;
  /** Picks of a peer that was not there or could not take a session, and sessions for which nobody was found though somebody was there. */
  readonly faults: number;
  readonly picked: number;
}

/**
 * A long day of one upstream: sessions come and go here and elsewhere, peers flip, drain, start slowly, change their
 * weight, come, go, and change places, and handshakes and pings take their time. All of it by one seed, but for what
 * the balancer itself does.
 */
export function play(variant: Variant, seed: number, steps = STEPS): Played {
  return new Day(variant, seed).play(steps);
}

class Day {
  private readonly bench: Bench;
  private readonly rng: { integer(limit: number): number };
  private peers: Peer[] = [];
  private readonly sessions: Peer[] = [];
  private readonly names: string[] = [];
  private checksum = 1;
  private faults = 0;

  constructor({ factory, smallOptions }: Variant, seed: number) {
    this.rng = seededRng(seed);
    for (const at of $range(0, 7)) this.peers.push(this.newPeer(LETTERS.charAt(at)));
    this.bench = new Bench(factory, this.peers, smallOptions, seed + 1);
  }

  play(steps: number): Played {
    for (const _ of $range(1, steps)) this.step();
    const beginning = this.names.slice(0, 30).join("");
    return { checksum: this.checksum, beginning, faults: this.faults, picked: this.names.length };
  }

  private step(): void {
    const chance = this.rng.integer(100);
    this.bench.nowS += this.rng.integer(100) / 1000;
    if (chance <= 55) this.open();
    else if (chance <= 80) this.close();
    else this.change(this.peers[this.rng.integer(this.peers.length) - 1]!, chance);
  }

  private change(peer: Peer, chance: number): void {
    if (chance <= 86) {
      const kind = this.rng.integer(3) === 1 ? "ping" : "handshake";
      this.bench.answer(peer, this.rng.integer(400), this.rng.integer(10) === 1, kind);
    } else if (chance <= 90) {
      peer.isUp = !peer.isUp;
      this.bench.tell(peer);
    } else if (chance <= 92) {
      peer.state = peer.state === "ready" ? "drain" : "ready";
      this.bench.tell(peer);
    } else if (chance <= 94) {
      peer.weight = (peer.fullWeight * this.rng.integer(10)) / 10;
      this.bench.tell(peer);
    } else if (chance <= 96) {
      this.bench.openElsewhere(peer, this.rng.integer(9) - 5);
    } else {
      this.update();
    }
  }

  private update(): void {
    const what = this.rng.integer(4);
    const at = this.rng.integer(this.peers.length) - 1;
    const peers = [...this.peers];
    if (what === 1) {
      const [gone] = peers.splice(at, 1);
      gone!.weight = 0;
    } else if (what === 2) {
      const name = LETTERS.charAt(this.rng.integer(LETTERS.length) - 1);
      if (peers.every((peer) => peer.key !== name)) peers.splice(at, 0, this.newPeer(name));
    } else if (what === 3) {
      peers.push(...peers.splice(0, at));
    } else {
      const peer = peers[at]!;
      peer.fullWeight = this.rng.integer(6) - 1;
      peer.weight = peer.fullWeight;
    }
    if (peers.length === 0) peers.push(this.newPeer("a"));
    this.peers = peers;
    this.bench.update(peers, () => this.open());
  }

  private open(): void {
    // Each session has one retry, as if the first peer did not answer.
    const isRetried = this.rng.integer(10) === 1;
    const peer = this.pick();
    if (peer !== undefined) {
      if (isRetried) {
        this.bench.tried.add(peer);
        const second = this.pick();
        this.bench.tried.delete(peer);
        this.bench.release(peer);
        if (second !== undefined) this.sessions.push(second);
      } else {
        this.sessions.push(peer);
      }
    }
  }

  private pick(): Peer | undefined {
    const someone = this.peers.some((peer) => this.bench.input.eligible(peer));
    const peer = this.bench.pick();
    const isRight =
      peer === undefined
        ? !someone
        : isUsable(peer) && !this.bench.tried.has(peer) && this.peers.includes(peer);
    if (!isRight) this.faults += 1;
    const name = peer === undefined ? "-" : peer.key;
    this.names.push(name);
    this.checksum = (this.checksum * FACTOR + name.charCodeAt(0)) % MODULUS;
    return peer;
  }

  private close(): void {
    if (this.sessions.length === 0) return;
    const at = this.rng.integer(this.sessions.length) - 1;
    const peer = this.sessions[at]!;
    this.sessions[at] = this.sessions[this.sessions.length - 1]!;
    this.sessions.pop();
    this.bench.release(peer);
  }

  private newPeer(key: string): Peer {
    return aPeer({ key, weight: this.rng.integer(5) });
  }
}
