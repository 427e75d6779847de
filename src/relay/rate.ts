/** A token bucket that may go into debt: what has come has come, and the debt says how long nothing more is to be read. */
export class Rate {
  private tokens: number;
  private filledAtS: number;

  /** @param perSecond also what it holds at most */
  constructor(
    private readonly perSecond: number,
    nowS: number,
  ) {
    this.tokens = perSecond;
    this.filledAtS = nowS;
  }

  /** @returns in how many seconds what was taken is paid for; 0: it is */
  take(count: number, nowS: number): number {
    const { perSecond } = this;
    // The clock may be set back.
    const sinceS = Math.max(0, nowS - this.filledAtS);
    this.filledAtS = nowS;
    this.tokens = Math.min(Math.max(perSecond, 1), this.tokens + sinceS * perSecond) - count;
    return this.tokens >= 0 ? 0 : -this.tokens / perSecond;
  }
}
