import type { Clock, Log, Rng } from "../ports";
import type { Answer, Family } from "./answer";
import { isIpv6 } from "./ip-address";

/** More addresses of one name than this are dropped, the last ones in the order of their text. */
export const MAX_ADDRESSES = 256;

const FIRST_RETRY_S = 1;
const LONGEST_RETRY_S = 30;
/** Of a waiting time, added at random: names answered together are not asked for together for ever. */
const JITTER = 0.1;
const JITTER_STEPS = 1000;

export interface TtlBounds {
  readonly ttlMinMs: number;
  readonly ttlMaxMs: number;
}

interface Entry {
  readonly name: string;
  /** Sorted, unique; `undefined` until the first answer. */
  addresses: readonly string[] | undefined;
  isInFlight: boolean;
  settledAt: number;
  dueAt: number;
  /** Failures, partial ones included, since the last whole answer. */
  failures: number;
  /** Of the last failure; `undefined` after a whole answer. */
  reason: string | undefined;
}

/**
 * When each name is to be resolved, and what is known of it meanwhile. An answer holds for its TTL, within bounds. A
 * failure takes nothing away: the addresses stay, for ever if need be, while the name is retried with growing pauses.
 */
export class Schedule {
  private entries: Entry[] = [];
  private readonly byName = new LuaMap<string, Entry>();
  private cursor = 0;
  private ttlMinS = 1;
  private ttlMaxS = 300;

  constructor(
    private readonly clock: Clock,
    private readonly rng: Rng,
    private readonly log: Log,
  ) {}

  /** A lower maximum holds at once, also for what was answered before. */
  setBounds(bounds: TtlBounds): void {
    this.ttlMinS = bounds.ttlMinMs / 1000;
    this.ttlMaxS = Math.max(bounds.ttlMaxMs / 1000, this.ttlMinS);
  }

  /** The names to keep resolved. New ones are due at once, what was known of others is dropped. */
  setNames(names: readonly string[]): void {
    const wanted = new LuaSet<string>();
    const entries: Entry[] = [];
    for (const name of names) {
      if (!wanted.has(name)) {
        wanted.add(name);
        entries.push(this.byName.get(name) ?? newEntry(name));
      }
    }
    for (const entry of this.entries) if (!wanted.has(entry.name)) this.byName.delete(entry.name);
    for (const entry of entries) this.byName.set(entry.name, entry);
    this.entries = entries;
    this.cursor = 0;
  }

  /** Makes every name due: other servers may know better. */
  refreshAll(): void {
    for (const entry of this.entries) entry.dueAt = 0;
  }

  /** A name to resolve now, each in its turn; it is not given out again before it is answered or failed. */
  take(): string | undefined {
    const now = this.clock.now();
    const entries = this.entries;
    const count = entries.length;
    for (let step = 0; step < count; step += 1) {
      const entry = entries[this.cursor]!;
      this.cursor = (this.cursor + 1) % count;
      if (!entry.isInFlight && this.isDue(entry, now)) {
        entry.isInFlight = true;
        return entry.name;
      }
    }
    return undefined;
  }

  /** @returns whether the set of addresses is another one now */
  answered(name: string, answer: Answer): boolean {
    const entry = this.byName.get(name);
    if (entry === undefined) return false;
    const missing = answer.missing;
    const ttlS = Math.max(this.ttlMinS, Math.min(this.ttlMaxS, answer.ttlS));
    if (missing === undefined) {
      if (entry.reason !== undefined) this.log.write("notice", `resolver: ${name}: answered again`);
      entry.failures = 0;
      entry.reason = undefined;
      this.settle(entry, ttlS);
    } else {
      this.noteFailure(entry, `${missing.family}: ${missing.reason}`);
      this.settle(entry, Math.min(ttlS, this.retryS(entry)));
    }
    return this.replace(entry, answer.addresses, missing?.family);
  }

  failed(name: string, reason: string): void {
    const entry = this.byName.get(name);
    if (entry === undefined) return;
    this.noteFailure(entry, reason);
    this.settle(entry, this.retryS(entry));
  }

  /** Sorted and unique; `undefined` as long as nothing is known. */
  addresses(name: string): readonly string[] | undefined {
    return this.byName.get(name)?.addresses;
  }

  /** Why the last attempt failed, in part or whole; `undefined` if it did not. */
  failure(name: string): string | undefined {
    return this.byName.get(name)?.reason;
  }

  private isDue(entry: Entry, now: number): boolean {
    const waitedS = now - entry.settledAt;
    // Less than nothing: the system clock was set back, and what was to come may be far away.
    return now > entry.dueAt || waitedS < 0 || waitedS > this.ttlMaxS * (1 + JITTER);
  }

  private settle(entry: Entry, waitS: number): void {
    const jitter = (this.rng.integer(JITTER_STEPS) / JITTER_STEPS) * JITTER;
    entry.isInFlight = false;
    entry.settledAt = this.clock.now();
    entry.dueAt = entry.settledAt + waitS * (1 + jitter);
  }

  private noteFailure(entry: Entry, reason: string): void {
    entry.failures += 1;
    if (entry.reason === reason) return;
    entry.reason = reason;
    const known = entry.addresses?.length ?? 0;
    this.log.write("warn", `resolver: ${entry.name}: ${reason}; addresses kept: ${known}`);
  }

  private retryS(entry: Entry): number {
    return Math.min(FIRST_RETRY_S * 2 ** (entry.failures - 1), LONGEST_RETRY_S, this.ttlMaxS);
  }

  private replace(entry: Entry, addresses: readonly string[], missing: Family | undefined): boolean {
    const found = new LuaSet<string>();
    const merged: string[] = [];
    addUnseen(merged, found, addresses);
    if (missing !== undefined) addUnseen(merged, found, ofFamily(entry.addresses ?? [], missing));
    merged.sort();
    const kept = merged.slice(0, MAX_ADDRESSES);
    if (entry.addresses !== undefined && isSame(entry.addresses, kept)) return false;
    if (kept.length < merged.length) {
      this.log.write(
        "warn",
        `resolver: ${entry.name}: ${merged.length} addresses, the first ${MAX_ADDRESSES} are used`,
      );
    }
    entry.addresses = kept;
    return true;
  }
}

function newEntry(name: string): Entry {
  return {
    name,
    addresses: undefined,
    isInFlight: false,
    settledAt: 0,
    dueAt: 0,
    failures: 0,
    reason: undefined,
  };
}

function addUnseen(target: string[], seen: LuaSet<string>, addresses: readonly string[]): void {
  for (const address of addresses) {
    if (!seen.has(address)) {
      seen.add(address);
      target.push(address);
    }
  }
}

function ofFamily(addresses: readonly string[], family: Family): string[] {
  const own: string[] = [];
  for (const address of addresses) if (isIpv6(address) === (family === "ipv6")) own.push(address);
  return own;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
