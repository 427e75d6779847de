import type { Peer } from "../pool/peer";
import { hashOrder } from "./hash-order";
import { keyHash } from "./key-hash";
import type { Slices } from "./slices";

/** Keys of sessions are hashed with another: a session that is called like a peer is nothing special to it. */
const PEER_SEED = 1;

/**
 * Who shares the keys, in the order of the hashes of the peers' keys: so nothing depends on the order in the config. The
 * arrays are of one length and never change.
 */
export interface Roster {
  readonly peers: readonly Peer[];
  readonly keys: readonly string[];
  readonly hashes: readonly number[];
  /** The full weights; each is greater than 0. */
  readonly weights: readonly number[];
}

export const NOBODY: Roster = { peers: [], keys: [], hashes: [], weights: [] };

/** @param peers with keys that are all different; those of no full weight are left out */
export function rosterOf(peers: readonly Peer[], slices: Slices): Roster {
  const found: Peer[] = [];
  const names: string[] = [];
  const foundHashes: number[] = [];
  for (const peer of peers) {
    if (peer.fullWeight > 0) {
      found.push(peer);
      names.push(peer.key);
      foundHashes.push(keyHash(peer.key, PEER_SEED));
    }
    slices.spend(20);
  }
  const ordered: Peer[] = [];
  const keys: string[] = [];
  const hashes: number[] = [];
  const weights: number[] = [];
  for (const place of hashOrder(foundHashes, names, slices)) {
    const peer = found[place]!;
    ordered.push(peer);
    keys.push(peer.key);
    hashes.push(foundHashes[place]!);
    weights.push(peer.fullWeight);
    slices.spend(5);
  }
  return { peers: ordered, keys, hashes, weights };
}

/** Whether the keys are shared alike. */
export function isSameShare(one: Roster, other: Roster): boolean {
  const count = one.keys.length;
  if (count !== other.keys.length) return false;
  for (let index = 0; index < count; index++) {
    if (one.keys[index] !== other.keys[index] || one.weights[index] !== other.weights[index]) return false;
  }
  return true;
}
