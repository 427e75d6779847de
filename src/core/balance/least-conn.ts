import { isWithdrawn, type Peer } from "../pool/peer";
import type { Rng } from "../ports";
import type { Balancer, BalancerFactory, PickInput } from "./contract";
import { leastLoaded } from "./least-loaded";
import { LoadIndex } from "./load-index";
import { Parking } from "./parking";

/**
 * Fewest sessions for the weight: the lowest `(active + 1) / weight` over all workers.
 *
 * Equal loads are taken by turn, as in stride scheduling (Waldspurger and Weihl 1995, "Stride Scheduling: Deterministic
 * Proportional-Share Resource Management", where the turn is called pass): the earliest turn wins and moves on by
 * `1 / weight`, which is a smooth weighted round robin. Turns begin at random in `[0, 1 / weight)`, so that workers that
 * start together do not all begin with the same peer. Whoever has missed turns, because it was down or busy, does not get
 * them back: it would be flooded.
 *
 * A pick does not read every count. It goes by counts remembered in a heap, of which it trusts none that is lower than
 * the real one: what comes out on top is read, and put back in its place if sessions were added meanwhile. So a peer is
 * picked only with its true load, and what other workers added anywhere does no harm. What they took away is found by
 * reading one peer in rotation at each pick. Hence, with n peers:
 * - a count that other workers lowered is noticed after at most n picks of this worker;
 * - one that this worker lowered is noticed at once (`refresh`);
 * - counts that others raised, or that were never read, are corrected `CORRECTIONS` at a time: where more are wrong, the
 *   pick goes to the lowest of those that it read.
 */

/** How many remembered counts may turn out too low in one pick. With W workers that are equally busy it is W - 1 on average. */
const CORRECTIONS = 16;

/** Peers of each kind set aside that are asked about again at each pick; the next session finds all that this one has tried. */
const SECOND_LOOKS = 4;

const TURN_STEPS = 1_000_000;

class LeastConn implements Balancer {
  /** By slot, as all the other arrays. */
  private readonly peers: Peer[] = [];
  private readonly slots = new LuaMap<Peer, number>();
  /** Sessions as remembered; 0 before the first reading, which is the lowest there can be. */
  private readonly counts: number[] = [];
  private readonly turns: number[] = [];
  /** The update that had the peer last. */
  private readonly updates: number[] = [];
  private lastUpdate = 0;
  /** Each slot is in one of the three. What was not eligible when it would have been picked is set aside. */
  private readonly index = new LoadIndex();
  /** Tried by the session, full, or new: most are wanted again soon. */
  private readonly waiting = new Parking();
  /** Down, draining, or of weight 0. */
  private readonly out = new Parking();
  /** The latest turn that was taken. */
  private latestTurn = 0;
  /** The slot that is read again next. */
  private next = 0;

  constructor(private readonly rng: Rng) {}

  update(peers: readonly Peer[]): void {
    const { slots, updates } = this;
    const update = this.lastUpdate + 1;
    this.lastUpdate = update;
    const newcomers: Peer[] = [];
    for (const peer of peers) {
      const slot = slots.get(peer);
      if (slot === undefined) {
        newcomers.push(peer);
      } else {
        updates[slot] = update;
        this.file(slot, peer);
      }
    }
    if (peers.length - newcomers.length === updates.length) {
      for (const peer of newcomers) this.add(peer);
    } else {
      this.replace(newcomers, update);
    }
  }

  pick(input: PickInput): Peer | undefined {
    const { index, waiting, out } = this;
    if (waiting.size > 0) this.lookAgain(waiting, SECOND_LOOKS, input);
    if (out.size > 0) this.lookAgain(out, SECOND_LOOKS, input);
    if (index.size > 0) {
      this.reread(input);
      const peer = this.takeLowest(input);
      if (peer !== undefined) return peer;
    }
    this.lookAgain(waiting, waiting.size, input);
    this.lookAgain(out, out.size, input);
    return this.takeLowest(input);
  }

  peek(input: PickInput): Peer | undefined {
    return leastLoaded(this.peers, this.turns, input);
  }

  /** Reads nothing: it takes a slot for given back, and if none was, the pick that this leads to will find out. */
  refresh(peer: Peer): void {
    const slot = this.slots.get(peer);
    if (slot === undefined) return;
    const { counts } = this;
    if (counts[slot]! > 0) counts[slot] = counts[slot]! - 1;
    this.file(slot, peer);
  }

  /** Most picks are one look at what is on top; what takes more is left to a loop, which LuaJIT compiles apart. */
  private takeLowest(input: PickInput): Peer | undefined {
    const { peers, counts, turns, index } = this;
    if (index.size === 0) return undefined;
    const slot = index.lowest();
    const peer = peers[slot]!;
    if (peer.weight <= 0 || !input.eligible(peer)) {
      this.setAside(slot, peer);
      return this.searchLowest(input, -1, 0);
    }
    const count = input.active(peer);
    const load = (count + 1) / peer.weight;
    counts[slot] = count;
    if (load <= index.lowestLoad()) return this.take(slot, peer);
    index.change(slot, load, turns[slot]!);
    return this.searchLowest(input, slot, load);
  }

  /** @param known whose count was read already, with its load; below 0 for none */
  private searchLowest(input: PickInput, known: number, knownLoad: number): Peer | undefined {
    const { peers, counts, turns, index } = this;
    let corrections = known < 0 ? 0 : 1;
    let least = known;
    let leastLoad = knownLoad;
    while (index.size > 0) {
      const slot = index.lowest();
      const peer = peers[slot]!;
      if (peer.weight <= 0 || !input.eligible(peer)) {
        this.setAside(slot, peer);
      } else {
        const count = input.active(peer);
        const load = (count + 1) / peer.weight;
        counts[slot] = count;
        if (load <= index.lowestLoad()) return this.take(slot, peer);
        index.change(slot, load, turns[slot]!);
        if (least < 0 || load < leastLoad) {
          least = slot;
          leastLoad = load;
        }
        corrections += 1;
        if (corrections === CORRECTIONS) return this.take(least, peers[least]!);
      }
    }
    return undefined;
  }

