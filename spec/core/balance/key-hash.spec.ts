import { keyHash, rehash, scaled } from "../../../src/core/balance/key-hash";

const HASHES: readonly (readonly [string, number])[] = [
  ["", 2872998923],
  ["a", 444641715],
  ["room-1", 1953490794],
  [String.fromCharCode(255, 128, 0), 3167727556],
];

describe("the hash of a key", () => {
  it("is the same in every runtime and release", () => {
    expect(HASHES.map(([text]) => keyHash(text)).join()).toBe(HASHES.map(([, hash]) => hash).join());
    expect(keyHash("room-1", 1)).not.toBe(keyHash("room-1"));
    expect(keyHash("room-1", 2)).not.toBe(keyHash("room-1", 1));
  });

  it("spreads keys that differ in their last digit", () => {
    const counts: number[] = [];
    for (const _ of $range(1, 64)) counts.push(0);
    for (const serial of $range(1, 64_000)) {
      const place = scaled(keyHash(`user-${serial}`), 64);
      counts[place] = counts[place]! + 1;
    }
    for (const count of counts) {
      expect(count).toBeGreaterThan(850);
      expect(count).toBeLessThan(1150);
    }
  });

  it("changes each bit in half of all cases when it is hashed again", () => {
    let changed = 0;
    for (const step of $range(1, 1000)) {
      let left = rehash(keyHash(`user-${step}`), step);
      let right = rehash(keyHash(`user-${step}`), step + 1);
      for (const _ of $range(1, 32)) {
        if (left % 2 !== right % 2) changed += 1;
        left = Math.floor(left / 2);
        right = Math.floor(right / 2);
      }
    }
    expect(changed / 32_000).toBeGreaterThan(0.48);
    expect(changed / 32_000).toBeLessThan(0.52);
  });
});
