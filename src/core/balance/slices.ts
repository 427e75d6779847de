import type { Pause } from "../pause";

/** Well under a millisecond of them where they are compiled, and two or three while they are still interpreted. */
const OPERATIONS_PER_SLICE = 20_000;

/** Cuts long work by what it costs: counted, as no clock ticks while a worker is busy. */
export class Slices {
  private left = OPERATIONS_PER_SLICE;

  /** @param pause absent: the work is done in one go */
  constructor(private readonly pause: Pause | undefined) {}

  /** So many steps of the innermost loop are done. */
  spend(operations: number): void {
    this.left -= operations;
    if (this.left > 0 || this.pause === undefined) return;
    this.left = OPERATIONS_PER_SLICE;
    this.pause();
  }
}
