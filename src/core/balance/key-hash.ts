const BASIS = -2128831035;
const TWO_32 = 4294967296;
const GOLDEN = 0x9e3779b9 - TWO_32;

/**
 * 32 bits of a text that has one byte per character: FNV-1a, and the finalizer of MurmurHash3 over it, since FNV alone
 * spreads the last characters badly. Hashes of different seeds have nothing to do with one another. Gateways agree on
 * where a key belongs by this alone: another result moves every key.
 * @returns in `[0, 2^32)`
 */
export function keyHash(text: string, seed = 0): number {
  let hash = seed === 0 ? BASIS : BASIS ^ avalanche(seed);
  // The prime is 2^24 + 403; the product is taken apart so that it stays exact in a double.
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = ((hash << 24) + hash * 403) | 0;
  }
  return unsigned(avalanche(hash));
}

/** Another hash for each step, as good as the first. */
export function rehash(hash: number, step: number): number {
  return unsigned(avalanche(hash ^ (step * GOLDEN)));
}

/** Where a hash falls on `[0, limit)`; even shares for a limit far below 2^32. */
export function scaled(hash: number, limit: number): number {
  return Math.floor((hash * limit) / TWO_32);
}

/** A change of any bit in changes each bit out in half of all cases. */
function avalanche(value: number): number {
  let hash = value | 0;
  hash ^= (hash >> 16) & 0xffff;
  hash = product(hash, 0x85ebca6b);
  hash ^= (hash >> 13) & 0x7ffff;
  hash = product(hash, 0xc2b2ae35);
  return hash ^ ((hash >> 16) & 0xffff);
}

/** The lower 32 bits of a product of which no part leaves what a double holds exactly. */
function product(value: number, factor: number): number {
  const low = (value & 0xffff) * factor;
  const high = ((value >> 16) & 0xffff) * factor;
  return (low + (high & 0xffff) * 65536) | 0;
}

function unsigned(hash: number): number {
  return hash < 0 ? hash + TWO_32 : hash;
}
