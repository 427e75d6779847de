import type { Peer } from "../pool/peer";
import type { PickInput } from "./contract";
import { Slices } from "./slices";

/** Peers asked again at each pick, in turn: what other workers do is seen after `peers / 4` picks at most. */
const READS_PER_PICK = 4;
/** The same until everybody has been asked once. */
const FIRST_READS_PER_PICK = 64;
/** Peers asked again at a pick because something is known to have changed. */
const CHANGES_PER_PICK = 16;

/** What rounding may add to a share that is a whole number. */
const ROUNDING = 1e-9;

/**
 * How many sessions some peers have, as far as it is known without asking all of them at each pick: a few are asked in turn,
 * and whoever is to be picked. A peer that was not asked yet, or may not be picked, counts as nobody.
 */
export class LoadView {
  /** How many places there are; a peer that leaves, leaves its place empty. */
  readonly size: number;
  /** False: the place is empty. */
  private readonly peers: (Peer | false)[] = [];
  private readonly places = new LuaMap<Peer, number>();
  private readonly loads: number[] = [];
  /** 0: may not be picked. */
  private readonly weights: number[] = [];
  private load = 0;
  private weight = 0;
  /** Whom to ask next. */
  private next = 0;
  /** How many are still to be asked for the first time. */
  private unread: number;
  /** The places of those that changed, in a ring that has room for all. */
  private readonly changed: number[] = [];
  private readonly isChanged: boolean[] = [];
  private firstChange = 0;
  private changes = 0;

  /** @param before what it saw last is what this one begins with */
  constructor(peers: readonly (Peer | false)[], before: LoadView | undefined, slices: Slices) {
    this.size = peers.length;
    this.unread = peers.length;
    for (let place = 0; place < peers.length; place++) {
      const peer = peers[place]!;
      const placeBefore = before === undefined || peer === false ? undefined : before.places.get(peer);
      this.peers.push(peer);
      if (peer !== false) this.places.set(peer, place);
      this.loads.push(placeBefore === undefined ? 0 : before!.loads[placeBefore]!);
      this.weights.push(placeBefore === undefined ? 0 : before!.weights[placeBefore]!);
      this.changed.push(0);
      this.isChanged.push(false);
      slices.spend(10);
    }
    this.sumUp();
  }

  /** The same places, of which nothing is known yet. */
  copy(): LoadView {
    return new LoadView(this.peers, undefined, new Slices(undefined));
  }

  peerAt(place: number): Peer | undefined {
    const peer = this.peers[place];
    return peer === undefined || peer === false ? undefined : peer;
  }

  placeOf(peer: Peer): number | undefined {
    return this.places.get(peer);
  }

  /** Gives a place to another peer, or to nobody. */
  seat(place: number, peer: Peer | undefined): void {
    const before = this.peers[place]!;
    if (before === peer) return;
    if (before !== false) this.places.delete(before);
    this.peers[place] = peer ?? false;
    if (peer !== undefined) this.places.set(peer, place);
    this.note(place, 0, 0);
    this.noteChange(place);
  }

  /** Something about the peer has changed: it is among the next to be asked. */
  refresh(peer: Peer): void {
    const place = this.places.get(peer);
    if (place !== undefined) this.noteChange(place);
  }

  /** To be called at each pick. */
  look(input: PickInput): void {
    const { size } = this;
    for (let left = Math.min(this.changes, CHANGES_PER_PICK); left > 0; left--) {
      const place = this.changed[this.firstChange]!;
      this.firstChange += 1;
      if (this.firstChange === size) this.firstChange = 0;
      this.changes -= 1;
      this.isChanged[place] = false;
      this.read(place, input);
    }
    let reads = Math.min(READS_PER_PICK, size);
    if (this.unread > 0) {
      reads = Math.min(this.unread, FIRST_READS_PER_PICK);
      this.unread -= reads;
    }
    for (; reads > 0; reads--) {
      this.read(this.next, input);
      this.next += 1;
      if (this.next === size) {
        this.next = 0;
        this.sumUp();
      }
    }
  }

  /** Slow path: asks everybody. */
  lookAtAll(input: PickInput): void {
    for (let place = 0; place < this.size; place++) this.read(place, input);
    this.sumUp();
  }

  /** Asks one. @returns whether it may be picked */
  read(place: number, input: PickInput): boolean {
    const peer = this.peers[place]!;
    if (peer !== false && input.eligible(peer) && peer.weight > 0) {
      this.note(place, input.active(peer), peer.weight);
      return true;
    }
    this.note(place, 0, 0);
    return false;
  }

  /** One session more. */
  add(place: number): void {
    this.loads[place] = this.loads[place]! + 1;
    this.load += 1;
  }

  /** Whether it could be picked when it was asked last. */
  wasEligible(place: number): boolean {
    return this.weights[place]! > 0;
  }

  /**
   * Whether one session more leaves an eligible peer at its bound or below: `factor` times its share of all sessions, that
   * one among them, rounded up.
   */
  hasRoom(place: number, factor: number): boolean {
    const share = ((this.load + 1) * this.weights[place]!) / this.weight;
    return this.loads[place]! < Math.ceil(factor * share - ROUNDING);
  }

  /** Sessions per weight of an eligible peer, with one more. */
  relativeLoad(place: number): number {
    return (this.loads[place]! + 1) / this.weights[place]!;
  }

  private note(place: number, load: number, weight: number): void {
    this.load += load - this.loads[place]!;
    this.weight += weight - this.weights[place]!;
    this.loads[place] = load;
    this.weights[place] = weight;
  }

  private noteChange(place: number): void {
    if (this.isChanged[place]!) return;
    this.isChanged[place] = true;
    this.changed[(this.firstChange + this.changes) % this.size] = place;
    this.changes += 1;
  }

  /** Sums of fractions drift if they are only ever added to and taken from. */
  private sumUp(): void {
    let load = 0;
    let weight = 0;
    for (let place = 0; place < this.size; place++) {
      load += this.loads[place]!;
      weight += this.weights[place]!;
    }
    this.load = load;
    this.weight = weight;
  }
}
