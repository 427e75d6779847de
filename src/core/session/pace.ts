import type { Closing } from "../config/snapshot";
import type { Rng } from "../ports";

const MS_PER_S = 1000;
/** A gap is between half and one and a half times what it would be without jitter. */
const JITTER_STEPS = 1000;

/**
 * When a worker closes its sessions of one peer: evenly over the spread, each gap with jitter so that the workers do not keep
 * step, and at the end of the spread what is left. It goes by how many are left, so it does not matter how many end by
 * themselves or are found later.
 */
export class Pace {
  readonly beginS: number;
  private readonly endS: number;
  /** The next session is due then. */
  nextAtS: number;

  /** @param nowS what should have begun before begins now, and has its whole spread */
  constructor(
    closing: Closing,
    nowS: number,
    private readonly rng: Rng,
  ) {
    this.beginS = Math.max(closing.atS, nowS);
    this.endS = this.beginS + closing.spreadMs / MS_PER_S;
    this.nextAtS = this.beginS;
  }

  /** There are sessions to be closed from now on. */
  resume(nowS: number, left: number): void {
    this.nextAtS = Math.min(nowS, this.endS);
    // Within the first gap, anywhere: many workers that have one session each must not close them at the same time.
    if (left > 0)
      this.nextAtS += ((this.endS - this.nextAtS) / left) * (this.rng.integer(JITTER_STEPS) / JITTER_STEPS);
  }

  /** How many of those that are left are to be closed now. */
  due(nowS: number, left: number): number {
    if (nowS >= this.endS) return left;
    let due = 0;
    while (due < left && this.nextAtS <= nowS) {
      due += 1;
      if (due < left) this.goOn(left - due);
    }
    return due;
  }

  /** The last gap may be longer than what is left of the spread. */
  private goOn(left: number): void {
    const gapS = ((this.endS - this.nextAtS) / left) * this.jitter();
    this.nextAtS = Math.min(this.endS, this.nextAtS + gapS);
  }

  private jitter(): number {
    return 0.5 + this.rng.integer(JITTER_STEPS) / JITTER_STEPS;
  }
}
