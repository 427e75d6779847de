import type { Balancer, PickInput, Sample } from "../balance/contract";
import type { Pause } from "../pause";
import type { Eligibility } from "./eligibility";
import type { Peer } from "./peer";

/**
 * The peers of one upstream in the order in which they are asked: those in the gateway's own zone, all that are no backups,
 * and the backups. Each tier has a balancer of its own.
 */
export class Tiers {
  /** Absent where the gateway has no zone, or all peers or none are in it. */
  private near: Balancer | undefined;
  private primary: Balancer;
  private backup: Balancer;
  private hasBackups = false;

  /** @param zone the gateway's own; `""`: none */
  constructor(
    private readonly zone: string,
    private create: (this: void) => Balancer,
  ) {
    this.primary = create();
    this.backup = create();
  }

  /** Another policy: all balancers begin anew. */
  replace(create: (this: void) => Balancer): void {
    this.create = create;
    this.near = undefined;
    this.primary = create();
    this.backup = create();
  }

  /** At once; `settle` is to follow. */
  update(primary: readonly Peer[], backup: readonly Peer[]): void {
    this.hasBackups = backup.length > 0;
    this.primary.update(primary);
    this.backup.update(backup);
    if (this.zone === "") return;
    const near = primary.filter((peer) => peer.zone === this.zone);
    if (near.length === 0 || near.length === primary.length) {
      this.near = undefined;
      return;
    }
    this.near ??= this.create();
    this.near.update(near);
  }

  settle(pause: Pause): void {
    // One by one: in Lua, a list that begins with `undefined` has nothing in it.
    if (this.near !== undefined) settleIn(this.near, pause);
    settleIn(this.primary, pause);
    settleIn(this.backup, pause);
  }

  /**
   * Backups come when nobody else is eligible, and peers that start slowly have more than their part rather than that.
   * @param hasCap some peer starts slowly
   */
  pick(input: PickInput, eligibility: Eligibility, hasCap: boolean): Peer | undefined {
    if (eligibility.hasPrimariesUp()) {
      eligibility.isCapped = hasCap;
      eligibility.hasHeldBack = false;
      let peer = eligibility.isPanic || this.near === undefined ? undefined : this.near.pick(input);
      peer ??= this.primary.pick(input);
      eligibility.isCapped = false;
      if (peer === undefined && eligibility.hasHeldBack) peer = this.primary.pick(input);
      if (peer !== undefined) return peer;
    }
    if (!this.hasBackups) return undefined;
    eligibility.isCapped = hasCap;
    eligibility.hasHeldBack = false;
    const backup = this.backup.pick(input);
    eligibility.isCapped = false;
    return backup === undefined && eligibility.hasHeldBack ? this.backup.pick(input) : backup;
  }

  /** What `pick` would say, which changes nothing. Slow path. @param peers all of the upstream */
  peek(input: PickInput, eligibility: Eligibility, peers: readonly Peer[]): Peer | undefined {
    const { near, primary, backup, zone } = this;
    let peer: Peer | undefined;
    if (eligibility.hasPrimariesUp()) {
      if (near !== undefined && !eligibility.isPanic)
        peer = this.peekIn(near, input, peers, (one) => !one.isBackup && one.zone === zone);
      peer ??= this.peekIn(primary, input, peers, (one) => !one.isBackup);
    }
    return peer ?? this.peekIn(backup, input, peers, (one) => one.isBackup);
  }

  refresh(peer: Peer): void {
    if (peer.isBackup) {
      refreshIn(this.backup, peer);
      return;
    }
    refreshIn(this.primary, peer);
    if (this.near !== undefined && peer.zone === this.zone) refreshIn(this.near, peer);
  }

  /** Whether anyone wants to be told how long peers take. */
  isObserving(): boolean {
    return this.primary.observe !== undefined;
  }

  observe(peer: Peer, sample: Sample): void {
    if (peer.isBackup) {
      observeIn(this.backup, peer, sample);
      return;
    }
    observeIn(this.primary, peer, sample);
    if (this.near !== undefined && peer.zone === this.zone) observeIn(this.near, peer, sample);
  }

  /** A balancer that cannot look ahead is asked as one that begins now. */
  private peekIn(
    balancer: Balancer,
    input: PickInput,
    peers: readonly Peer[],
    isIn: (this: void, peer: Peer) => boolean,
  ): Peer | undefined {
    if (balancer.peek !== undefined) return balancer.peek(input);
    const beginner = this.create();
    beginner.update(peers.filter((peer) => isIn(peer)));
    return beginner.pick(input);
  }
}

function settleIn(balancer: Balancer, pause: Pause): void {
  if (balancer.settle !== undefined) balancer.settle(pause);
}

function refreshIn(balancer: Balancer, peer: Peer): void {
  if (balancer.refresh !== undefined) balancer.refresh(peer);
}

function observeIn(balancer: Balancer, peer: Peer, sample: Sample): void {
  if (balancer.observe !== undefined) balancer.observe(peer, sample);
}
