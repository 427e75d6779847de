import type { PassiveHealthConfig } from "../config/snapshot";
import type { AttemptReport } from "./record";

const BUCKETS = 10;

/**
 * The handshakes with one peer: failures in a row, and how many of all of them failed in a window that slides by a tenth of
 * itself.
 */
export class FailureWindow {
  private inRow = 0;
  private lastFailureS = 0;
  private attempts = 0;
  private failures = 0;
  private readonly attemptsIn: number[] = [];
  private readonly failuresIn: number[] = [];
  /** Counted from the epoch, in tenths of the window. */
  private newest = 0;

  constructor(private config: PassiveHealthConfig) {
    this.clear();
  }

  use(config: PassiveHealthConfig): void {
    if (config.windowMs !== this.config.windowMs) this.clear();
    this.config = config;
  }

  clear(): void {
    this.inRow = 0;
    this.attempts = 0;
    this.failures = 0;
    for (const index of $range(0, BUCKETS - 1)) {
      this.attemptsIn[index] = 0;
      this.failuresIn[index] = 0;
    }
  }

  /** @returns why the peer should be ejected, if this report says so */
  add(report: AttemptReport, nowS: number): string | undefined {
    const failures = Math.min(report.failures, report.attempts);
    this.slideTo(nowS);
    const index = this.newest % BUCKETS;
    this.attemptsIn[index] = this.attemptsIn[index]! + report.attempts;
    this.failuresIn[index] = this.failuresIn[index]! + failures;
    this.attempts += report.attempts;
    this.failures += failures;
    this.countRow(report, failures, nowS);
    return failures > 0 ? this.verdict(report.reason) : undefined;
  }

  /** Reports of several workers have no order: a success in any of them ends the row before it. */
  private countRow(report: AttemptReport, failures: number, nowS: number): void {
    const hasSuccess = report.attempts - failures > (report.lateSuccesses ?? 0);
    const isLate = nowS - this.lastFailureS > this.config.windowMs / 1000;
    if (hasSuccess) this.inRow = Math.min(report.failuresInRow, failures);
    else if (failures > 0) this.inRow = (isLate ? 0 : this.inRow) + failures;
    if (failures > 0) this.lastFailureS = nowS;
  }

  private verdict(reason: string): string | undefined {
    const { maxFails, minAttempts, maxFailurePercent } = this.config;
    const { inRow, failures, attempts } = this;
    const cause = reason === "" ? "" : `: ${reason}`;
    if (inRow >= maxFails) return inRow === 1 ? `1 failure${cause}` : `${inRow} failures in a row${cause}`;
    if (attempts < minAttempts || failures * 100 < maxFailurePercent * attempts) return undefined;
    return `${failures} of ${attempts} handshakes failed${cause}`;
  }

  private slideTo(nowS: number): void {
    const bucket = Math.floor((nowS * 1000 * BUCKETS) / this.config.windowMs);
    const steps = bucket - this.newest;
    if (steps >= BUCKETS || steps <= -BUCKETS) {
      const { inRow } = this;
      this.clear();
      this.inRow = inRow;
      this.newest = bucket;
      return;
    }
    // A clock that went back a little goes on in the bucket it had reached.
    for (const _ of $range(1, steps)) this.drop();
  }

  private drop(): void {
    this.newest += 1;
    const index = this.newest % BUCKETS;
    this.attempts -= this.attemptsIn[index]!;
    this.failures -= this.failuresIn[index]!;
    this.attemptsIn[index] = 0;
    this.failuresIn[index] = 0;
  }
}
