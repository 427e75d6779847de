/** Far more than what sums of fractions are wrong by, far less than what anybody could notice. */
const ROUNDING = 1e-6;

/**
 * How often something happened lately. It is forgotten evenly, one in each span of time, but only while that is let; of what is
 * forgotten in part, all counts still.
 */
export class Lately {
  /** @param level what is not forgotten at `atS`; a fraction while one is on its way */
  constructor(
    private level: number,
    private atS: number,
  ) {}

  /** Up to now things went on being forgotten, or not. @returns what is left, with fractions */
  settle(nowS: number, spanS: number, isForgetting: boolean): number {
    if (isForgetting) this.level = Math.max(this.level - Math.max(nowS - this.atS, 0) / spanS, 0);
    this.atS = nowS;
    return this.level;
  }

  /** It has happened once more. @param most beyond so many nothing is remembered */
  add(most: number): void {
    this.level = Math.min(this.level + 1, most);
  }

  get count(): number {
    return Math.ceil(Math.max(this.level - ROUNDING, 0));
  }
}
