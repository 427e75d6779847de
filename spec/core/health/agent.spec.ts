import { describeWish, parseWish } from "../../../src/core/health/agent";

/** What is read, in the words that ask for it; or what is wrong. */
function read(text: string): string {
  const [wish, fault] = parseWish(text);
  return wish === undefined ? `! ${fault}` : describeWish(wish);
}

describe("what a peer says", () => {
  it("is a word, or several with blanks or commas between", () => {
    expect(parseWish("drain")).toEqual(parseWish("  drain\t,"));
    expect(read("ready")).toBe("ready");
    expect(read("drain")).toBe("drain");
    expect(read("weight=50")).toBe("weight=50");
    expect(read("weight=50%")).toBe("weight=50%");
    expect(read("max_conns=1000")).toBe("max_conns=1000");
    expect(read("max_conns=10,weight=5, drain")).toBe("drain weight=5 max_conns=10");
    expect(read("ready weight=0")).toBe("weight=0");
  });

  it("has numbers in ranges", () => {
    expect(["weight=0", "weight=1000", "weight=0%", "weight=1000%"].map((text) => read(text))).toEqual([
      "weight=0",
      "weight=1000",
      "weight=0%",
      "weight=1000%",
    ]);
    expect(["max_conns=0", "max_conns=1000000"].map((text) => read(text))).toEqual([
      "max_conns=0",
      "max_conns=1000000",
    ]);
    expect(read("weight=1001")).toBe('! "weight=1001" is no whole number from 0 to 1000');
    expect(read("weight=1001%")).toBe('! "weight=1001%" is no whole percentage from 0 to 1000');
    expect(read("max_conns=1000001")).toBe('! "max_conns=1000001" is no whole number from 0 to 1000000');
  });

  it("has no other numbers", () => {
    for (const value of ["", "-1", "+1", "1.5", "1e2", "05", "00", "0x1", "1%%", "%", "99999999999999999999"])
      expect(read(`weight=${value}`).startsWith("! ")).toBe(true);
    for (const value of ["", "5%", "-1", "010"])
      expect(read(`max_conns=${value}`).startsWith("! ")).toBe(true);
  });

  it("says each thing once", () => {
    expect(read("drain ready")).toBe('! "ready" comes after another ready or drain');
    expect(read("drain drain")).toBe('! "drain" comes after another ready or drain');
    expect(read("weight=5 weight=5%")).toBe('! "weight=5%" is a second weight');
    expect(read("max_conns=5 max_conns=5")).toBe('! "max_conns=5" is a second max_conns');
  });

  it("is refused as a whole if one word is wrong", () => {
    expect(read("weight=5 wieght=6")).toBe(
      '! "wieght=6" is none of ready, drain, weight=N, weight=N% and max_conns=N',
    );
    expect(read("DRAIN").startsWith("! ")).toBe(true);
    expect(read("weight =5").startsWith("! ")).toBe(true);
    expect(read("")).toBe("! it says nothing");
    expect(read(" , ")).toBe("! it says nothing");
  });

  it("is told in a line of its own, however long and odd it is", () => {
    expect(read(`a\n\u0007${"b".repeat(40)}`)).toBe(
      `! "a??${"b".repeat(29)}..." is none of ready, drain, weight=N, weight=N% and max_conns=N`,
    );
    expect(read("drain" + " ".repeat(96))).toBe("! it is longer than 100 characters");
    expect(read("drain" + " ".repeat(95))).toBe("drain");
  });
});
