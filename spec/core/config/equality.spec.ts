import { isEqual, isSameUpstream } from "../../../src/core/config/equality";
import { validate } from "../../../src/core/config/validate";
import { largeDocument } from "../../support/large-documents";
import { registry } from "./documents";

const SAME: readonly (readonly [unknown, unknown])[] = [
  [1, 1],
  ["", ""],
  [false, false],
  [undefined, undefined],
  [[], []],
  [{}, {}],
  [
    [1, [2, "3"]],
    [1, [2, "3"]],
  ],
  [
    { a: { b: [true] }, c: "" },
    { c: "", a: { b: [true] } },
  ],
  [{ a: 1, b: undefined }, { a: 1 }],
];

const DIFFERENT: readonly (readonly [unknown, unknown])[] = [
  [1, "1"],
  [0, false],
  [0, ""],
  [0, undefined],
  [false, undefined],
  [{}, undefined],
  [{}, "{}"],
  [[1], [1, 2]],
  [
    [1, 2],
    [2, 1],
  ],
  [{ a: 1 }, { a: 2 }],
  [{ a: 1 }, { b: 1 }],
  [{ a: 1 }, { a: 1, b: false }],
  [{ a: { b: [1] } }, { a: { b: [2] } }],
];

describe("equality of plain data", () => {
  it("is of the same shape and values, in any order of keys", () => {
    for (const [a, b] of SAME) {
      expect(isEqual(a, b)).toBe(true);
      expect(isEqual(b, a)).toBe(true);
    }
  });

  it("is not of anything else", () => {
    for (const [a, b] of DIFFERENT) {
      expect(isEqual(a, b)).toBe(false);
      expect(isEqual(b, a)).toBe(false);
    }
  });
});

test("compares upstreams peer by peer, with pauses", () => {
  const before = validate(largeDocument(100, 1), registry).snapshot?.upstreams[0];
  const copy = { ...before!, peers: before!.peers.map((peer) => ({ ...peer })) };
  let pauses = 0;
  expect(isSameUpstream(before!, copy, () => void (pauses += 1))).toBe(true);
  expect(pauses).toBeGreaterThan(2);
  const peers = copy.peers.map((peer, index) => (index === 99 ? { ...peer, weight: peer.weight + 1 } : peer));
  expect(isSameUpstream(before!, { ...copy, peers }, () => undefined)).toBe(false);
  expect(isSameUpstream(before!, { ...copy, peers: copy.peers.slice(1) }, () => undefined)).toBe(false);
  expect(isSameUpstream(before!, { ...copy, retries: copy.retries + 1 }, () => undefined)).toBe(false);
});
