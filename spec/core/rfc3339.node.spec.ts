import { toRfc3339 } from "../../src/core/rfc3339";

it("is what Date makes of it, for every day of 500 years and any time of it", () => {
  const different: number[] = [];
  for (let day = 0; day < 500 * 366; day += 1) {
    const ms = day * 86_400_000 + ((day * 7_654_321) % 86_400_000);
    if (toRfc3339(ms / 1000) !== new Date(ms).toISOString()) different.push(ms);
  }
  expect(different).toEqual([]);
});
