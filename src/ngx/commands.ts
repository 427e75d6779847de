import type { Fallible } from "../core/fallible";
import { CLOSE_KEYS } from "./keys";
import { NumberedLog, type LogEntry } from "./numbered-log";
import { isGone } from "./process";
import type { Processes } from "./processes";

export interface Replies {
  /** Of what the processes have counted. */
  readonly sum: number;
  /** Processes that exist and have said nothing in time, as one that is stopped does. */
  readonly unanswered: number;
}

/** Commands and replies that nobody reads any more go by themselves. */
const TTL_S = 60;
const PACE_TTL_S = 5;
const POLL_S = 0.01;

/**
 * Commands from one process to all, numbered in the order they were given. Each process reads those that come after its own
 * start, and replies with a number.
 */
export class Commands {
  private readonly given: NumberedLog;

  constructor(
    private readonly dict: NgxSharedDict,
    private readonly processes: Processes,
    private readonly keys = CLOSE_KEYS,
  ) {
    this.given = new NumberedLog(dict, keys.count, keys.command, TTL_S);
  }

  /** @returns its number, or why it was not given */
  give(text: string): Fallible<number> {
    return this.given.give(text);
  }

  isBehind(): boolean {
    return this.given.isBehind();
  }

  /** The next one that this process has not seen. */
  next(): LogEntry | undefined {
    return this.given.next();
  }

  /** For a command of `next`. */
  reply(number: number, count: number): void {
    const slot = this.processes.ownSlot;
    if (slot > 0) this.dict.safe_add(this.keys.reply(number, slot), count, TTL_S);
  }

  /**
   * Waits for the replies of all processes.
   * @param isEnough for a sum that makes further ones superfluous
   */
  collect(number: number, timeoutS: number, isEnough: (this: void, sum: number) => boolean): Replies {
    ngx.update_time();
    const deadline = ngx.now() + timeoutS;
    let [waiting] = this.processes.sort(() => undefined);
    let sum = 0;
    while (true) {
      waiting = waiting.filter(({ slot }) => {
        const [count] = this.dict.get(this.keys.reply(number, slot));
        if (typeof count === "number") sum += count;
        return typeof count !== "number";
      });
      if (waiting.length === 0 || isEnough(sum)) return { sum, unanswered: 0 };
      ngx.update_time();
      if (ngx.now() >= deadline) break;
      ngx.sleep(POLL_S);
    }
    return { sum, unanswered: waiting.filter(({ id }) => !isGone(id)).length };
  }

  /**
   * Takes one of what all processes together may use up in a second of the clock.
   * @param allowance how many may be taken in this second so far
   */
  takeShare(number: number, second: number, allowance: number): boolean {
    const key = this.keys.pace(number, second);
    this.dict.safe_add(key, 0, PACE_TTL_S);
    const [taken] = this.dict.incr(key, 1);
    if (taken === undefined) return false;
    if (taken <= allowance) return true;
    this.dict.incr(key, -1);
    return false;
  }
}
