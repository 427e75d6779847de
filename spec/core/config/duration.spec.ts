import { formatDuration, parseDuration } from "../../../src/core/config/duration";

describe("a duration", () => {
  it("is a whole number with a unit", () => {
    const cases: [string, number][] = [
      ["0s", 0],
      ["0ms", 0],
      ["1ms", 1],
      ["500ms", 500],
      ["30s", 30_000],
      ["5m", 300_000],
      ["1h", 3_600_000],
      ["9999999999h", 35_999_999_996_400_000],
    ];
    for (const [text, expected] of cases) {
      const [ms] = parseDuration(text);
      expect(ms).toBe(expected);
    }
  });

  it("is nothing else", () => {
    for (const text of [
      "",
      "s",
      "5",
      "05s",
      "1.5s",
      "-1s",
      "+1s",
      "1 s",
      " 1s",
      "1s ",
      "1d",
      "1S",
      "1h30m",
      "1e3s",
      "99999999999s",
    ]) {
      const [ms] = parseDuration(text);
      expect(ms).toBeUndefined();
    }
  });

  it("is written in its largest whole unit", () => {
    expect(formatDuration(0)).toBe("0s");
    expect(formatDuration(1500)).toBe("1500ms");
    expect(formatDuration(90_000)).toBe("90s");
    expect(formatDuration(300_000)).toBe("5m");
    expect(formatDuration(86_400_000)).toBe("24h");
  });
});
