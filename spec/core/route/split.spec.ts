import { pickSplit, totalWeight } from "../../../src/core/route/split";

describe("a split", () => {
  it("chooses each upstream in proportion to its weight, and one of weight 0 never", () => {
    const split = [
      { upstream: "none", weight: 0 },
      { upstream: "a", weight: 3 },
      { upstream: "never", weight: 0 },
      { upstream: "b", weight: 1 },
      { upstream: "last", weight: 0 },
    ];
    expect(totalWeight(split)).toBe(4);
    const picks: string[] = [];
    for (let draw = 1; draw <= 4; draw += 1) picks.push(pickSplit(split, draw));
    expect(picks).toEqual(["a", "a", "a", "b"]);
  });

  it("of one upstream is that upstream", () => {
    expect(pickSplit([{ upstream: "chat", weight: 7 }], 7)).toBe("chat");
  });
});
