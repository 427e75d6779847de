import { placeOfPoint } from "../../core/balance/running-sums";
import type { Keys, Length } from "../scenario/scenario";
import type { Randomness } from "./randomness";

/** How long a session lasts, in seconds. */
export function lengthOf(length: Length, randomness: Randomness): number {
  switch (length.type) {
    case "fixed":
      return length.seconds;
    case "exponential":
      return length.mean_s * randomness.exponential();
    case "pareto":
      return length.min_s * (1 - randomness.unit()) ** (-1 / length.shape);
  }
}

/** What sessions hash on: of some keys each session has one. */
export class KeyChoice {
  readonly texts: readonly string[];
  /** Of Zipf's law: up to each key, the share of all sessions. */
  private readonly shares: readonly number[] | undefined;

  constructor(
    keys: Keys | undefined,
    private readonly randomness: Randomness,
  ) {
    const count = keys?.count ?? 0;
    this.texts = Array.from({ length: count }, (_, index) => `key-${index}`);
    if (keys?.distribution !== "zipf") return;
    const shares: number[] = [];
    let sum = 0;
    for (let index = 0; index < count; index++) {
      sum += (index + 1) ** -keys.exponent;
      shares.push(sum);
    }
    for (let index = 0; index < count; index++) shares[index]! /= sum;
    this.shares = shares;
  }

  /** The number of a key; -1 where sessions have none. */
  next(): number {
    const count = this.texts.length;
    if (count === 0) return -1;
    if (this.shares === undefined) return this.randomness.integer(count) - 1;
    return placeOfPoint(this.shares, this.randomness.unit());
  }
}
