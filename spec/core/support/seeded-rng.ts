import type { Rng } from "../../../src/core/ports";

const MULTIPLIER = 16807;
const MODULUS = 2147483647;

/** The "minimal standard" generator of Park and Miller: its products stay exact, so Node and LuaJIT draw the same. */
export function seededRng(seed: number): Rng {
  let state = seed;
  return {
    integer: (limit) => {
      state = (state * MULTIPLIER) % MODULUS;
      return Math.floor((state / MODULUS) * limit) + 1;
    },
  };
}
