import { takesSessions, type Peer } from "./peer";

/** Peers that share handshakes among themselves. */
export interface Tier {
  /** The sum of the full weights of those that can take sessions. */
  weight: number;
  /** How many these are. */
  able: number;
  /** How many of these start slowly. */
  starting: number;
}

export function newTier(): Tier {
  return { weight: 0, able: 0, starting: 0 };
}

export function clearTier(tier: Tier): void {
  tier.weight = 0;
  tier.able = 0;
  tier.starting = 0;
}

export function isAble(peer: Peer): boolean {
  return peer.isUp && takesSessions(peer);
}
