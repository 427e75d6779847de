import { ipOf, publishedAddresses, sinceSOf } from "../../../src/core/resolve/published-address";

it("the first addresses of a name are there from the start", () => {
  expect(publishedAddresses(undefined, ["10.0.0.1", "::1"], 1000)).toEqual(["10.0.0.1", "::1"]);
});

it("an address that comes later begins then, and keeps that", () => {
  const second = publishedAddresses(["10.0.0.1"], ["10.0.0.1", "2001:db8::1"], 1000.25);
  expect(second).toEqual(["10.0.0.1", "2001:db8::1@1000.25"]);
  const third = publishedAddresses(second, ["10.0.0.3", "2001:db8::1"], 2000);
  expect(third).toEqual(["10.0.0.3@2000", "2001:db8::1@1000.25"]);
  expect(third.map((each) => ipOf(each))).toEqual(["10.0.0.3", "2001:db8::1"]);
  expect(third.map((each) => sinceSOf(each))).toEqual([2000, 1000.25]);
  expect(sinceSOf("10.0.0.1")).toBe(0);
});

it("one that was gone in between begins anew", () => {
  const without = publishedAddresses(["10.0.0.1", "10.0.0.2"], ["10.0.0.1"], 1000);
  expect(publishedAddresses(without, ["10.0.0.1", "10.0.0.2"], 1100)).toEqual(["10.0.0.1", "10.0.0.2@1100"]);
});

it("an instant in seconds is read as it was written, to the millisecond", () => {
  expect(publishedAddresses([], ["10.0.0.1"], 1763845033.512).map((each) => sinceSOf(each))).toEqual([
    1763845033.512,
  ]);
});
