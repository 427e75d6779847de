import { editDistance, nearest } from "../../../src/core/config/nearest";

describe("the nearest name", () => {
  it("is counted in insertions, deletions, substitutions and swaps", () => {
    const cases: [string, string, number][] = [
      ["", "", 0],
      ["", "abc", 3],
      ["abc", "", 3],
      ["weight", "weight", 0],
      ["wieght", "weight", 1],
      ["adress", "address", 1],
      ["zones", "zone", 1],
      ["kitten", "sitting", 3],
      ["ca", "abc", 3],
    ];
    for (const [from, to, distance] of cases) {
      expect(editDistance(from, to)).toBe(distance);
      expect(editDistance(to, from)).toBe(distance);
    }
  });

  it("is the closest that is close enough, the first of equals", () => {
    const names = ["address", "weight", "tls", "max_conns", "on_drain", "on_crash"];
    expect(nearest("maxConns", names)).toBe("max_conns");
    expect(nearest("max-conns", names)).toBe("max_conns");
    expect(nearest("tsl", names)).toBe("tls");
    expect(nearest("ADDRESS", names)).toBe("address");
    expect(nearest("on_dash", names)).toBe("on_crash");
    expect(nearest("timeout", names)).toBeUndefined();
    expect(nearest("ab", ["aa", "bb"])).toBe("aa");
    expect(nearest("", names)).toBeUndefined();
  });

  it("is not looked for where it would take long", () => {
    const names: string[] = [];
    for (let index = 0; index < 201; index += 1) names.push(`name-${index}`);
    expect(nearest("nam-7", names)).toBeUndefined();
    expect(nearest("nam-7", names.slice(1))).toBe("name-7");
    expect(nearest("a".repeat(65), ["a".repeat(64)])).toBeUndefined();
  });
});