  private setAside(slot: number, peer: Peer): void {
    this.index.remove(slot);
    (isInService(peer) ? this.waiting : this.out).add(slot);
  }

  private take(slot: number, peer: Peer): Peer {
    const { counts, turns, latestTurn } = this;
    const { weight } = peer;
    const turn = turns[slot]!;
    this.latestTurn = Math.max(turn, latestTurn);
    // By whole steps, so that peers do not fall into step with each other.
    turns[slot] = turn + Math.max(1, Math.ceil((latestTurn - turn) * weight)) / weight;
    counts[slot] = counts[slot]! + 1;
    this.index.change(slot, (counts[slot]! + 1) / weight, turns[slot]!);
    return peer;
  }

  private reread(input: PickInput): void {
    const slot = this.next;
    this.next = (slot + 1) % this.peers.length;
    if (!this.index.has(slot)) return;
    const peer = this.peers[slot]!;
    const count = input.active(peer);
    if (count === this.counts[slot]!) return;
    this.counts[slot] = count;
    this.index.change(slot, (count + 1) / peer.weight, this.turns[slot]!);
  }

  private lookAgain(aside: Parking, times: number, input: PickInput): void {
    const { peers, counts, turns, index } = this;
    for (let left = Math.min(times, aside.size); left > 0; left--) {
      const slot = aside.current();
      const peer = peers[slot]!;
      if (peer.weight > 0 && input.eligible(peer)) {
        aside.remove(slot);
        counts[slot] = input.active(peer);
        index.add(slot, (counts[slot]! + 1) / peer.weight, turns[slot]!);
      } else {
        aside.skip();
      }
    }
  }

  /** Puts a slot where the weight and the state of its peer want it. */
  private file(slot: number, peer: Peer): void {
    const { counts, turns, index } = this;
    const load = (counts[slot]! + 1) / peer.weight;
    if (index.has(slot)) {
      if (!isInService(peer)) {
        index.remove(slot);
        this.out.add(slot);
      } else if (index.loadOf(slot) !== load) {
        index.change(slot, load, turns[slot]!);
      }
    } else if (isInService(peer)) {
      this.holder(slot).remove(slot);
      index.add(slot, load, turns[slot]!);
    }
  }

  /** Only of a slot that is set aside. */
  private holder(slot: number): Parking {
    return this.out.has(slot) ? this.out : this.waiting;
  }

  /** A newcomer with the key of one that goes is the same peer at another address: it takes over its slot. */
  private replace(newcomers: readonly Peer[], update: number): void {
    const { peers, slots, updates } = this;
    const leaving = new LuaMap<string, number>();
    for (let slot = 0; slot < peers.length; slot++) {
      if (updates[slot] !== update) leaving.set(peers[slot]!.key, slot);
    }
    for (const peer of newcomers) {
      const slot = leaving.get(peer.key);
      if (slot === undefined) {
        this.add(peer);
      } else {
        slots.delete(peers[slot]!);
        slots.set(peer, slot);
        peers[slot] = peer;
        updates[slot] = update;
        this.file(slot, peer);
      }
    }
    for (let slot = peers.length - 1; slot >= 0; slot--) if (updates[slot] !== update) this.drop(slot);
    if (this.next >= peers.length) this.next = 0;
  }

  private add(peer: Peer): void {
    const { peers, index, waiting, out } = this;
    const slot = peers.length;
    const step = peer.weight > 0 ? 1 / peer.weight : 1;
    const turn = this.latestTurn + ((this.rng.integer(TURN_STEPS) - 1) / TURN_STEPS) * step;
    peers[slot] = peer;
    this.slots.set(peer, slot);
    this.counts[slot] = 0;
    this.turns[slot] = turn;
    this.updates[slot] = this.lastUpdate;
    index.grow(slot);
    waiting.grow(slot);
    out.grow(slot);
    if (isInService(peer)) index.add(slot, step, turn);
    else out.add(slot);
  }

  /** The last slot moves into the gap. */
  private drop(slot: number): void {
    const { peers, slots, counts, turns, updates, index, waiting, out } = this;
    const last = peers.length - 1;
    slots.delete(peers[slot]!);
    if (index.has(slot)) index.remove(slot);
    else this.holder(slot).remove(slot);
    if (slot !== last) {
      const peer = peers[last]!;
      peers[slot] = peer;
      slots.set(peer, slot);
      counts[slot] = counts[last]!;
      turns[slot] = turns[last]!;
      updates[slot] = updates[last]!;
      if (index.has(last)) index.rename(last, slot);
      else this.holder(last).rename(last, slot);
    }
    peers.pop();
    counts.pop();
    turns.pop();
    updates.pop();
    index.shrink();
    waiting.shrink();
    out.shrink();
  }
}

/** Decides nothing, only where a peer is kept: thousands that are down at once are not left for one pick to meet. */
function isInService(peer: Peer): boolean {
  return peer.weight > 0 && peer.state === "ready" && (peer.isUp || peer.isOnTrial) && !isWithdrawn(peer);
}

export const leastConn: BalancerFactory = {
  name: "least_conn",
  needs: ["load"],
  validate(options) {
    for (const name of Object.keys(options)) return `least_conn has no options, and "${name}" is one`;
    return undefined;
  },
  create(deps) {
    return new LeastConn(deps.rng);
  },
};
