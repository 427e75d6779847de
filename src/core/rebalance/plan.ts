import { goOn, type Pause } from "../pause";
import { giveAt, lowestLoad, meanLoad, takeAt, wholeAt, type PlanPeer } from "./shares";

export interface PlannedMoves {
  /** Keys of peers. */
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

export interface Plan {
  readonly moves: readonly PlannedMoves[];
  /** All of them. */
  readonly count: number;
  /** The highest load (sessions by weight) of a peer, as a multiple of the mean: 1 where all have their share, or nobody has any. */
  readonly before: number;
  readonly after: number;
  /** What each peer has in the end, in their order. */
  readonly planned: readonly number[];
  /** Why the target is not reached; absent: it is. */
  readonly reason?: string;
}

/** A ratio above the target by no more than this is none. */
const ROUNDING = 1e-6;

/**
 * Says how many sessions go from which peer to which, so that no peer's load (sessions by weight) is above `target` times the
 * mean. A peer above has to give what is above, whatever the plan is, and each session that goes straight to a peer below its
 * share is one move: with fewer moves it does not go. Where there is no room for all of that, the limit is the lowest load above
 * the target at which there is; and who has too few sessions that may be moved gives those.
 * @param peers each once; those that may take sessions, and no others
 * @param target 1 or more
 * @param pause called between pieces of work
 */
export function planMoves(peers: readonly PlanPeer[], target: number, pause: Pause = goOn): Plan {
  const mean = meanLoad(peers);
  const limit = target * mean;
  const wanted = sum(peers, (peer) => giveAt(limit, peer));
  let level = limit;
  if (wanted > sum(peers, (peer) => takeAt(limit, mean, peer)))
    level = levelWithRoom(peers, limit, mean, pause);
  const gives = peers.map((peer) => giveAt(level, peer));
  const count = total(gives);
  const takes = spread(peers, count, level, mean, pause);
  const planned = peers.map(({ active }, index) => active - gives[index]! + takes[index]!);
  const before = highest(peers, mean, (index) => peers[index]!.active);
  const after = highest(peers, mean, (index) => planned[index]!);
  const moves = pair(peers, gives, takes, pause);
  const reason = after <= target + ROUNDING ? undefined : reasonFor(peers, limit, mean);
  return { moves, count, before, after, planned, reason };
}

/** The lowest load above the limit at which all that has to go finds room. */
function levelWithRoom(peers: readonly PlanPeer[], limit: number, mean: number, pause: Pause): number {
  let high = limit;
  for (const { active, weight } of peers) high = Math.max(high, active / weight);
  const [, level] = lowestLoad(limit, high, (load) => {
    pause();
    return sum(peers, (peer) => giveAt(load, peer)) <= sum(peers, (peer) => takeAt(load, mean, peer));
  });
  return level;
}

/** Those with the lowest load take first, so that all that take come out alike. @param count for which there is room */
function spread(
  peers: readonly PlanPeer[],
  count: number,
  level: number,
  mean: number,
  pause: Pause,
): readonly number[] {
  if (count === 0) return peers.map(() => 0);
  const rooms = peers.map((peer) => takeAt(level, mean, peer));
  const takenAt = (load: number): number[] =>
    peers.map(({ active, weight }, index) =>
      Math.min(rooms[index]!, Math.max(0, wholeAt(load, weight) - active)),
    );
  const [below, lowest] = lowestLoad(0, level, (load) => {
    pause();
    return total(takenAt(load)) >= count;
  });
  const takes = takenAt(below);
  const most = takenAt(lowest);
  let left = count - total(takes);
  for (const index of $range(0, peers.length - 1)) {
    const more = Math.min(left, most[index]! - takes[index]!);
    takes[index] = takes[index]! + more;
    left -= more;
  }
  return takes;
}

/** Fewer pairs than there are peers. */
function pair(
  peers: readonly PlanPeer[],
  gives: readonly number[],
  takes: readonly number[],
  pause: Pause,
): readonly PlannedMoves[] {
  const moves: PlannedMoves[] = [];
  let taker = 0;
  let room = takes[0] ?? 0;
  for (const giver of $range(0, peers.length - 1)) {
    let left = gives[giver]!;
    while (left > 0) {
      while (room === 0) {
        taker += 1;
        room = takes[taker]!;
      }
      const count = Math.min(left, room);
      moves.push({ from: peers[giver]!.key, to: peers[taker]!.key, count });
      left -= count;
      room -= count;
    }
    pause();
  }
  return moves;
}

function reasonFor(peers: readonly PlanPeer[], limit: number, mean: number): string {
  const reasons: string[] = [];
  let worst: PlanPeer | undefined;
  let highestLeft = limit;
  for (const peer of peers) {
    const left = (peer.active - peer.movable) / peer.weight;
    const isStuck = peer.active - peer.movable > wholeAt(limit, peer.weight);
    if (isStuck && left > highestLeft) {
      worst = peer;
      highestLeft = left;
    }
  }
  if (worst !== undefined)
    reasons.push(`only ${worst.movable} of the ${worst.active} sessions of "${worst.key}" may be moved`);
  const wanted = sum(peers, (peer) => giveAt(limit, peer));
  if (wanted > sum(peers, (peer) => takeAt(limit, mean, peer))) {
    const isLimited = wanted <= sum(peers, (peer) => takeAt(limit, mean, { ...peer, limit: Infinity }));
    reasons.push(
      isLimited
        ? "those below their share have no room for more, by their max_conns"
        : "there are too few sessions to divide them better",
    );
  }
  return reasons.join("; ");
}

function highest(
  peers: readonly PlanPeer[],
  mean: number,
  active: (this: void, index: number) => number,
): number {
  if (mean === 0) return 1;
  let ratio = 0;
  for (const index of $range(0, peers.length - 1))
    ratio = Math.max(ratio, active(index) / peers[index]!.weight / mean);
  return ratio;
}

function sum(peers: readonly PlanPeer[], of: (this: void, peer: PlanPeer) => number): number {
  let result = 0;
  for (const peer of peers) result += of(peer);
  return result;
}

function total(counts: readonly number[]): number {
  let result = 0;
  for (const count of counts) result += count;
  return result;
}
