import type { ActiveHealthConfig } from "../config/snapshot";
import { Lately } from "./lately";
import type { HealthMemory, ProbeOutcome } from "./record";

/** So long a peer has to be up until one fall of it is forgotten. */
const FORGET_FALL_S = 60;
/** More good probes in a row than these are not asked of a peer that flaps, unless `rise` asks for more. */
const MAX_DAMPED_RISE = 32;
/** With so many falls even a `rise` of 1 has come to that; to remember more would only keep them longer. */
const MAX_FALLS = 6;
/** So many probes after it went down may soon find it up again: a process that is started anew. */
const PROBES_AFTER_FALL = 10;
const NOT_PROBED = "not probed yet";

/** What probes say of one peer: it takes some in a row to change their mind, and more of them the more often they did. */
export class ProbeState {
  isUp: boolean;
  /** Why it is down; `""` while it is up. */
  reason: string;
  /** Whether probes have said it, and not the config. */
  isKnown: boolean;
  /** Probes that contradict what it is, the last ones. */
  private inRow = 0;
  private probesSinceFall = 0;
  private readonly falls: Lately;

  /** @param reason why it was down as an earlier leader left it */
  constructor(
    private config: ActiveHealthConfig,
    memory: HealthMemory | undefined,
    reason: string,
    nowS: number,
  ) {
    const isProbedUp = memory?.isProbedUp;
    this.isKnown = isProbedUp !== undefined;
    this.isUp = isProbedUp ?? config.initial !== "down";
    this.reason = this.isUp ? "" : isProbedUp === undefined ? NOT_PROBED : reason;
    this.falls = new Lately(memory?.falls ?? 0, memory?.atS ?? nowS);
  }

  use(config: ActiveHealthConfig): void {
    this.config = config;
    if (this.isKnown) return;
    this.isUp = config.initial !== "down";
    this.reason = this.isUp ? "" : NOT_PROBED;
    this.inRow = 0;
  }

  /** @returns whether what is to be known of the peer is something else now */
  observe(outcome: ProbeOutcome, nowS: number): boolean {
    if (outcome.isGood === this.isUp) return this.confirm(outcome);
    this.inRow += 1;
    if (this.isUp) {
      if (this.inRow < this.config.fall) return false;
      this.falls.settle(nowS, FORGET_FALL_S, true);
      this.falls.add(MAX_FALLS);
    } else {
      this.probesSinceFall += 1;
      if (this.inRow < this.probesToRise()) return false;
      this.falls.settle(nowS, FORGET_FALL_S, false);
    }
    this.isUp = outcome.isGood;
    this.isKnown = true;
    this.reason = outcome.reason;
    this.inRow = 0;
    this.probesSinceFall = 0;
    return true;
  }

  /** The probe says what was thought anyway. */
  private confirm(outcome: ProbeOutcome): boolean {
    const isNew = !this.isKnown && !this.isUp;
    this.inRow = 0;
    this.isKnown = true;
    if (this.isUp) return false;
    this.probesSinceFall += 1;
    if (isNew) this.reason = outcome.reason;
    return isNew;
  }

  private probesToRise(): number {
    const { rise } = this.config;
    const falls = this.falls.count;
    if (falls < 2) return rise;
    return Math.min(rise * 2 ** (falls - 1), Math.max(rise, MAX_DAMPED_RISE));
  }

  /** Between up and down, or so shortly down that it may come back at once. */
  get isChanging(): boolean {
    return this.inRow > 0 || (!this.isUp && this.probesSinceFall < PROBES_AFTER_FALL);
  }

  /** How often it fell lately, as a memory has it. */
  fallsAt(nowS: number): number {
    return this.falls.settle(nowS, FORGET_FALL_S, this.isUp);
  }
}
