import fc from "fast-check";
import { describeWish, parseWish } from "../../../src/core/health/agent";
import { AgentState } from "../../../src/core/health/agent-state";

const number = fc.oneof(fc.nat(2000), fc.constantFrom("", "-1", "1.0", "01", "1e3", "NaN", "1000001"));
const word = fc.oneof(
  fc.constantFrom("drain", "ready", "weight", "max_conns", "weight=", "="),
  number.map((value) => `weight=${value}`),
  number.map((value) => `weight=${value}%`),
  number.map((value) => `max_conns=${value}`),
  fc.string({ maxLength: 12 }),
);
const text = fc.oneof(
  fc
    .array(fc.tuple(word, fc.constantFrom(" ", ",", "\t", ", ")), { maxLength: 5 })
    .map((words) => words.map(([said, end]) => said + end).join("")),
  fc.string({ unit: "binary", maxLength: 300 }),
);

test("whatever a peer says is a wish in its ranges, or a fault of one short line", () => {
  fc.assert(
    fc.property(text, (said) => {
      const [wish, fault] = parseWish(said);
      if (wish === undefined) {
        expect(fault).toMatch(/^[\x20-\x7e]{1,140}$/);
        return;
      }
      const { weight = 0, weightPercent = 0, maxConns = 0 } = wish;
      for (const value of [weight, weightPercent, maxConns]) expect(Number.isInteger(value)).toBe(true);
      expect(Math.min(weight, weightPercent, maxConns)).toBe(0);
      expect(Math.max(weight, weightPercent)).toBeLessThanOrEqual(1000);
      expect(maxConns).toBeLessThanOrEqual(1_000_000);
      expect(wish.weight !== undefined && wish.weightPercent !== undefined).toBe(false);
      expect(parseWish(describeWish(wish))).toEqual([wish]);
    }),
    { numRuns: 3000 },
  );
});

test("a wish is what was said last that was none of the faults, and of these a few are told", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 40 }), (texts) => {
      const state = new AgentState(undefined);
      const told: string[] = [];
      let last = "ready";
      for (const said of texts) {
        const fault = state.hear(said);
        const [wish] = parseWish(said);
        if (fault !== undefined) told.push(fault);
        if (wish !== undefined) last = describeWish(wish);
        expect(fault !== undefined && wish !== undefined).toBe(false);
        expect(describeWish(state.wish)).toBe(last);
      }
      expect(new Set(told).size).toBe(told.length);
      expect(told.length).toBeLessThanOrEqual(5);
    }),
  );
});
