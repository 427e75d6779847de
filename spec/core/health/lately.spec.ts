import { Lately } from "../../../src/core/health/lately";

describe("how often something happened lately", () => {
  it("is forgotten evenly, and what is forgotten in part counts", () => {
    const lately = new Lately(0, 100);
    lately.add(10);
    lately.add(10);
    expect(lately.count).toBe(2);
    expect(lately.settle(106, 60, true)).toBeCloseTo(1.9);
    expect(lately.count).toBe(2);
    lately.settle(166, 60, true);
    expect(lately.count).toBe(1);
    lately.settle(1000, 60, true);
    expect(lately.count).toBe(0);
  });

  it("is not more for a sum of fractions", () => {
    const lately = new Lately(1, 0);
    for (const step of $range(1, 10)) lately.settle(step / 10, 1, true);
    lately.add(10);
    expect(lately.count).toBe(1);
  });

  it("stays while nothing is to be forgotten, and if the clock is set back", () => {
    const lately = new Lately(2, 1000);
    expect(lately.settle(2000, 60, false)).toBe(2);
    expect(lately.settle(1000, 60, true)).toBe(2);
    expect(lately.settle(1060, 60, true)).toBe(1);
  });
});
