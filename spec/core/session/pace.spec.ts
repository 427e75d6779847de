import { Pace } from "../../../src/core/session/pace";
import { seededRng } from "../support/seeded-rng";

const TICK_S = 0.05;

/** When each of so many sessions is closed, in seconds after `from`. */
function closings(pace: Pace, count: number, from: number, until: number): number[] {
  const times: number[] = [];
  pace.resume(from, count);
  for (const tick of $range(0, Math.floor((until - from) / TICK_S))) {
    const now = from + tick * TICK_S;
    for (const _ of $range(1, pace.due(now, count - times.length))) times.push(now - from);
  }
  return times;
}

/** How many fall into each of ten equal parts. */
function tenths(times: readonly number[], length: number): number[] {
  const counts = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (const time of times) counts[Math.min(Math.floor((time / length) * 10), 9)]! += 1;
  return counts;
}

describe("the pace of closing", () => {
  it("is even over the spread, and at its end all are closed", () => {
    const pace = new Pace({ atS: 100, spreadMs: 10_000 }, 50, seededRng(1));
    const times = closings(pace, 1000, 100, 110.1);
    expect(times).toHaveLength(1000);
    for (const count of tenths(times, 10)) {
      expect(count).toBeGreaterThan(80);
      expect(count).toBeLessThan(120);
    }
  });

  it("has gaps that differ, also for a few", () => {
    const pace = new Pace({ atS: 100, spreadMs: 10_000 }, 100, seededRng(7));
    const times = closings(pace, 10, 100, 110.1);
    expect(times).toHaveLength(10);
    const gaps = new LuaSet<string>();
    let distinct = 0;
    for (const index of $range(1, 9)) {
      const gap = Math.floor((times[index]! - times[index - 1]!) * 10).toString();
      if (!gaps.has(gap)) distinct += 1;
      gaps.add(gap);
    }
    expect(distinct).toBeGreaterThan(3);
  });

  it("does not close the one session that each of many workers has at the same time", () => {
    const times: number[] = [];
    for (const seed of $range(1, 200)) {
      const pace = new Pace({ atS: 100, spreadMs: 10_000 }, 100, seededRng(seed * 7919));
      times.push(...closings(pace, 1, 100, 110.1));
    }
    expect(times).toHaveLength(200);
    for (const count of tenths(times, 10)) expect(count).toBeGreaterThan(5);
  });

  it("begins when it should, and at once where that is past, with the whole spread before it", () => {
    expect(new Pace({ atS: 100, spreadMs: 1000 }, 50, seededRng(1)).beginS).toBe(100);
    const late = new Pace({ atS: 100, spreadMs: 10_000 }, 500, seededRng(1));
    expect(late.beginS).toBe(500);
    late.resume(500, 10);
    expect(late.due(500, 10)).toBeLessThan(2);
    expect(late.due(510, 9)).toBe(9);
  });

  it("is never due after the spread", () => {
    for (const seed of $range(1, 50)) {
      const pace = new Pace({ atS: 100, spreadMs: 10_000 }, 100, seededRng(seed * 7919));
      pace.resume(100, 2);
      expect(pace.due(pace.nextAtS, 2)).toBe(1);
      expect(pace.nextAtS).toBeLessThanOrEqual(110);
    }
  });

  it("without a spread closes all at once", () => {
    const pace = new Pace({ atS: 0, spreadMs: 0 }, 100, seededRng(1));
    pace.resume(100, 5000);
    expect(pace.due(100, 5000)).toBe(5000);
  });

  it("does not make up for the time in which there was nobody to close", () => {
    const pace = new Pace({ atS: 100, spreadMs: 10_000 }, 100, seededRng(1));
    pace.resume(100, 0);
    expect(pace.due(105, 0)).toBe(0);
    pace.resume(105, 100);
    expect(pace.due(105, 100)).toBeLessThan(2);
    expect(pace.due(107.5, 100)).toBeLessThan(70);
    expect(pace.due(110, 40)).toBe(40);
  });
});
