import {
  HANDSHAKE_BOUNDS_S,
  handshakeBucket,
  PAUSE_BOUNDS_S,
  pauseBucket,
  ROUND_TRIP_BOUNDS_S,
  roundTripBucket,
  SESSION_BOUNDS_S,
  sessionBucket,
} from "../../../src/core/metrics/buckets";

function check(bounds: readonly number[], bucketOf: (seconds: number) => number): void {
  expect(bucketOf(0)).toBe(0);
  bounds.forEach((bound, index) => {
    expect(bucketOf(bound)).toBe(index);
    expect(bucketOf(bound * 1.001)).toBe(index + 1);
  });
  expect(bucketOf(1e9)).toBe(bounds.length);
}

describe("a bucket holds what is not above its bound", () => {
  it("of handshakes", () => check(HANDSHAKE_BOUNDS_S, (seconds) => handshakeBucket(seconds)));
  it("of sessions", () => check(SESSION_BOUNDS_S, (seconds) => sessionBucket(seconds)));
  it("of pauses", () => check(PAUSE_BOUNDS_S, (seconds) => pauseBucket(seconds)));
  it("of round trips", () => check(ROUND_TRIP_BOUNDS_S, (seconds) => roundTripBucket(seconds)));
});
