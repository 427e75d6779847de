import fc from "fast-check";
import { FailureWindow } from "../../../src/core/health/failure-window";
import { passive, report, START_S } from "./health-scene";

const WINDOW_MS = 10_000;
const MAX_FAILS = 6;
const MIN_ATTEMPTS = 15;
const MAX_PERCENT = 40;

const step = fc
  .record({
    afterMs: fc.oneof(fc.nat(1200), fc.nat(30_000)),
    successes: fc.oneof(fc.constant(0), fc.nat(6)),
    failures: fc.nat(5),
    failuresInRow: fc.nat(5),
  })
  .map(({ afterMs, successes, failures, failuresInRow }) => ({
    afterMs,
    attempts: successes + failures,
    failures,
    failuresInRow: successes === 0 ? failures : Math.min(failuresInRow, failures),
  }));

interface Seen {
  readonly atMs: number;
  readonly attempts: number;
  readonly failures: number;
  readonly failuresInRow: number;
}

/** From the list of all that was ever seen. */
function isTooMuch(all: readonly Seen[]): boolean {
  const now = all[all.length - 1]!;
  if (now.failures === 0) return false;
  let inRow = 0;
  let lastMs = -Infinity;
  for (const { atMs, attempts, failures, failuresInRow } of all) {
    if (attempts > failures) inRow = failuresInRow;
    else if (failures > 0) inRow = failures + (atMs - lastMs > WINDOW_MS ? 0 : inRow);
    if (failures > 0) lastMs = atMs;
  }
  const tenth = (ms: number): number => Math.floor(ms / (WINDOW_MS / 10));
  const inWindow = all.filter(({ atMs }) => tenth(now.atMs) - tenth(atMs) < 10);
  const attempts = inWindow.reduce((sum, seen) => sum + seen.attempts, 0);
  const failures = inWindow.reduce((sum, seen) => sum + seen.failures, 0);
  return inRow >= MAX_FAILS || (attempts >= MIN_ATTEMPTS && failures / attempts >= MAX_PERCENT / 100);
}

test("a window counts what a list of everything would", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const window = new FailureWindow(
        passive({
          maxFails: MAX_FAILS,
          windowMs: WINDOW_MS,
          minAttempts: MIN_ATTEMPTS,
          maxFailurePercent: MAX_PERCENT,
        }),
      );
      const all: Seen[] = [];
      let atMs = START_S * 1000;
      for (const { afterMs, ...seen } of steps) {
        atMs += afterMs;
        all.push({ atMs, ...seen });
        expect(window.add(report("a", seen), atMs / 1000) !== undefined).toBe(isTooMuch(all));
      }
    }),
    { numRuns: 500 },
  );
});
