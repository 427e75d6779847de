import type { CounterStore, Log } from "../ports";
import type { Peer } from "./peer";

/**
 * The count of sessions on each peer. One share per worker process and peer is the truth, and that worker alone writes
 * it; one total per peer is what picks read. A slot is written to the share first and to the total second, in both
 * directions, so that a worker that dies in between leaves a total that the living shares correct. A worker removes its
 * shares; totals belong to all, and only the leader, which sees all shares, corrects and removes them (`Audit`).
 */
export class Ledger {
  constructor(
    private readonly store: CounterStore,
    private readonly log: Log,
  ) {}

  /** Takes a slot; returns the new total, or `undefined` if the store is full: the session then goes uncounted. */
  take(peer: Peer): number | undefined {
    const share = this.store.add(peer.shareKey, 1);
    if (share === undefined) return this.refuse(peer);
    const total = this.store.add(peer.totalKey, 1);
    if (total !== undefined) return total;
    this.store.add(peer.shareKey, -1);
    return this.refuse(peer);
  }

  release(peer: Peer): void {
    const share = this.store.add(peer.shareKey, -1);
    if (share === undefined || share < 0) {
      if (share !== undefined) this.store.add(peer.shareKey, 1);
      this.log.write("error", `release without a slot on peer "${peer.key}" of upstream "${peer.upstream}"`);
      return;
    }
    this.store.add(peer.totalKey, -1);
    if (peer.isRemoved && share === 0) this.store.remove(peer.shareKey);
  }

  /** Open sessions of a peer over all workers. */
  active(peer: Peer): number {
    return this.store.read(peer.totalKey);
  }

  /** Open sessions of a configured peer, all its addresses together. */
  activeOfFamily(peer: Peer): number {
    const { family } = peer;
    let sum = 0;
    for (const member of family) sum += this.store.read(member.totalKey);
    return sum;
  }

  /** Drops the counter of this worker, unless it has a session on the peer: then it goes with the last one. */
  closeShare(peer: Peer): void {
    if (this.store.read(peer.shareKey) <= 0) this.store.remove(peer.shareKey);
  }

  private refuse(peer: Peer): undefined {
    this.log.write(
      "error",
      `the shared dict is full: a session on peer "${peer.key}" of upstream "${peer.upstream}" is not counted`,
    );
    return undefined;
  }
}
