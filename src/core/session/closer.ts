import type { Closing } from "../config/snapshot";
import type { Pause } from "../pause";
import { hasRefuge, isLeaving } from "../pool/leaving";
import { closingOf, isDismissed, type Peer } from "../pool/peer";
import type { Pool } from "../pool/pool";
import type { Rng } from "../ports";
import { CloseTask, MoveTask, type PeerTask, type PeerTaskDeps } from "./peer-task";
import type { Relayed } from "./relayed";
import { Rounds, type RoundsDeps, type Task, type Tasks } from "./rounds";
import type { CloseReason, Session } from "./session";

/** The pools that have peers whose sessions are to be closed or moved. */
export interface ClosingPools {
  readonly closingPools: LuaSet<Pool>;
  /** Another number after every change of what they say. */
  readonly closingChanges: number;
}

export interface CloserDeps extends RoundsDeps {
  readonly pools: ClosingPools;
  readonly rng: Rng;
  /** Closes the session; its end in the table follows later. */
  end(this: void, session: Session, why: CloseReason): unknown;
}

/**
 * Empties peers of a worker's own sessions: moves those in relay mode that may be moved as soon as their peer is leaving, and closes
 * the others when it is closing. A change of the config in the middle of it ends the step, and the next one goes by it.
 */
export class Closer implements Tasks {
  list: readonly Task[] = [];
  /** By the key of the peer's total: all that count for the peer, whichever address it had when they came. */
  private moves = new LuaMap<string, MoveTask>();
  private closes = new LuaMap<string, CloseTask>();
  private seenChanges = 0;
  private readonly rounds: Rounds;
  private readonly taskDeps: PeerTaskDeps;

  constructor(private readonly deps: CloserDeps) {
    this.rounds = new Rounds(deps);
    const { clock, end, rng } = deps;
    const relayed = (session: Session): Relayed | undefined => deps.sessions.relayed.get(session);
    this.taskDeps = { clock, rng, end, relayed };
  }

  isDue(): boolean {
    return this.isChanged() || this.rounds.isDue();
  }

  /** @param pause called between small pieces of work */
  step(pause: Pause): void {
    if (this.isChanged()) this.readTasks(pause);
    this.rounds.step(this, pause);
  }

  isChanged(): boolean {
    return this.deps.pools.closingChanges !== this.seenChanges;
  }

  find(session: Session): Task | undefined {
    const { peer } = session;
    if (peer === undefined) return undefined;
    const move = this.moves.get(peer.totalKey);
    if (move?.means(session) === true && move.canMove(session)) return move.mayAsk() ? move : undefined;
    const close = this.closes.get(peer.totalKey);
    return close?.means(session) === true ? close : undefined;
  }

  private readTasks(pause: Pause): void {
    const { moves, closes } = this;
    this.seenChanges = this.deps.pools.closingChanges;
    this.moves = new LuaMap();
    this.closes = new LuaMap();
    // While it pauses, others may come.
    const pools: Pool[] = [];
    for (const pool of this.deps.pools.closingPools) pools.push(pool);
    for (const pool of pools) {
      const refuge = hasRefuge(pool);
      for (const peer of pool.leaving) {
        this.readMove(peer, pool, refuge, moves);
        pause();
      }
      for (const peer of pool.closing) {
        this.readMove(peer, pool, refuge, moves);
        this.readClose(peer, closes);
        pause();
      }
    }
    const list: Task[] = [];
    for (const [, task] of this.moves) list.push(task);
    for (const [, task] of this.closes) list.push(task);
    this.list = list;
  }

  private readMove(peer: Peer, pool: Pool, refuge: boolean, before: LuaMap<string, MoveTask>): void {
    const only = isDismissed(peer) ? undefined : peer;
    if (isTakenBy(this.moves.get(peer.totalKey), only)) return;
    const spread = spreadOf(peer, pool);
    let task = this.moves.get(peer.totalKey) ?? before.get(peer.totalKey);
    if (task === undefined || !task.isFor(only, spread)) task = new MoveTask(only, spread, this.taskDeps);
    task.update(peer, refuge);
    this.moves.set(peer.totalKey, task);
  }

  /** What the operator says holds for all that count for the peer; one that is down is closed for itself, at the address it has. */
  private readClose(peer: Peer, before: LuaMap<string, CloseTask>): void {
    const closing = closingOf(peer);
    const only = peer.closing === undefined ? peer : undefined;
    if (closing === undefined || isTakenBy(this.closes.get(peer.totalKey), only)) return;
    let task = before.get(peer.totalKey);
    if (task === undefined || !task.isFor(only, closing)) task = new CloseTask(only, closing, this.taskDeps);
    task.update(peer);
    this.closes.set(peer.totalKey, task);
  }
}

/** Of several for one key, that for all sessions of it counts, and the last. */
function isTakenBy(task: PeerTask | undefined, only: Peer | undefined): boolean {
  return task !== undefined && only !== undefined;
}

/** When the moves from a peer begin, and over how long: as its drain says, or else as its closing does. */
function spreadOf(peer: Peer, pool: Pool): Closing {
  const { closing, closingAsDown } = peer;
  if (peer.state === "drain" && !peer.isRemoved && closing !== undefined)
    return { atS: 0, spreadMs: closing.spreadMs };
  const isDownOnly = closingAsDown !== undefined && !isLeaving(peer);
  return { atS: isDownOnly ? closingAsDown.atS : 0, spreadMs: pool.config.drain.spreadMs };
}
