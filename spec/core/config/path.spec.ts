import { parsePath } from "../../../src/core/config/path";

describe("a route's path", () => {
  it("has literal segments, parameters and a final star", () => {
    const cases: [string, string[]][] = [
      ["/", []],
      ["/*", []],
      ["/a", []],
      ["/a/", []],
      ["/a/{b_1}/{c}/*", ["b_1", "c"]],
      ["/{a}", ["a"]],
      ["/...", []],
      ["/a b/über", []],
      ["/$a~(b)+c=d", []],
    ];
    for (const [path, expected] of cases) {
      const [params, reason] = parsePath(path);
      expect(reason).toBeUndefined();
      expect(params).toEqual(expected);
    }
  });

  it("is refused with the reason", () => {
    const cases: [string, string][] = [
      ["", "it does not start with '/'"],
      ["a", "it does not start with '/'"],
      ["//", "it has an empty segment"],
      ["/a//b", "it has an empty segment"],
      ["//*", "it has an empty segment"],
      ["/./a", "it has a dot segment"],
      ["/a/..", "it has a dot segment"],
      ["/a?b", "'?' stands where it has no meaning"],
      ["/a#b", "'#' stands where it has no meaning"],
      ["/a%20b", "'%' stands where it has no meaning"],
      ["/a*", "'*' stands where it has no meaning"],
      ["/*/a", "'*' stands where it has no meaning"],
      ["/a{b}", "'{' stands where it has no meaning"],
      ["/{}", "'{' stands where it has no meaning"],
      ["/{A}", "'{' stands where it has no meaning"],
      ["/{1a}", "'{' stands where it has no meaning"],
      ["/a}", "'}' stands where it has no meaning"],
      ["/{a}/{a}", "{a} stands in it twice"],
      ["/a\n", "it has a control character"],
      ["/a".repeat(65), "it has more than 64 segments"],
    ];
    for (const [path, expected] of cases) {
      const [, reason] = parsePath(path);
      expect(`${path} ${reason}`).toBe(`${path} ${expected}`);
    }
  });
});
