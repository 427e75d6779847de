import { hasStatus, parseStatuses } from "../../../src/core/health/statuses";

function reasonOf(text: string): string | undefined {
  const [, reason] = parseStatuses(text);
  return reason;
}

describe("statuses", () => {
  it("are numbers and ranges with commas between", () => {
    const cases: [string, number[]][] = [
      ["200", [200, 200]],
      ["100,599", [100, 100, 599, 599]],
      ["200-399", [200, 399]],
      ["404,200-204,101-101", [404, 404, 200, 204, 101, 101]],
    ];
    for (const [text, expected] of cases) {
      const [found] = parseStatuses(text);
      expect(found).toEqual(expected);
    }
  });

  it("are refused with the part that is wrong", () => {
    for (const part of [
      "",
      "2xx",
      "20",
      "2000",
      "099",
      "600",
      "200-",
      "-200",
      "200-204-300",
      " 200",
      "+20",
    ]) {
      const reason = `"${part}" is no status from 100 to 599 and no range`;
      expect(reasonOf(part)).toBe(reason);
      expect(reasonOf(`200,${part}`)).toBe(reason);
    }
    expect(reasonOf("200,")).toBe('"" is no status from 100 to 599 and no range');
    expect(reasonOf("200,399-300")).toBe('"399-300" ends before it begins');
  });

  it("hold what is in one of their ranges, bounds included", () => {
    const [statuses] = parseStatuses("200,204-206,301");
    const held: number[] = [];
    for (const status of $range(100, 599)) {
      if (hasStatus(statuses!, status)) held.push(status);
    }
    expect(held).toEqual([200, 204, 205, 206, 301]);
    expect(hasStatus([], 200)).toBe(false);
  });
});
