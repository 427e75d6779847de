import type { Peer } from "./peer";

/** What a peer got is counted in buckets of a tenth of a second. */
export const TICKS_PER_S = 10;

/** It is given a little less than it may have: then it takes that evenly, and not in a bunch whenever a second is over. */
const PACE = 0.9;

/** So many buckets beside the one under way are a second or more, and with one less a second or less. */
const BUCKETS_OF_PICKS = 10;
const BUCKETS_OF_QUOTAS = 9;

/**
 * One peer that starts slowly, and the handshakes that it may have and has had. Both are counted over the last second, to its
 * disadvantage: what it has had over a little more than that, what it may have over a little less.
 */
export class Ramp {
  /** How far it has come, of itself. */
  progress = 0;
  /** The window is over, and it may be catching up. */
  isOver = false;
  isDone = false;
  /** What it may have of its fair share once the window is over: more and more. */
  excess = 1;
  /** When it was last held back or the window was not over yet, and after how many handshakes. */
  private heldTick: number;
  private heldCount: number;
  /** Its part of each handshake. */
  quota = 0;
  private credit = 0;
  private picked = 0;
  private allowed = 0;
  private pickedBefore = 0;
  private allowedBefore = 0;
  // By bucket; written out, because thousands of peers may join at once.
  private readonly picks = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  private readonly quotas = [0, 0, 0, 0, 0, 0, 0, 0, 0];

  /**
   * @param startS in the time of `SlowStart`
   * @param sinceS the same in that of the `Clock`
   * @param share its part of its full weight now; 1: it is not held back
   * @param tick the bucket under way
   * @param counted handshakes so far
   */
  constructor(
    readonly peer: Peer,
    public startS: number,
    public sinceS: number,
    public share: number,
    private tick: number,
    private counted: number,
  ) {
    this.heldTick = tick;
    this.heldCount = counted;
  }

  hold(handshakes: number): void {
    this.heldTick = this.tick;
    this.heldCount = handshakes;
  }

  /** For a second, and over twice as many handshakes as it takes to have one, it had all it wanted. */
  hasCaughtUp(handshakes: number): boolean {
    if (!this.isOver) return false;
    const isContent = (handshakes - this.heldCount) * this.quota >= 2;
    return this.quota >= 1 || (isContent && this.tick - this.heldTick > TICKS_PER_S);
  }

  /** Credits it with its part of the handshakes since the last time. */
  settle(handshakes: number): void {
    const due = this.quota * (handshakes - this.counted);
    this.counted = handshakes;
    // No more than it takes to have one: what it does not want is not kept for later.
    this.credit = Math.min(1 + this.quota, this.credit + due * PACE);
    this.allowed += due;
  }

  /** One a second is always within the limit: where there are fewer handshakes than it takes, the credit alone decides. */
  admits(): boolean {
    if (this.credit < 1) return false;
    return this.pickedBefore + this.picked + 1 <= Math.max(1, this.allowedBefore + this.allowed);
  }

  /** It was picked, be it although it is not admitted. */
  take(): void {
    this.picked += 1;
    this.credit = Math.max(0, this.credit - 1);
  }

  /** Another bucket is under way. */
  turn(tick: number): void {
    if (tick - this.tick > BUCKETS_OF_PICKS) this.forget();
    else for (const past of $range(this.tick, tick - 1)) this.file(past);
    this.tick = tick;
  }

  private file(tick: number): void {
    const ofPicks = tick % BUCKETS_OF_PICKS;
    const ofQuotas = tick % BUCKETS_OF_QUOTAS;
    this.pickedBefore += this.picked - this.picks[ofPicks]!;
    this.allowedBefore += this.allowed - this.quotas[ofQuotas]!;
    this.picks[ofPicks] = this.picked;
    this.quotas[ofQuotas] = this.allowed;
    this.picked = 0;
    this.allowed = 0;
  }

  private forget(): void {
    for (const index of $range(0, BUCKETS_OF_PICKS - 1)) this.picks[index] = 0;
    for (const index of $range(0, BUCKETS_OF_QUOTAS - 1)) this.quotas[index] = 0;
    this.picked = 0;
    this.allowed = 0;
    this.pickedBefore = 0;
    this.allowedBefore = 0;
  }
}
