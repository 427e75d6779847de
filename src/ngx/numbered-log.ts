import type { Fallible } from "../core/fallible";

export interface LogEntry {
  readonly number: number;
  readonly text: string;
}

/** A number is taken a moment before its entry is there; whoever took it may end in between. */
const PATIENCE_S = 1;

/**
 * Texts from any process to all, numbered in the order they were given, in the shared dict. Each process reads those that come
 * after it began to; they go by themselves.
 */
export class NumberedLog {
  private last: number;
  private missingSince: number | undefined;
  private hasMissed = false;

  constructor(
    private readonly dict: NgxSharedDict,
    /** Holds the last number. */
    private readonly countKey: string,
    private readonly entryKey: (this: void, number: number) => string,
    /** How long an entry is there to be read. */
    private readonly ttlS: number,
  ) {
    this.last = this.newest();
  }

  /** @returns its number, or why it was not given */
  give(text: string): Fallible<number> {
    this.dict.safe_add(this.countKey, 0);
    const [number, refusal] = this.dict.incr(this.countKey, 1);
    if (number === undefined) return $multi(undefined, refusal ?? "not stored");
    const [isStored, err] = this.dict.safe_add(this.entryKey(number), text, this.ttlS);
    if (isStored !== true) return $multi(undefined, err ?? "not stored");
    return $multi(number);
  }

  isBehind(): boolean {
    return this.newest() !== this.last;
  }

  /** The next one that this process has not seen. */
  next(): LogEntry | undefined {
    const newest = this.newest();
    while (this.last < newest) {
      const number = this.last + 1;
      const [text] = this.dict.get(this.entryKey(number));
      if (typeof text !== "string" && this.isAwaited(number === newest)) return undefined;
      this.last = number;
      this.missingSince = undefined;
      if (typeof text === "string") return { number, text };
      this.hasMissed = true;
    }
    // The dict has forgotten everything.
    if (this.last > newest) {
      this.last = newest;
      this.hasMissed = true;
    }
    return undefined;
  }

  /** Whether `next` has skipped an entry since the last call: it was gone, or there had been no room for it. */
  takeMissed(): boolean {
    const { hasMissed } = this;
    this.hasMissed = false;
    return hasMissed;
  }

  private newest(): number {
    const [number] = this.dict.get(this.countKey);
    return typeof number === "number" ? number : 0;
  }

  private isAwaited(isNewest: boolean): boolean {
    if (!isNewest) return false;
    this.missingSince ??= ngx.now();
    return Math.abs(ngx.now() - this.missingSince) < PATIENCE_S;
  }
}
