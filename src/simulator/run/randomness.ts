import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Rng } from "../../core/ports";

const TWO_TO_32 = 2 ** 32;
/** Odd, so that neighbouring streams begin far apart. */
const STREAM_STEP = 0x9e3779b1;

/** The clients of all variants come from the same streams, whatever the peers do; workers have those after `workers`. */
export const STREAM = { arrivals: 0, clients: 1, returns: 2, latencies: 3, workers: 100 };

/** One of the streams of a seed; what one is asked for changes nothing in the others. */
export class Randomness implements Rng {
  private readonly generator;

  constructor(seed: number, stream: number) {
    this.generator = xoroshiro128plus((seed + Math.imul(stream + 1, STREAM_STEP)) | 0);
  }

  integer(limit: number): number {
    return limit === 1 ? 1 : uniformInt(this.generator, 1, limit);
  }

  /** In `[0, 1)`. */
  unit(): number {
    return (this.generator.next() >>> 0) / TWO_TO_32;
  }

  /** Of mean 1. */
  exponential(): number {
    return -Math.log(1 - this.unit());
  }
}
