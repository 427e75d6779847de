import { takesSessions, type Peer } from "../pool/peer";
import type { Pool } from "../pool/pool";
import type { PlanPeer } from "./shares";

/** Whether a session that need not go anywhere may go to the peer, as far as its limit lets it. */
export function isTaker(peer: Peer): boolean {
  return peer.isUp && !peer.isBackup && !peer.isRemoved && takesSessions(peer);
}

/**
 * The peers among which sessions are balanced: those to which new ones go, so none that is a backup, and only those of the
 * gateway's zone if there are any.
 */
export function takersOf(pool: Pool, zone: string): readonly Peer[] {
  const takers = pool.peers.filter((peer) => isTaker(peer));
  if (zone === "") return takers;
  const near = takers.filter((peer) => peer.zone === zone);
  return near.length > 0 ? near : takers;
}

/** @param movable by the key of a peer */
export function planPeers(
  pool: Pool,
  takers: readonly Peer[],
  movable: (this: void, key: string) => number,
): readonly PlanPeer[] {
  return takers.map((peer) => {
    const active = pool.active(peer);
    return {
      key: peer.key,
      weight: peer.fullWeight,
      active,
      movable: Math.min(active, movable(peer.key)),
      limit: limitOf(pool, peer, active),
    };
  });
}

export function hasRoom(pool: Pool, peer: Peer): boolean {
  const active = pool.active(peer);
  return active < limitOf(pool, peer, active);
}

/** Why no session of the upstream may be moved for the sake of balance: each has the peer that it belongs to. */
export function reasonToStay(pool: Pool): string | undefined {
  if (pool.needsKey) return "its sessions belong to peers by their keys";
  if (pool.isStrict) return "its affinity is strict: sessions stay with the peer they are bound to";
  return undefined;
}

function limitOf(pool: Pool, peer: Peer, active: number): number {
  const own = peer.agent?.maxConns ?? 0;
  return Math.min(own === 0 ? Infinity : own, configuredLimit(pool, peer, active));
}

/** The addresses of one name share what room there is, so that all of them together stay within it. */
function configuredLimit(pool: Pool, peer: Peer, active: number): number {
  const { family, maxConns } = peer;
  if (maxConns === 0) return Infinity;
  if (family.length === 1) return maxConns;
  let together = 0;
  for (const member of family) together += pool.active(member);
  return active + Math.floor(Math.max(0, maxConns - together) / family.length);
}
