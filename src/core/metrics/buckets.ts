/**
 * Upper bounds of the histograms' buckets, in seconds; what is above the last one is in a bucket of its own. They are fixed, so
 * that the numbers of all workers, old and new, add up.
 */

/** From what a backend on the same network takes, up to three attempts of the usual `handshake_timeout`. */
export const HANDSHAKE_BOUNDS_S: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** From sockets that end at once, which is a fault as a rule, over the idle timeouts of proxies, to a week. */
export const SESSION_BOUNDS_S: readonly number[] = [
  1, 10, 60, 300, 900, 3600, 14_400, 43_200, 86_400, 604_800,
];

/** From a switch that nobody notices, up to the usual `move_timeout`. */
export const PAUSE_BOUNDS_S: readonly number[] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10];

/** From a peer in the same rack, over clients on other continents, up to the usual `pong_timeout`. */
export const ROUND_TRIP_BOUNDS_S: readonly number[] = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
];

/** The place of the bucket. Without a loop, which LuaJIT would compile apart: nearly all end at the first comparisons. */
export function handshakeBucket(seconds: number): number {
  if (seconds <= 0.005) return 0;
  if (seconds <= 0.01) return 1;
  if (seconds <= 0.025) return 2;
  if (seconds <= 0.05) return 3;
  if (seconds <= 0.1) return 4;
  if (seconds <= 0.25) return 5;
  if (seconds <= 0.5) return 6;
  if (seconds <= 1) return 7;
  if (seconds <= 2.5) return 8;
  if (seconds <= 5) return 9;
  if (seconds <= 10) return 10;
  return seconds <= 30 ? 11 : 12;
}

export function sessionBucket(seconds: number): number {
  if (seconds <= 1) return 0;
  if (seconds <= 10) return 1;
  if (seconds <= 60) return 2;
  if (seconds <= 300) return 3;
  if (seconds <= 900) return 4;
  if (seconds <= 3600) return 5;
  if (seconds <= 14_400) return 6;
  if (seconds <= 43_200) return 7;
  if (seconds <= 86_400) return 8;
  return seconds <= 604_800 ? 9 : 10;
}

export function pauseBucket(seconds: number): number {
  return placeAmong(PAUSE_BOUNDS_S, seconds);
}

export function roundTripBucket(seconds: number): number {
  return placeAmong(ROUND_TRIP_BOUNDS_S, seconds);
}

/** For what is measured seldom enough for a loop. */
function placeAmong(bounds: readonly number[], seconds: number): number {
  let place = 0;
  while (place < bounds.length && seconds > bounds[place]!) place += 1;
  return place;
}
