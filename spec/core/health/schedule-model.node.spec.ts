import fc from "fast-check";
import { Schedule } from "../../../src/core/health/schedule";
import type { Pace, Turn } from "../../../src/core/health/schedule";
import { goOn } from "../../../src/core/pause";
import { aTask } from "../support/probe-fixture";
import { seededRng } from "../support/seeded-rng";

const IDS = ["a", "b", "c", "d", "e", "f"];
const PACES: readonly Pace[] = ["steady", "changing", "idle"];
/** Of the tasks, each of them with its jitter at most. */
const SHORTEST_S = 0.9;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ tick: fc.double({ min: 0.01, max: 1.9, noNaN: true }) }) },
  { weight: 3, arbitrary: fc.record({ end: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ use: fc.subarray(IDS), port: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ pace: fc.constantFrom(...PACES) }) },
  { weight: 1, arbitrary: fc.record({ leap: fc.integer({ min: -1_000_000, max: 1_000_000 }) }) },
  { weight: 1, arbitrary: fc.record({ restart: fc.constant(true) }) },
);

it("whatever happens, a peer has one probe at a time, is probed if it is asked for, and no sooner than due", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.array(step, { maxLength: 120 }), (seed, steps) => {
      let now = 1000;
      let pace: Pace = "steady";
      const schedule = new Schedule(seededRng(seed), () => pace);
      let wanted = new Map<string, number>();
      const underWay = new Map<string, Turn>();
      /** In passed time; forgotten where a turn begins anew. */
      const lastStart = new Map<string, number>();
      /** Its second turn may come soon. */
      const began = new Set<string>();
      let passed = 0;
      const take = (): void => {
        for (let turn = schedule.take(now); turn !== undefined; turn = schedule.take(now)) {
          const { id, port } = turn.task;
          expect(underWay.has(id)).toBe(false);
          expect(wanted.get(id)).toBe(port);
          const last = lastStart.get(id);
          if (last !== undefined) expect(passed - last).toBeGreaterThan(SHORTEST_S - 0.001);
          if (began.has(id)) lastStart.set(id, passed);
          began.add(id);
          underWay.set(id, turn);
        }
      };
      const forget = (id: string): void => {
        lastStart.delete(id);
        began.delete(id);
      };
      for (const one of steps) {
        if ("tick" in one) {
          now += one.tick;
          passed += one.tick;
          take();
        } else if ("end" in one) {
          const turn = [...underWay.values()][one.end];
          if (turn !== undefined) {
            underWay.delete(turn.task.id);
            schedule.ended(turn, now);
          }
        } else if ("use" in one) {
          const next = new Map(one.use.map((id) => [id, 80 + one.port]));
          for (const id of IDS) if (next.get(id) !== wanted.get(id)) forget(id);
          wanted = next;
          schedule.use(
            one.use.map((id) => ({ ...aTask(id, { idleIntervalMs: 20_000 }), port: 80 + one.port })),
            now,
            goOn,
          );
        } else if ("pace" in one) pace = one.pace;
        else if ("leap" in one) {
          now += one.leap + (one.leap >= 0 ? 3 : 0);
          take();
        } else {
          for (const id of IDS) forget(id);
          schedule.restart(now);
        }
      }
      for (const turn of underWay.values()) schedule.ended(turn, now);
      underWay.clear();
      pace = "steady";
      const probed = new Set<string>();
      for (let passedS = 0; passedS < 5.6; passedS += 0.05) {
        now += 0.05;
        for (let turn = schedule.take(now); turn !== undefined; turn = schedule.take(now)) {
          probed.add(turn.task.id);
          schedule.ended(turn, now);
        }
      }
      expect([...probed].sort()).toEqual([...wanted.keys()].sort());
    }),
    { numRuns: 500 },
  );
});

it("is quick with many tasks", () => {
  const schedule = new Schedule(seededRng(3), () => "steady");
  const tasks = Array.from({ length: 10_000 }, (_, index) => aTask(`t${index}`));
  schedule.use(tasks, 0, goOn);
  let probes = 0;
  for (let now = 0; now < 60; now += 0.05) {
    for (let turn = schedule.take(now); turn !== undefined; turn = schedule.take(now)) {
      schedule.ended(turn, now);
      probes += 1;
    }
  }
  expect(probes).toBeGreaterThan(110_000);
  expect(probes).toBeLessThan(140_000);
});
