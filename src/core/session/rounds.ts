import type { Pause } from "../pause";
import type { Clock } from "../ports";
import type { Session } from "./session";
import type { SessionTable } from "./session-table";
import type { Turns } from "./turns";

/** What is to be done with some of the open sessions. */
export interface Task {
  readonly turns: Turns;
  act(session: Session): void;
}

export interface RoundsDeps {
  readonly sessions: SessionTable;
  readonly clock: Clock;
  /** Lets the worker attend to its sockets. */
  makeWay(this: void): void;
}

/** Whose tasks these are. */
export interface Tasks {
  /** All of them, in any order. */
  readonly list: readonly Task[];
  /** The one that means the session, if one does. */
  find(session: Session): Task | undefined;
  /** The list does not hold any more. */
  isChanged(): boolean;
}

const PLACES_IN_ONE_GO = 256;
/** An end or a move is quick to begin, but the work of all these sessions then comes together. */
const TURNS_IN_ONE_GO = 16;

/** Gives tasks their sessions, and the sessions their turns. What ends or opens meanwhile is all right. */
export class Rounds {
  private nextAtS = 0;
  private turnsInThisGo = 0;

  constructor(private readonly deps: RoundsDeps) {}

  isDue(): boolean {
    return this.nextAtS > 0 && this.deps.clock.now() >= this.nextAtS;
  }

  /** There is something to do from then on. */
  wake(atS: number): void {
    this.nextAtS = atS;
  }

  /** @param pause called between small pieces of work */
  step(tasks: Tasks, pause: Pause): void {
    this.turnsInThisGo = 0;
    if (this.isLookDue(tasks)) this.look(tasks, pause);
    for (const task of tasks.list) {
      if (tasks.isChanged()) break;
      this.giveTurns(task, tasks);
    }
    this.nextAtS = 0;
    for (const { turns } of tasks.list) {
      const atS = turns.wakeAtS();
      if (this.nextAtS === 0 || atS < this.nextAtS) this.nextAtS = atS;
    }
  }

  private isLookDue({ list }: Tasks): boolean {
    const nowS = this.deps.clock.now();
    for (const { turns } of list) if (turns.isLookDue(nowS)) return true;
    return false;
  }

  /** Finds the sessions of all tasks that have none left. */
  private look(tasks: Tasks, pause: Pause): void {
    const { sessions, clock } = this.deps;
    const nowS = clock.now();
    for (const { turns } of tasks.list) if (turns.isLookDue(nowS)) turns.beginLook(nowS);
    let place = 0;
    while (place < sessions.openHighWater()) {
      const session = sessions.openAt(place);
      if (session !== undefined && session.verdict === "") tasks.find(session)?.turns.put(session);
      place += 1;
      if (place % PLACES_IN_ONE_GO === 0) pause();
    }
    for (const { turns } of tasks.list) turns.endLook(clock.now());
  }

  private giveTurns(task: Task, tasks: Tasks): void {
    const { clock, makeWay } = this.deps;
    for (const _ of $range(1, task.turns.due(clock.now()))) {
      const session = task.turns.take();
      if (session !== undefined) task.act(session);
      this.turnsInThisGo += 1;
      if (this.turnsInThisGo >= TURNS_IN_ONE_GO) {
        this.turnsInThisGo = 0;
        makeWay();
        if (tasks.isChanged()) return;
      }
    }
  }
}
