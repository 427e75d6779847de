/** So many at a time, and then so many a second: of what is told by itself, while the rest is counted. */
export class Ration {
  private left: number;
  private others = 0;
  private seenS = 0;
  private toldAtS = 0;

  constructor(
    private readonly most: number,
    private readonly perS: number,
  ) {
    this.left = most;
  }

  /** Whether one more is told by itself; if not, it is one of the others. */
  take(nowS: number): boolean {
    const passedS = nowS - this.seenS;
    this.seenS = nowS;
    if (passedS > 0) this.left = Math.min(this.most, this.left + passedS * this.perS);
    if (this.left >= 1) {
      this.left -= 1;
      return true;
    }
    this.others += 1;
    return false;
  }

  /** How many others there were, once a second; 0 if there is nothing to say now. */
  takeOthers(nowS: number): number {
    if (this.others === 0 || Math.abs(nowS - this.toldAtS) < 1) return 0;
    const { others } = this;
    this.others = 0;
    this.toldAtS = nowS;
    return others;
  }
}
