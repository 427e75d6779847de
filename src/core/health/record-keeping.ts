import type { Log } from "../ports";
import type { HealthChange, HealthRecord } from "./record";

/** Where the records of all peers are, for all workers. */
export interface Records {
  /** @returns why it is not stored, if so; what was there before may then be gone */
  write(upstream: string, key: string, record: HealthRecord): string | undefined;
  remove(upstream: string, key: string): void;
  /** Nobody has the trial of the peer any more. */
  endClaim(upstream: string, key: string): void;
}

export interface RecordKeepingDeps {
  readonly records: Records;
  /** Tells the workers of which peers there is something new. */
  readonly told: { tell(upstream: string, keys: readonly string[]): unknown };
  readonly log: Log;
}

interface Waiting {
  readonly upstream: string;
  readonly change: HealthChange;
}

/** How long a record that there was no room for waits. */
const RETRY_S = 1;

/** Puts what is new of peers where all workers find it. What there is no room for is put there later, unless it is out of date by then. */
export class RecordKeeping {
  /** By upstream and peer, the last that there was no room for. */
  private waiting = new LuaMap<string, Waiting>();
  private isWaiting = false;
  private retryAt = 0;
  private hasRefused = false;

  constructor(private readonly deps: RecordKeepingDeps) {}

  keep(upstream: string, changes: readonly HealthChange[]): void {
    const stored: string[] = [];
    for (const change of changes) {
      const place = `${upstream}\n${change.key}`;
      if (this.store(upstream, change)) {
        stored.push(change.key);
        if (this.isWaiting) this.waiting.delete(place);
      } else {
        this.waiting.set(place, { upstream, change });
        this.isWaiting = true;
      }
    }
    if (stored.length > 0) this.deps.told.tell(upstream, stored);
  }

  /** Another process keeps them. */
  forget(): void {
    this.waiting = new LuaMap();
    this.isWaiting = false;
  }

  /** What was refused is tried again once in a while. */
  tryAgain(nowS: number): void {
    if (!this.isWaiting || Math.abs(nowS - this.retryAt) < RETRY_S) return;
    this.retryAt = nowS;
    const { waiting } = this;
    this.forget();
    for (const [, { upstream, change }] of waiting) this.keep(upstream, [change]);
  }

  private store(upstream: string, { key, record, event }: HealthChange): boolean {
    const { records, log } = this.deps;
    // Whoever had the trial before may have kept it longer than the ejection took.
    if (event?.to === "trial") records.endClaim(upstream, key);
    if (record === undefined) {
      records.remove(upstream, key);
      return true;
    }
    const refusal = records.write(upstream, key, record);
    if (refusal !== undefined && !this.hasRefused)
      log.write("error", `what is found of peers' health does not reach the workers: ${refusal}`);
    this.hasRefused = refusal !== undefined;
    return refusal === undefined;
  }
}
