/** Beyond this many lifetimes nothing is left. */
const NOTHING_LEFT = 40;
const HALVINGS = 32;

/**
 * `e^-x` for `x >= 0`, to one part in ten million up to `x = 2` and to a hundredth where next to nothing is left. The
 * libraries' `exp` differ in the last bit; this one is made of the four operations, and is the same everywhere.
 */
export function decay(x: number): number {
  if (x <= 0) return 1;
  if (x >= NOTHING_LEFT) return 0;
  const y = x / HALVINGS;
  const grown = 1 + y * (1 + (y / 2) * (1 + (y / 3) * (1 + (y / 4) * (1 + y / 5))));
  const power2 = grown * grown;
  const power4 = power2 * power2;
  const power8 = power4 * power4;
  const power16 = power8 * power8;
  return 1 / (power16 * power16);
}
