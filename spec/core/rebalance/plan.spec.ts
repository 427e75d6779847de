import { planMoves } from "../../../src/core/rebalance/plan";
import type { PlanPeer } from "../../../src/core/rebalance/shares";

function peers(...fields: readonly Partial<PlanPeer>[]): PlanPeer[] {
  return fields.map((given, index) => {
    const active = given.active ?? 0;
    return { key: `p${index}`, weight: 1, active, movable: active, limit: Infinity, ...given };
  });
}

function active(...counts: readonly number[]): PlanPeer[] {
  return peers(...counts.map((count) => ({ active: count })));
}

describe("a plan", () => {
  it("moves what is above the target, and no more, to those that have least", () => {
    const plan = planMoves(active(100, 100, 0), 1.1);
    expect(plan.planned).toEqual([73, 73, 54]);
    expect(plan.moves).toEqual([
      { from: "p0", to: "p2", count: 27 },
      { from: "p1", to: "p2", count: 27 },
    ]);
    expect([plan.count, plan.before]).toEqual([54, 1.5]);
    expect(plan.after).toBeCloseTo(1.095, 3);
    expect(plan.reason).toBeUndefined();
  });

  it("levels those that take, whatever they had", () => {
    expect(planMoves(active(100, 10, 0, 2), 1).planned).toEqual([28, 28, 28, 28]);
    expect(planMoves(active(60, 10, 0, 2), 2).planned).toEqual([36, 12, 12, 12]);
  });

  it("goes by weight", () => {
    const plan = planMoves(peers({ active: 60 }, { weight: 2 }, { weight: 0.5, active: 10 }), 1);
    expect(plan.planned).toEqual([20, 40, 10]);
  });

  it("is empty where nobody is above the target, and where there is nobody or nothing", () => {
    for (const none of [active(11, 9, 10), active(0, 0), active(5), active()]) {
      const plan = planMoves(none, 1.1);
      expect([plan.count, plan.moves.length, plan.reason]).toEqual([0, 0, undefined]);
    }
    expect(planMoves(active(0, 0), 1.1).after).toBe(1);
  });

  it("leaves sessions that may not be moved, says so, and balances the others", () => {
    const plan = planMoves(peers({ active: 90, movable: 10 }, { active: 60 }, {}), 1.1);
    expect(plan.planned).toEqual([80, 55, 15]);
    expect(plan.reason).toBe('only 10 of the 90 sessions of "p0" may be moved');
  });

  it("keeps to max_conns, says so, and brings down the worst", () => {
    const plan = planMoves(peers({ active: 100 }, { active: 80 }, { limit: 20 }), 1.1);
    expect(plan.planned).toEqual([80, 80, 20]);
    expect(plan.reason).toBe("those below their share have no room for more, by their max_conns");
    expect(planMoves(peers({ active: 9 }, { active: 5, limit: 3 }), 1).planned).toEqual([9, 5]);
  });

  it("is as good as whole sessions can be", () => {
    const plan = planMoves(active(3, 0), 1.1);
    expect(plan.planned).toEqual([2, 1]);
    expect(plan.reason).toBe("there are too few sessions to divide them better");
    expect(planMoves(active(5, 0, 0), 1.1).planned).toEqual([2, 2, 1]);
    expect(planMoves(active(2, 1), 1.1).count).toBe(0);
  });

  it("pauses", () => {
    let pauses = 0;
    planMoves(active(3, 0), 1.1, () => {
      pauses += 1;
    });
    expect(pauses).toBeGreaterThan(1);
  });
});
