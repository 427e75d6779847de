/** The only things `core` may ask of the world. Adapters live in `src/ngx`; specs bring their own. */

/** Seconds since the epoch with fractions, from the event loop's cached time: cheap, and it may step with the system clock. */
export interface Clock {
  now(): number;
}

/** A uniform integer in `[1, limit]`; `limit` is at least 1. */
export interface Rng {
  integer(limit: number): number;
}

export type LogLevel = "debug" | "info" | "notice" | "warn" | "error";

export interface Log {
  write(level: LogLevel, message: string): void;
}

/**
 * Counters shared by every worker of one gateway. Both calls fail closed: `undefined` says that the store refused
 * (it is full), never that the count is zero.
 */
export interface CounterStore {
  /** Adds `delta`, creating the counter at 0 first; returns the new value. */
  add(key: string, delta: number): number | undefined;
  /** The value, or 0 where there is no such counter. */
  read(key: string): number;
  remove(key: string): void;
}
