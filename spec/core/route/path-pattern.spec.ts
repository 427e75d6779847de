import { parameterIndex, restAt, restIndex, segmentAt } from "../../../src/core/route/path-pattern";

describe("the parameters of a path", () => {
  const pattern = "/rooms/{room}/{user}/*";

  it("are found by name, the rest by its star", () => {
    expect(parameterIndex(pattern, "room")).toBe(1);
    expect(parameterIndex(pattern, "user")).toBe(2);
    expect(restIndex(pattern)).toBe(3);
    expect(parameterIndex(pattern, "rooms")).toBeUndefined();
    expect(restIndex("/a/{b}")).toBeUndefined();
    expect(restIndex("/*/a")).toBeUndefined();
  });

  it("are cut out of a request's path", () => {
    expect(segmentAt("/rooms/blue/ann/x/y", 0)).toBe("rooms");
    expect(segmentAt("/rooms/blue/ann/x/y", 1)).toBe("blue");
    expect(segmentAt("/rooms/blue/ann/x/y", 4)).toBe("y");
    expect(restAt("/rooms/blue/ann/x/y", 3)).toBe("x/y");
    expect(restAt("/rooms/blue/ann/", 3)).toBe("");
    expect(restAt("/x/y", 0)).toBe("x/y");
  });

  it("are empty beyond the end", () => {
    expect(segmentAt("/rooms", 1)).toBe("");
    expect(restAt("/rooms", 1)).toBe("");
    expect(segmentAt("/", 0)).toBe("");
  });
});
