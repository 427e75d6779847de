import type { ProbeTask } from "../../core/health/probe-task";
import type { ProbeOutcome } from "../../core/health/record";
import { Schedule } from "../../core/health/schedule";
import type { Pace, Turn } from "../../core/health/schedule";
import type { Pause } from "../../core/pause";
import type { Clock, Log, Rng } from "../../core/ports";
import { inTimer, slicer } from "../chore";
import { probe } from "./probe";

/** Probes under way at a time. So many peers may be silent without the turns of others being late. */
const MAX_UNDER_WAY = 256;
/**
 * Timers under way at a time. nginx runs 256 of all kinds (lua_max_running_timers), and drops what is due beyond without a word to
 * its owner.
 */
const MAX_TIMERS = 128;
/** The more of them there are, as many peers are silent, the longer the next one waits, and takes all that is due by then. */
const WAIT_S_PER_SQUARE = 1 / 4000;
/** What keeps this process from probing is told so often at most. */
const TROUBLE_INTERVAL_S = 60;

/** The probes of one timer, and how many of them have not ended. */
interface Batch {
  left: number;
}

export interface ProberDeps {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly pace: (this: void, task: ProbeTask) => Pace;
  readonly done: (this: void, task: ProbeTask, outcome: ProbeOutcome) => void;
}

/**
 * Probes peers, each in its turn. Its owner's loop calls `step`; the network is waited for in light threads of a timer that
 * ends with the last probe that was begun in the same step, so that its memory is given back.
 */
export class Prober {
  private readonly schedule: Schedule;
  private underWay = 0;
  private timers = 0;
  private begunAtS = 0;
  private isStopped = false;
  private toldAtS: number | undefined;

  constructor(private readonly deps: ProberDeps) {
    this.schedule = new Schedule(deps.rng, deps.pace);
  }

  /** These are the tasks from now on, each id once. */
  use(tasks: readonly ProbeTask[], pause: Pause): void {
    this.schedule.use(tasks, this.deps.clock.now(), pause);
  }

  /** Begins what is due, as far as there is room. It does not yield. */
  step(): void {
    if (ngx.worker.exiting()) return;
    const nowS = this.deps.clock.now();
    if (this.isStopped) {
      this.isStopped = false;
      this.schedule.restart(nowS);
    }
    if (this.isCrowded(nowS)) return;
    const due = this.takeDue(nowS);
    if (due.length === 0) return;
    this.begunAtS = nowS;
    let begun = 0;
    const batch: Batch = { left: due.length };
    this.timers += 1;
    inTimer(
      () => {
        const pause = slicer();
        for (const turn of due) {
          begun += 1;
          ngx.thread.spawn(run, this, turn, batch);
          pause();
        }
      },
      // Those that were not begun, as the worker exits or has no timer.
      () => {
        for (const index of $range(begun, due.length - 1)) this.end(due[index]!, batch);
      },
    );
  }

  /** Another process probes now: what is under way counts no more, and the next `step` begins anew. */
  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.schedule.restart(this.deps.clock.now());
  }

  /** In a light thread. */
  probe(turn: Turn, batch: Batch): void {
    const [isSound, raised] = pcall(probeAndTell, this, turn);
    if (!isSound) this.tellTrouble(turn.task, tostring(raised));
    this.end(turn, batch);
  }

  probeAndTell(turn: Turn): void {
    const { task } = turn;
    const [outcome, trouble] = probe(task);
    if (outcome === undefined) this.tellTrouble(task, trouble);
    else if (this.schedule.isWanted(turn)) this.deps.done(task, outcome);
  }

  /** Whether the next timer has to wait. */
  private isCrowded(nowS: number): boolean {
    const { timers } = this;
    return timers >= MAX_TIMERS || Math.abs(nowS - this.begunAtS) < timers * timers * WAIT_S_PER_SQUARE;
  }

  private takeDue(nowS: number): readonly Turn[] {
    const due: Turn[] = [];
    while (this.underWay < MAX_UNDER_WAY) {
      const turn = this.schedule.take(nowS);
      if (turn === undefined) break;
      this.underWay += 1;
      due.push(turn);
    }
    return due;
  }

  private end(turn: Turn, batch: Batch): void {
    this.underWay -= 1;
    batch.left -= 1;
    if (batch.left === 0) this.timers -= 1;
    this.schedule.ended(turn, this.deps.clock.now());
  }

  private tellTrouble(task: ProbeTask, trouble: string): void {
    const nowS = this.deps.clock.now();
    const sinceS = nowS - (this.toldAtS ?? nowS - TROUBLE_INTERVAL_S);
    if (sinceS >= 0 && sinceS < TROUBLE_INTERVAL_S) return;
    this.toldAtS = nowS;
    this.deps.log.write(
      "error",
      `health: no probe of peer ${task.key} of upstream ${task.upstream}: ${trouble}`,
    );
  }
}

function run(this: void, prober: Prober, turn: Turn, batch: Batch): void {
  prober.probe(turn, batch);
}

function probeAndTell(this: void, prober: Prober, turn: Turn): void {
  prober.probeAndTell(turn);
}
