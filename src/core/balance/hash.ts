import type { Pause } from "../pause";
import type { Peer } from "../pool/peer";
import type { Balancer, BalancerFactory, PickInput, Sample } from "./contract";
import { checkHashOptions, readHashOptions, type HashOptions } from "./hash-options";
import { WeightLine, type HomeTable } from "./home-table";
import { keyHash } from "./key-hash";
import { walk } from "./key-walk";
import { leastConn } from "./least-conn";
import { LoadView } from "./load-view";
import { buildMaglev } from "./maglev";
import { differenceOf, type Difference } from "./peer-difference";
import { buildRing } from "./ring";
import { isSameShare, NOBODY, rosterOf, type Roster } from "./roster";
import { Slices } from "./slices";

const AT_ONCE = new Slices(undefined);

/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, arXiv 1608.01350): the sessions of a key go to
 * one peer, its home, in every worker and on every gateway; while that one may not be picked or has `balance_factor` times
 * its share of all sessions, to the next one in an order that depends on the key. Who is down, full or draining is walked
 * past: the table depends on nothing but the keys and full weights of the peers.
 */
class Hash implements Balancer {
  /** What `update` said last. */
  private peers: readonly Peer[] = [];
  private weights: readonly number[] = [];
  /** The places of `table` and `view`; those of peers that have left since are empty, and those that came have none yet. */
  private roster = NOBODY;
  private table: HomeTable = new WeightLine(NOBODY);
  private view = new LoadView([], undefined, AT_ONCE);
  /** How many places are taken. */
  private seated = 0;
  /** `table` was made in a moment, as there was no time for a real one yet. */
  private isMakeshift = true;
  /** Counts the updates that `settle` has something to do for, and those it has done it for. */
  private version = 0;
  private settledVersion = 0;

  /** @param keyless picks for sessions without a key */
  constructor(
    private readonly options: HashOptions,
    private readonly keyless: Balancer,
  ) {}

  update(peers: readonly Peer[]): void {
    this.keyless.update(peers);
    const difference = differenceOf(this.peers, this.weights, peers);
    if (difference === undefined) return;
    this.version += 1;
    this.peers = peers.slice();
    this.weights = peers.map((peer) => peer.fullWeight);
    if (!this.isMakeshift) this.reseat(difference);
    if (this.isMakeshift || this.seated === 0) {
      const roster = rosterOf(peers, AT_ONCE);
      this.use(roster, new WeightLine(roster), new LoadView(roster.peers, this.view, AT_ONCE), true);
    }
  }

  settle(pause: Pause): void {
    if (this.keyless.settle !== undefined) this.keyless.settle(pause);
    const slices = new Slices(pause);
    // While it pauses there may be another update.
    while (this.settledVersion !== this.version) {
      const { version } = this;
      const roster = rosterOf(this.peers, slices);
      const table =
        this.isMakeshift || !isSameShare(this.roster, roster) ? this.build(roster, slices) : this.table;
      const view = new LoadView(roster.peers, this.view, slices);
      if (version === this.version) {
        this.use(roster, table, view, false);
        this.settledVersion = version;
      }
    }
  }

  pick(input: PickInput): Peer | undefined {
    if (input.key === "") return this.keyless.pick(input);
    const { view } = this;
    if (view.size === 0) return undefined;
    view.look(input);
    const hash = keyHash(input.key);
    const place = walk(hash, this.table, this.options.balanceFactor, view, input);
    if (place < 0) return this.newcomer(input);
    view.add(place);
    return view.peerAt(place);
  }

  peek(input: PickInput): Peer | undefined {
    if (input.key === "" && this.keyless.peek !== undefined) return this.keyless.peek(input);
    if (this.view.size === 0) return undefined;
    const view = this.view.copy();
    view.lookAtAll(input);
    const place = walk(keyHash(input.key), this.table, this.options.balanceFactor, view, input);
    return place < 0 ? this.newcomer(input) : view.peerAt(place);
  }

  refresh(peer: Peer): void {
    this.view.refresh(peer);
    if (this.keyless.refresh !== undefined) this.keyless.refresh(peer);
  }

  observe(peer: Peer, sample: Sample): void {
    if (this.keyless.observe !== undefined) this.keyless.observe(peer, sample);
  }

  /** Takes those out who left; a peer that another object stands for now has its place still. */
  private reseat({ before, now }: Difference): void {
    const { view } = this;
    const byKey = new LuaMap<string, Peer>();
    for (const peer of now) byKey.set(peer.key, peer);
    for (const peer of before) {
      const place = view.placeOf(peer);
      if (place !== undefined) {
        const successor = byKey.get(peer.key);
        if (successor === undefined) this.seated -= 1;
        view.seat(place, successor);
      }
    }
  }

  /** None of those with a place may be picked: one that came after the table was made, if there is any. */
  private newcomer(input: PickInput): Peer | undefined {
    if (this.settledVersion === this.version) return undefined;
    for (const peer of this.peers) {
      if (peer.fullWeight > 0 && peer.weight > 0 && input.eligible(peer)) return peer;
    }
    return undefined;
  }

  private use(roster: Roster, table: HomeTable, view: LoadView, isMakeshift: boolean): void {
    this.roster = roster;
    this.table = table;
    this.view = view;
    this.seated = roster.peers.length;
    this.isMakeshift = isMakeshift;
  }

  private build(roster: Roster, slices: Slices): HomeTable {
    const { table, tableSize, points } = this.options;
    // Where there is no choice there is nothing to look up.
    if (roster.peers.length < 2) return new WeightLine(roster);
    return table === "ring" ? buildRing(roster, points, slices) : buildMaglev(roster, tableSize, slices);
  }
}

/** @param keyless the balancer that picks for sessions without a key */
export function hashBalancer(keyless: BalancerFactory): BalancerFactory {
  return {
    name: "hash",
    needs: ["key", "load"],
    validate(options) {
      return checkHashOptions(options);
    },
    create(deps, options) {
      return new Hash(readHashOptions(options), keyless.create(deps, {}));
    },
  };
}

export const hash = hashBalancer(leastConn);
