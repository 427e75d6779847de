import type { Clock, CounterStore, Log, LogLevel, Rng } from "../core/ports";
import { COUNTED_KEY, countedName, STORE_REFUSALS_KEY } from "./keys";
import type { Processes } from "./processes";

/** The ports of `core` over nginx. */

export const clock: Clock = { now: () => ngx.now() };

export const rng: Rng = { integer: (limit) => math.random(limit) };

const LEVELS: Readonly<Record<LogLevel, number>> = {
  debug: ngx.DEBUG,
  info: ngx.INFO,
  notice: ngx.NOTICE,
  warn: ngx.WARN,
  error: ngx.ERR,
};

export const log: Log = {
  write: (level, message) => {
    ngx.log(LEVELS[level], "switchboard: ", message);
  },
};

/** Configuration, counts and health of all workers; the snippets declare it. */
export function sharedDict(): NgxSharedDict {
  const dict = ngx.shared["switchboard"];
  if (dict === undefined)
    error("switchboard: `lua_shared_dict switchboard` is missing: include switchboard/http-base.conf", 0);
  return dict;
}

/**
 * Counters that never evict: a full dict refuses, and status says so. None is made that the leader could not find: the
 * process is entered before its first counter, and a new total is put into the list of all.
 */
export class DictCounters implements CounterStore {
  constructor(
    private readonly dict: NgxSharedDict,
    private readonly processes: Processes,
    /** Where it is counted how often there was no room. */
    private readonly refusalsKey = STORE_REFUSALS_KEY,
  ) {}

  add(key: string, delta: number): number | undefined {
    const [value] = this.dict.incr(key, delta);
    return value ?? this.create(key, delta);
  }

  read(key: string): number {
    const [value] = this.dict.get(key);
    return typeof value === "number" ? value : 0;
  }

  remove(key: string): void {
    this.dict.delete(key);
  }

  /** `safe_add` and `incr`, not `incr` with a first value: that one makes room by evicting live keys. */
  private create(key: string, delta: number): number | undefined {
    if (this.processes.enter() === undefined) {
      const [isNew] = this.dict.safe_add(key, 0);
      if (isNew !== true || this.enlist(key)) {
        const [value] = this.dict.incr(key, delta);
        if (value !== undefined) return value;
      }
    }
    this.dict.incr(this.refusalsKey, 1);
    return undefined;
  }

  /** Says whether the counter may stay. */
  private enlist(key: string): boolean {
    const name = countedName(key);
    if (name === undefined) return true;
    const [length] = this.dict.rpush(COUNTED_KEY, name);
    const isThere = typeof length === "number";
    if (!isThere) this.dict.delete(key);
    return isThere;
  }
}
