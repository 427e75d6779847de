import { eachToken, hasToken } from "../../../src/core/handshake/tokens";

function tokens(list: string): string[] {
  const found: string[] = [];
  eachToken(list, (token) => {
    found.push(token);
  });
  return found;
}

describe("a list of tokens", () => {
  it("is split at commas, without blanks and empty items, in lower case", () => {
    expect(tokens("Keep-Alive, Upgrade")).toEqual(["keep-alive", "upgrade"]);
    expect(tokens(" a\t,,b ,\t, c d ")).toEqual(["a", "b", "c d"]);
    expect(tokens("x")).toEqual(["x"]);
    for (const empty of ["", " ", ",", ", \t,"]) expect(tokens(empty)).toEqual([]);
  });

  it("has a token wherever it stands", () => {
    for (const list of ["upgrade", "UpGrade", "a,upgrade", "upgrade , b", "a,\tupgrade\t,b", "upgrade,"]) {
      expect(hasToken(list, "upgrade")).toBe(true);
    }
    for (const list of ["", "upgraded", "a upgrade", "up,grade", "pgrades", "downgrade"]) {
      expect(hasToken(list, "upgrade")).toBe(false);
    }
  });
});
