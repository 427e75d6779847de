import type { Clock, CounterStore, Log, LogLevel, Rng } from "../core/ports";
import { STORE_REFUSALS_KEY } from "./keys";

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

/** Counters that never evict: a full dict refuses, and status says so. */
export class DictCounters implements CounterStore {
  constructor(private readonly dict: NgxSharedDict) {}

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
    this.dict.safe_add(key, 0);
    const [value] = this.dict.incr(key, delta);
    if (value === undefined) this.dict.incr(STORE_REFUSALS_KEY, 1);
    return value;
  }
}
