import { isEqual } from "../config/equality";
import type { Pause } from "../pause";
import type { Rng } from "../ports";
import { DueHeap } from "./schedule-heap";
import type { ProbeTask } from "./probe-task";

/** How often a peer is to be probed: on its way down or up, as configured, or without traffic. */
export type Pace = "steady" | "changing" | "idle";

/** The turn of one task, which comes again and again. Its owner is the schedule; others only read. */
export interface Turn {
  task: ProbeTask;
  /** In the schedule's own time. */
  dueS: number;
  startedS: number;
  /** The probe before has told that there is no traffic: until then the peer is left alone if that is still so. */
  idleUntilS: number;
  isUnderWay: boolean;
  /** Its first probe is still to come, or to end. */
  isNew: boolean;
  /** What is under way is no longer asked for, as the task is another one now. */
  isOutdated: boolean;
  /** The task is gone, but a probe is under way. */
  isRemoved: boolean;
}

/** A step of the clock beyond this is not time that has passed: the clock was set, or the process was stopped. */
const LONGEST_STEP_S = 2;
const RANDOM_STEPS = 1_000_000;
const TASKS_PER_PAUSE = 16;

/**
 * Who is to be probed when. Intervals count from the start of a probe; a peer has one probe at a time; what is late is made up
 * for by no second probe. It has a time of its own that never runs back and makes no leaps.
 */
export class Schedule {
  private turns = new LuaMap<string, Turn>();
  private heap = new DueHeap<Turn>();
  private timeS = 0;
  private clockS: number | undefined;

  constructor(
    private readonly rng: Rng,
    private readonly pace: (this: void, task: ProbeTask) => Pace,
  ) {}

  /**
   * These are the tasks from now on, each id once. One that is the same as before keeps its turn, whatever object it is;
   * others begin soon, spread over the shortest interval they have.
   */
  use(tasks: readonly ProbeTask[], nowS: number, pause: Pause): void {
    const isSame: boolean[] = [];
    for (const [index, task] of tasks.entries()) {
      const turn = this.turns.get(task.id);
      isSame.push(turn !== undefined && isEqual(turn.task, task));
      if (index % TASKS_PER_PAUSE === 0) pause();
    }
    this.replace(tasks, isSame, nowS);
  }

  /** Every task begins as a new one; what is under way is no longer asked for. */
  restart(nowS: number): void {
    const tasks: ProbeTask[] = [];
    for (const [, turn] of this.turns) if (!turn.isRemoved) tasks.push(turn.task);
    this.replace(tasks, [], nowS);
  }

  /** A task that is due, the longest due first; it is under way until `ended`. */
  take(nowS: number): Turn | undefined {
    const timeS = this.advance(nowS);
    for (;;) {
      const turn = this.heap.takeDue(timeS);
      if (turn === undefined) return undefined;
      if (turn.idleUntilS <= timeS || this.pace(turn.task) !== "idle") {
        turn.isUnderWay = true;
        turn.startedS = timeS;
        return turn;
      }
      // Looked at again and again, so that a peer with traffic is not left alone for a long interval.
      this.queue(turn, Math.min(turn.idleUntilS, timeS + this.spanS(turn.task, "steady")));
    }
  }

  /** Whether the outcome of what is under way is still asked for. */
  isWanted(turn: Turn): boolean {
    return turn.isUnderWay && !turn.isOutdated && !turn.isRemoved;
  }

  /** What was under way has ended, and its outcome, if there is one, was taken into account. */
  ended(turn: Turn, nowS: number): void {
    const timeS = this.advance(nowS);
    turn.isUnderWay = false;
    if (turn.isRemoved) this.turns.delete(turn.task.id);
    else if (turn.isOutdated) this.begin(turn, timeS);
    else this.queue(turn, Math.max(timeS, this.nextS(turn)));
  }

  private replace(tasks: readonly ProbeTask[], isSame: readonly boolean[], nowS: number): void {
    const timeS = this.advance(nowS);
    const before = this.turns;
    this.turns = new LuaMap();
    this.heap = new DueHeap<Turn>();
    for (const [index, task] of tasks.entries()) {
      const turn = before.get(task.id);
      before.delete(task.id);
      this.renew(turn ?? newTurn(task), task, isSame[index] === true, timeS);
    }
    for (const [id, turn] of before) {
      turn.isRemoved = true;
      if (turn.isUnderWay) this.turns.set(id, turn);
    }
  }

  private renew(turn: Turn, task: ProbeTask, isSame: boolean, timeS: number): void {
    const goesOn = isSame && !turn.isRemoved;
    turn.task = task;
    turn.isRemoved = false;
    this.turns.set(task.id, turn);
    if (turn.isUnderWay) turn.isOutdated = turn.isOutdated || !goesOn;
    else if (goesOn) this.heap.add(turn);
    else this.begin(turn, timeS);
  }

  private begin(turn: Turn, timeS: number): void {
    const { intervalMs, fastIntervalMs } = turn.task.config;
    turn.isNew = true;
    turn.isOutdated = false;
    turn.idleUntilS = 0;
    this.queue(turn, timeS + (this.part() * Math.min(intervalMs, fastIntervalMs)) / 1000);
  }

  /** Many that began together within a short time are spread over a whole interval by their second turn. */
  private nextS(turn: Turn): number {
    const pace = this.pace(turn.task);
    const isFirst = turn.isNew;
    turn.isNew = false;
    turn.idleUntilS = 0;
    if (pace === "changing") return turn.startedS + this.spanS(turn.task, "changing");
    const { intervalMs, idleIntervalMs } = turn.task.config;
    if (pace === "idle" && idleIntervalMs > intervalMs) {
      turn.idleUntilS = turn.startedS + this.spanS(turn.task, "idle");
    }
    const stepS = this.spanS(turn.task, "steady");
    return turn.startedS + (isFirst ? stepS * this.part() : stepS);
  }

  private spanS(task: ProbeTask, pace: Pace): number {
    const { intervalMs, fastIntervalMs, idleIntervalMs, jitter } = task.config;
    let spanMs = intervalMs;
    if (pace === "changing") spanMs = Math.min(intervalMs, fastIntervalMs);
    if (pace === "idle") spanMs = idleIntervalMs;
    return (spanMs / 1000) * (1 + jitter * (2 * this.part() - 1));
  }

  /** Above 0, up to 1. */
  private part(): number {
    return this.rng.integer(RANDOM_STEPS) / RANDOM_STEPS;
  }

  private queue(turn: Turn, dueS: number): void {
    turn.dueS = dueS;
    this.heap.add(turn);
  }

  private advance(nowS: number): number {
    const stepS = nowS - (this.clockS ?? nowS);
    this.clockS = nowS;
    if (stepS > 0 && stepS <= LONGEST_STEP_S) this.timeS += stepS;
    return this.timeS;
  }
}

function newTurn(task: ProbeTask): Turn {
  return {
    task,
    dueS: 0,
    startedS: 0,
    idleUntilS: 0,
    isUnderWay: false,
    isNew: true,
    isOutdated: false,
    isRemoved: false,
  };
}
