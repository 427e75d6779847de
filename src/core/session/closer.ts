import type { Closing } from "../config/snapshot";
import { closingOf, type Peer } from "../pool/peer";
import type { Pool } from "../pool/pool";
import type { Clock, Rng } from "../ports";
import { Pace } from "./pace";
import type { CloseReason, Session } from "./session";
import type { SessionTable } from "./session-table";

/** The pools that have peers whose sessions are to be closed. */
export interface ClosingPools {
  readonly closingPools: LuaSet<Pool>;
  /** Another number after every change of what they say. */
  readonly closingChanges: number;
}

export interface CloserDeps {
  readonly sessions: SessionTable;
  readonly pools: ClosingPools;
  readonly rng: Rng;
  readonly clock: Clock;
  /** Closes the session's sockets; its end in the table follows later. */
  end(this: void, session: Session, why: CloseReason): unknown;
  /** Lets the worker attend to its sockets. */
  makeWay(this: void): void;
}

/** Open sessions of one peer that are to be closed. */
interface Task {
  readonly closing: Closing;
  why: CloseReason;
  /** Whose sessions these are; absent: of all that count for the peer. */
  readonly only: Peer | undefined;
  readonly pace: Pace;
  /** Those that were found, and their ids: an object may serve another session by the time it is its turn. */
  found: Session[];
  ids: string[];
  /** How many of them are done with. */
  done: number;
  /** When to look for sessions again, once all are done with. */
  lookAtS: number;
}

/** A peer that is closing may still get sessions: handshakes that were under way, and bound sessions. */
const LOOK_AGAIN_S = 0.5;
const PLACES_IN_ONE_GO = 256;
/** Closing is quick, but the ends of all these sessions then come together, each with a log phase. */
const CLOSED_IN_ONE_GO = 16;

/**
 * Closes a worker's own sessions of the peers that are closing. What ends or opens meanwhile, and changes of the config in the
 * middle of it, are all right: a change ends the step, and the next one goes by it.
 */
export class Closer {
  /** By the key of the peer's total: all that count for the peer, whichever address it had when they came. */
  private tasks = new LuaMap<string, Task>();
  private seenChanges = 0;
  private nextAtS = 0;
  private closedInThisGo = 0;

  constructor(private readonly deps: CloserDeps) {}

  isDue(): boolean {
    const { pools, clock } = this.deps;
    if (pools.closingChanges !== this.seenChanges) return true;
    return this.nextAtS > 0 && clock.now() >= this.nextAtS;
  }

  /** @param pause called between small pieces of work */
  step(pause: (this: void) => void): void {
    this.closedInThisGo = 0;
    if (this.isChanged()) this.readTasks();
    if (this.isLookDue()) this.look(pause);
    for (const [, task] of this.tasks) {
      this.closeDue(task);
      if (this.isChanged()) break;
    }
    this.nextAtS = this.findNext();
  }

  private isChanged(): boolean {
    return this.deps.pools.closingChanges !== this.seenChanges;
  }

  private readTasks(): void {
    const { pools } = this.deps;
    const before = this.tasks;
    const tasks = new LuaMap<string, Task>();
    this.seenChanges = pools.closingChanges;
    for (const pool of pools.closingPools) {
      for (const peer of pool.closing) {
        const closing = closingOf(peer);
        if (closing !== undefined) this.readTask(peer, closing, before, tasks);
      }
    }
    this.tasks = tasks;
  }

  /** What the operator says holds for all that count for the peer; one that is down is closed for itself, at the address it has. */
  private readTask(
    peer: Peer,
    closing: Closing,
    before: LuaMap<string, Task>,
    tasks: LuaMap<string, Task>,
  ): void {
    const { totalKey } = peer;
    const only = peer.closing === undefined ? peer : undefined;
    if (only !== undefined && tasks.has(totalKey)) return;
    let task = before.get(totalKey);
    if (task === undefined || task.only !== only || !isSame(task.closing, closing)) {
      const pace = new Pace(closing, this.deps.clock.now(), this.deps.rng);
      task = { closing, why: reasonFor(peer), only, pace, found: [], ids: [], done: 0, lookAtS: 0 };
    }
    task.why = reasonFor(peer);
    tasks.set(totalKey, task);
  }

  private isLookDue(): boolean {
    const now = this.deps.clock.now();
    for (const [, task] of this.tasks) if (isIdle(task, now) && task.lookAtS <= now) return true;
    return false;
  }

  /** Finds the sessions of all peers that have none left. */
  private look(pause: (this: void) => void): void {
    const { sessions, clock } = this.deps;
    const now = clock.now();
    const idle = new LuaMap<string, Task>();
    for (const [key, task] of this.tasks) {
      if (isIdle(task, now)) {
        idle.set(key, task);
        task.found = [];
        task.ids = [];
        task.done = 0;
        task.lookAtS = now + LOOK_AGAIN_S;
      }
    }
    let place = 0;
    while (place < sessions.openHighWater()) {
      const session = sessions.openAt(place);
      if (session?.peer !== undefined && session.verdict === "") {
        const task = idle.get(session.peer.totalKey);
        if (task !== undefined && (task.only === undefined || isLeftBehind(session, task.only))) {
          task.found.push(session);
          task.ids.push(session.id);
        }
      }
      place += 1;
      if (place % PLACES_IN_ONE_GO === 0) pause();
    }
    for (const [, task] of idle) task.pace.resume(clock.now(), task.found.length);
  }

  private closeDue(task: Task): void {
    const { clock, end, makeWay } = this.deps;
    const due = task.pace.due(clock.now(), task.found.length - task.done);
    for (const _ of $range(1, due)) {
      const session = task.found[task.done]!;
      const id = task.ids[task.done];
      task.done += 1;
      // One that has ended by itself had its turn.
      if (session.isOpen && session.id === id) end(session, task.why);
      this.closedInThisGo += 1;
      if (this.closedInThisGo >= CLOSED_IN_ONE_GO) {
        this.closedInThisGo = 0;
        makeWay();
        if (this.isChanged()) return;
      }
    }
  }

  /** 0: nothing is closing. */
  private findNext(): number {
    let next = 0;
    for (const [, task] of this.tasks) {
      const atS = wakeTime(task);
      if (next === 0 || atS < next) next = atS;
    }
    return next;
  }
}

function wakeTime(task: Task): number {
  if (task.done < task.found.length) return task.pace.nextAtS;
  return Math.max(task.pace.beginS, task.lookAtS);
}

/** Whether the session is one of those that a peer had when it went down: its trial is to show whether it works again. */
function isLeftBehind({ peer, openedAt }: Session, only: Peer): boolean {
  return peer === only && !(peer.isOnTrial && openedAt >= peer.healthSinceS);
}

/** It has begun, and has no session left that it knows of. */
function isIdle(task: Task, now: number): boolean {
  return task.pace.beginS <= now && task.done >= task.found.length;
}

function isSame(a: Closing, b: Closing): boolean {
  return a.atS === b.atS && a.spreadMs === b.spreadMs;
}

function reasonFor(peer: Peer): CloseReason {
  if (peer.closing === undefined) return "down";
  if (peer.isRemoved) return "removed";
  return peer.state === "maint" ? "maint" : "drained";
}
