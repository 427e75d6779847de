/** What the planner knows of a peer that may take sessions. */
export interface PlanPeer {
  readonly key: string;
  /** More than 0; need not be whole. */
  readonly weight: number;
  /** Its open sessions, over all workers. */
  readonly active: number;
  /** How many of them may be moved away. */
  readonly movable: number;
  /** The most sessions it may have; `Infinity`: any number. */
  readonly limit: number;
}

/** Loads that differ by no more than this part of them are the same. */
const ROUNDING = 1e-12;
/** Halving any interval of numbers so often leaves neighbours. */
const HALVINGS = 80;

/** Sessions for each unit of weight, over all of them. */
export function meanLoad(peers: readonly PlanPeer[]): number {
  let active = 0;
  let weight = 0;
  for (const peer of peers) {
    active += peer.active;
    weight += peer.weight;
  }
  return weight > 0 ? active / weight : 0;
}

/** The whole sessions that a peer of the weight has at a load. */
export function wholeAt(load: number, weight: number): number {
  return Math.floor(load * weight * (1 + ROUNDING));
}

/** What the peer has to give so that its load is not above `level`; all that it can where that is not enough. */
export function giveAt(level: number, peer: PlanPeer): number {
  return Math.min(peer.movable, Math.max(0, peer.active - wholeAt(level, peer.weight)));
}

/**
 * What the peer may take: it takes while it is below its own share, whatever its limit is not in the way of, and never
 * beyond `level`.
 */
export function takeAt(level: number, mean: number, peer: PlanPeer): number {
  const share = Math.ceil(mean * peer.weight * (1 - ROUNDING));
  return Math.max(0, Math.min(share, wholeAt(level, peer.weight), peer.limit) - peer.active);
}

/**
 * Where `isEnough` becomes true of loads, which it stays above: a load at which it is not yet (or `low`), and the lowest at which it
 * is, with all loads that are the same but for rounding.
 * @param high where it is
 */
export function lowestLoad(
  low: number,
  high: number,
  isEnough: (this: void, load: number) => boolean,
): LuaMultiReturn<[below: number, lowest: number]> {
  let below = low;
  let lowest = high;
  for (const _ of $range(1, HALVINGS)) {
    const middle = (below + lowest) / 2;
    if (middle <= below || middle >= lowest) break;
    if (isEnough(middle)) lowest = middle;
    else below = middle;
  }
  return $multi(below, lowest * (1 + ROUNDING));
}
