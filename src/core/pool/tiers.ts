import type { Balancer, PickInput, Sample } from "../balance/contract";
import type { Pause } from "../pause";
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
  private hasPrimaries = false;
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
    this.hasPrimaries = primary.length > 0;
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
    for (const balancer of [this.near, this.primary, this.backup])
      if (balancer?.settle !== undefined) balancer.settle(pause);
  }

  pickNear(input: PickInput): Peer | undefined {
    return this.near === undefined ? undefined : this.near.pick(input);
  }

  pickPrimary(input: PickInput): Peer | undefined {
    return this.hasPrimaries ? this.primary.pick(input) : undefined;
  }

  pickBackup(input: PickInput): Peer | undefined {
    return this.hasBackups ? this.backup.pick(input) : undefined;
  }

  /** What `pickNear`, `pickPrimary` and `pickBackup` would say, which changes nothing. Slow path. */
  peekNear(input: PickInput, peers: readonly Peer[]): Peer | undefined {
    if (this.near === undefined) return undefined;
    return this.peek(this.near, input, peers, (peer) => !peer.isBackup && peer.zone === this.zone);
  }

  peekPrimary(input: PickInput, peers: readonly Peer[]): Peer | undefined {
    return this.peek(this.primary, input, peers, (peer) => !peer.isBackup);
  }

  peekBackup(input: PickInput, peers: readonly Peer[]): Peer | undefined {
    return this.peek(this.backup, input, peers, (peer) => peer.isBackup);
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
  private peek(
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

function refreshIn(balancer: Balancer, peer: Peer): void {
  if (balancer.refresh !== undefined) balancer.refresh(peer);
}

function observeIn(balancer: Balancer, peer: Peer, sample: Sample): void {
  if (balancer.observe !== undefined) balancer.observe(peer, sample);
}
