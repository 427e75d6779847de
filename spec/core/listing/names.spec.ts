import { Names } from "../../../src/core/listing/names";
import { MemoryListing } from "../support/memory-listing";

let store: MemoryListing;
let names: Names;

beforeEach(() => {
  store = new MemoryListing(3);
  names = new Names(store);
});

describe("the names in records", () => {
  it("are kept once for all that have them, and dropped with the last", () => {
    expect([names.retain("a"), names.retain("b"), names.retain("a")]).toEqual([1, 2, 1]);
    expect(store.names.get(1)).toBe("a");
    names.release(1);
    expect(store.names.get(1)).toBe("a");
    names.release(1);
    expect(store.names.get(1)).toBeUndefined();
    expect(store.names.get(2)).toBe("b");
  });

  it("never give their number to another", () => {
    names.release(names.retain("a")!);
    expect(names.retain("b")).toBe(2);
    expect(names.retain("a")).toBe(3);
  });

  it("are within the bounds", () => {
    for (const name of ["a", "b", "c"]) names.retain(name);
    names.release(2);
    expect([names.first, names.next]).toEqual([1, 4]);
    names.release(1);
    expect([names.first, names.next]).toEqual([3, 4]);
    names.release(3);
    expect([names.first, names.next]).toEqual([4, 4]);
  });

  it("are refused where there is no room, and nothing is left of that", () => {
    for (const name of ["a", "b", "c"]) names.retain(name);
    expect(names.retain("d")).toBeUndefined();
    names.release(1);
    expect(names.retain("d")).toBe(4);
  });

  it("leave nothing behind, however many come and go", () => {
    for (let nth = 1; nth <= 1000; nth += 1) names.release(names.retain(`name ${nth}`)!);
    expect(store.size).toBe(0);
    expect([names.first, names.next]).toEqual([1001, 1001]);
  });
});
