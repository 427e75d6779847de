import type { Pace, Turn } from "../../../src/core/health/schedule";
import { Schedule } from "../../../src/core/health/schedule";
import type { ProbeTask } from "../../../src/core/health/probe-task";
import { goOn } from "../../../src/core/pause";
import { aTask } from "../support/probe-fixture";
import { seededRng } from "../support/seeded-rng";

const TICK_S = 0.05;
const START_S = 1_700_000_000;

let now = START_S;
let pace: Pace = "steady";
let schedule: Schedule;

beforeEach(() => {
  now = START_S;
  pace = "steady";
  schedule = new Schedule(seededRng(7), () => pace);
});

function takeAll(): Turn[] {
  const turns: Turn[] = [];
  for (let turn = schedule.take(now); turn !== undefined; turn = schedule.take(now)) turns.push(turn);
  return turns;
}

/** Ticks for so long; probes end at once. @returns when each began, from the start on */
function run(seconds: number): { readonly id: string; readonly atS: number }[] {
  const starts: { id: string; atS: number }[] = [];
  for (const _ of $range(1, Math.floor(seconds / TICK_S + 0.5))) {
    now += TICK_S;
    for (const turn of takeAll()) {
      starts.push({ id: turn.task.id, atS: now - START_S });
      schedule.ended(turn, now);
    }
  }
  return starts;
}

function use(...tasks: ProbeTask[]): void {
  schedule.use(tasks, now, goOn);
}

/** The shortest and the longest time between two of them. */
function gapsOf(starts: readonly { readonly atS: number }[]): number[] {
  let least = 1e9;
  let most = 0;
  for (const index of $range(1, starts.length - 1)) {
    const gap = starts[index]!.atS - starts[index - 1]!.atS;
    least = Math.min(least, gap);
    most = Math.max(most, gap);
  }
  return [least, most];
}

function many(count: number): ProbeTask[] {
  const tasks: ProbeTask[] = [];
  for (const index of $range(1, count)) tasks.push(aTask(`t${index}`));
  return tasks;
}

describe("a new task", () => {
  it("is due within the shortest interval, spread, and evenly after that", () => {
    use(...many(400));
    const first = run(1.1);
    expect(first.filter(({ atS }) => atS < 0.6).length).toBeGreaterThan(150);
    expect(first.length >= 400).toBe(true);
    run(10);
    for (const _ of $range(1, 5)) {
      const perSecond = run(1).length;
      expect(perSecond).toBeGreaterThan(40);
      expect(perSecond).toBeLessThan(125);
    }
  });
});

describe("the next turn", () => {
  it("comes after the interval, a jitter longer or shorter", () => {
    use(aTask("a"));
    run(6.1);
    const [least, most] = gapsOf(run(200)) as [number, number];
    expect(least).toBeGreaterThan(4.45);
    expect(most).toBeLessThan(5.6);
    expect(most - least).toBeGreaterThan(0.3);
  });

  it("comes sooner on the way down or up", () => {
    use(aTask("a", { jitter: 0 }));
    run(6.1);
    pace = "changing";
    run(5.1);
    const [least, most] = gapsOf(run(20)) as [number, number];
    expect(least).toBeGreaterThan(0.94);
    expect(most).toBeLessThan(1.11);
  });

  it("comes later without traffic, and as configured as soon as there is some", () => {
    use(aTask("a", { jitter: 0, idleIntervalMs: 60_000 }));
    run(6.1);
    pace = "idle";
    run(5.1);
    const [least] = gapsOf(run(300)) as [number, number];
    expect(least).toBeGreaterThan(59.9);
    run(20);
    pace = "steady";
    expect(run(5.1).length).toBeGreaterThan(0);
  });

  it("counts from the start of a probe, and waits for its end", () => {
    use(aTask("a", { jitter: 0 }));
    run(6.1);
    let turns: Turn[] = [];
    while (turns.length === 0) {
      now += TICK_S;
      turns = takeAll();
    }
    run(3);
    schedule.ended(turns[0]!, now);
    expect(run(1.9).length).toBe(0);
    expect(run(0.2).length).toBe(1);
    while ((turns = takeAll()).length === 0) now += TICK_S;
    expect(run(60).length).toBe(0);
    schedule.ended(turns[0]!, now);
    expect(takeAll().length).toBe(1);
    expect(takeAll().length).toBe(0);
  });
});

describe("the clock", () => {
  it("may be set: nothing is due because of that, and nothing waits for longer", () => {
    use(...many(100));
    run(20);
    for (const leapS of [1e6, -2e6, 3600]) {
      now += leapS;
      expect(takeAll().length).toBeLessThan(10);
      const began = run(5.6);
      expect(began.length).toBeGreaterThan(90);
      expect(began.length).toBeLessThan(130);
    }
  });

  it("may be late for a while, which is not made up for", () => {
    use(aTask("a"));
    run(6.1);
    now += 1.9;
    now += 1.9;
    expect(run(1).length).toBeLessThan(2);
  });
});

describe("another list of tasks", () => {
  it("leaves the turn of those that are the same", () => {
    use(aTask("a", { jitter: 0 }), aTask("b"));
    run(6.1);
    while (takeAll().filter((turn) => (schedule.ended(turn, now), turn.task.id === "a")).length === 0)
      now += TICK_S;
    for (const _ of $range(1, 9)) {
      use(aTask("b"), aTask("a", { jitter: 0 }));
      expect(run(0.5).filter(({ id }) => id === "a").length).toBe(0);
    }
    expect(run(0.7).filter(({ id }) => id === "a").length).toBe(1);
  });

  it("begins anew with those that are not", () => {
    use(aTask("a", { intervalMs: 3_600_000 }));
    run(3601);
    expect(run(60).length).toBeLessThan(2);
    use(aTask("a"));
    expect(run(1.1).length).toBeGreaterThan(0);
  });

  it("makes what is under way unwanted, and lets it end before the next probe of the peer", () => {
    use(aTask("a"));
    run(6.1);
    let turns: Turn[] = [];
    while ((turns = takeAll()).length === 0) now += TICK_S;
    const [turn] = turns as [Turn];
    expect(schedule.isWanted(turn)).toBe(true);
    use(aTask("a", { path: "/other" }));
    expect(schedule.isWanted(turn)).toBe(false);
    use();
    use(aTask("a", { path: "/other" }));
    expect(schedule.isWanted(turn)).toBe(false);
    expect(run(30).length).toBe(0);
    schedule.ended(turn, now);
    expect(run(1.1).length).toBeGreaterThan(0);
  });

  it("may be none", () => {
    use(...many(20));
    run(2);
    use();
    expect(run(20).length).toBe(0);
  });

  it("or the same anew", () => {
    use(...many(20));
    run(20);
    schedule.restart(now);
    expect(run(1.1).length >= 20).toBe(true);
  });
});
