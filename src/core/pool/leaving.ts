import { isDismissed, isWithdrawn, takesSessions, type Peer } from "./peer";
import type { Pool } from "./pool";

/** Those whose sessions are to go elsewhere where they can. */
export function findLeaving(peers: readonly Peer[]): readonly Peer[] {
  return peers.filter((peer) => isLeaving(peer));
}

/** By its operator's word, or by its own. */
export function isLeaving(peer: Peer): boolean {
  return isDismissed(peer) || isWithdrawn(peer);
}

/** Those that no config has any more, and on which sessions are open. */
export function removedPeers(this: void, pool: Pool): readonly Peer[] {
  return pool.removed.filter((peer) => pool.active(peer) > 0);
}

/** Whether a session that is moved can go anywhere in the pool: to a peer that is up, unless these are too few for all. */
export function hasRefuge(pool: Pool): boolean {
  if (pool.isInPanic()) return false;
  for (const peer of pool.peers) if (peer.isUp && takesSessions(peer)) return true;
  return false;
}
