import type { Pause } from "../pause";
import type { Peer } from "../pool/peer";
import type { Pool } from "../pool/pool";
import type { Clock } from "../ports";
import type { Session } from "../session/session";
import type { SessionTable } from "../session/session-table";
import { isMovable } from "./movable";
import type { RebalanceOrder } from "./order";
import { hasRoom, isTaker } from "./takers";

/** What all processes together may use up of an order. */
export interface Shares {
  /** Takes one of the moves of a pair. @param pair its place in the order; @param count of all its moves */
  takeMove(pair: number, count: number): boolean;
  /** It was not used. */
  giveBackMove(pair: number): void;
  /** Takes one of those that may be begun at this moment. */
  takeTurn(): boolean;
}

/** A part of the plan. */
interface Pair {
  readonly place: number;
  readonly to: string;
  readonly count: number;
  isDone: boolean;
}

/**
 * Carries out one worker's part of an order: goes through its open sessions once, as fast as the rate lets it, and moves those
 * that may be moved and for which some process has not taken the move. What it plans is not forced: a part whose peer takes no
 * sessions any more is dropped, and so is a move that would leave the pair no better, as clients come and go meanwhile.
 */
export class Mover {
  /** By the key of the peer that gives. */
  private readonly pairs = new LuaMap<string, Pair[]>();
  private place = 0;
  private readonly end: number;
  private pairsLeft: number;
  /** The peers of the pool by their keys; made anew when it has others. */
  private peers = new LuaMap<string, Peer>();
  private knownPeers: readonly Peer[] | undefined;

  constructor(
    private readonly order: RebalanceOrder,
    private readonly sessions: SessionTable,
    private readonly shares: Shares,
    private readonly clock: Clock,
  ) {
    const { moves } = order;
    this.end = sessions.openHighWater();
    this.pairsLeft = moves.length;
    for (const place of $range(0, moves.length - 1)) {
      const { from, to, count } = moves[place]!;
      const pair = { place, to, count, isDone: false };
      const others = this.pairs.get(from);
      if (others === undefined) this.pairs.set(from, [pair]);
      else others.push(pair);
    }
  }

  isDone(): boolean {
    if (this.place >= this.end || this.pairsLeft === 0) return true;
    const now = this.clock.now();
    // One from the future: the clock was set back, and nobody knows when it ends.
    return now >= this.order.untilS || now < this.order.atS - 1;
  }

  /**
   * Moves sessions until the rate is used up for the moment, or there is none left.
   * @param pool of the order's upstream, as it is now
   * @returns how many it has begun to move
   */
  goOn(pool: Pool, pause: Pause): number {
    let moved = 0;
    let hasTurn = false;
    while (!this.isDone()) {
      const session = this.sessions.openAt(this.place);
      const peer = session?.peer;
      const pairs = peer === undefined ? undefined : this.pairs.get(peer.key);
      if (session !== undefined && pairs !== undefined && this.mayLeave(session, pool)) {
        hasTurn = hasTurn || this.shares.takeTurn();
        // The session is looked at again when there is a turn.
        if (!hasTurn) return moved;
        if (this.move(session, pairs, pool)) {
          hasTurn = false;
          moved += 1;
        }
      }
      this.place += 1;
      pause();
    }
    return moved;
  }

  private mayLeave(session: Session, pool: Pool): boolean {
    const { order, sessions, clock } = this;
    const { peer } = session;
    if (peer === undefined || peer !== this.find(pool, peer.key) || !isTaker(peer)) return false;
    return isMovable(session, sessions.relayed.get(session), order.windowS, clock.now());
  }

  /** By the first part of the plan that has a move left. */
  private move(session: Session, pairs: readonly Pair[], pool: Pool): boolean {
    const relayed = this.sessions.relayed.get(session);
    for (const pair of pairs) {
      const to = pair.isDone ? undefined : this.find(pool, pair.to);
      if (to === undefined || !isTaker(to)) this.drop(pair);
      else if (isBetter(pool, session.peer!, to) && hasRoom(pool, to)) {
        if (!this.shares.takeMove(pair.place, pair.count)) this.drop(pair);
        else if (relayed?.move("rebalanced", false, to) === true) return true;
        else {
          this.shares.giveBackMove(pair.place);
          return false;
        }
      }
    }
    return false;
  }

  private drop(pair: Pair): void {
    if (pair.isDone) return;
    pair.isDone = true;
    this.pairsLeft -= 1;
  }

  private find(pool: Pool, key: string): Peer | undefined {
    if (this.knownPeers !== pool.peers) {
      this.knownPeers = pool.peers;
      this.peers = new LuaMap();
      for (const peer of pool.peers) this.peers.set(peer.key, peer);
    }
    return this.peers.get(key);
  }
}

/** Whether the higher load of the two is lower after it. */
function isBetter(pool: Pool, from: Peer, to: Peer): boolean {
  return (pool.active(to) + 1) / to.fullWeight < pool.active(from) / from.fullWeight;
}
