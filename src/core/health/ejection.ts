import { formatDuration } from "../config/duration";
import type { PassiveHealthConfig } from "../config/snapshot";
import type { Rng } from "../ports";
import { Lately } from "./lately";
import type { HealthRecord } from "./record";

/** An ejection is longer by up to this part of it, so that peers ejected together do not come back together. */
const JITTER = 0.1;
const JITTER_STEPS = 1000;
/** More good probes in a row than these are not asked of a peer that is ejected again and again. */
const MAX_PROBES_TO_END = 32;
/** By so much a clock may be set back without a word. */
const SLACK_S = 1;

/**
 * Keeps one peer away from new sessions for a while, each time longer, and then on trial until one handshake has shown what it
 * can do.
 */
export class Ejection {
  stage: "none" | "ejected" | "trial" = "none";
  reason = "";
  /** 0 while there is none; it stays during the trial. */
  untilS = 0;
  private fromS = 0;
  /** In a row, since it began. */
  private goodProbes = 0;
  private readonly times: Lately;

  /** @param left how an earlier leader left the peer */
  constructor(
    private config: PassiveHealthConfig,
    left: HealthRecord | undefined,
    nowS: number,
  ) {
    this.times = new Lately(left?.memory.ejections ?? 0, left?.memory.atS ?? nowS);
    if (left === undefined || left.memory.ejectedUntilS <= 0) return;
    this.stage = left.isOnTrial ? "trial" : "ejected";
    // Where probes found it down the record does not say why it was ejected.
    this.reason = left.reason.startsWith("ejected") ? left.reason : "ejected";
    this.fromS = nowS;
    this.untilS = left.memory.ejectedUntilS;
    this.use(config);
  }

  use(config: PassiveHealthConfig): void {
    this.config = config;
    if (this.stage === "none") return;
    this.untilS = Math.min(this.untilS, this.fromS + (config.maxEjectMs / 1000) * (1 + JITTER));
  }

  /** @param why what the peer has done */
  start(why: string, rng: Rng, nowS: number): void {
    const { ejectMs, maxEjectMs } = this.config;
    this.timesAt(nowS);
    // More would only be remembered for longer than the longest ejection.
    this.times.add(Math.ceil(maxEjectMs / ejectMs));
    const ms = Math.min(ejectMs * Math.max(this.times.count, 1), maxEjectMs);
    this.stage = "ejected";
    this.goodProbes = 0;
    this.reason = `ejected for ${formatDuration(ms)}: ${why}`;
    this.fromS = nowS;
    this.untilS = nowS + (ms / 1000) * (1 + (JITTER * rng.integer(JITTER_STEPS)) / JITTER_STEPS);
  }

  /** A clock that was set back to before its beginning ends an ejection: nobody knows how long it would be. */
  isOver(nowS: number): boolean {
    return this.stage === "ejected" && (nowS >= this.untilS || nowS < this.fromS - SLACK_S);
  }

  end(nowS: number): void {
    this.timesAt(nowS);
    this.stage = "none";
    this.reason = "";
    this.untilS = 0;
  }

  /**
   * A probe of the peer has ended.
   * @returns whether that is the end of the ejection: the first good one is, of a peer that was ejected before it takes more
   */
  isEndedBy(isGood: boolean): boolean {
    if (this.stage === "none") return false;
    this.goodProbes = isGood ? this.goodProbes + 1 : 0;
    return this.goodProbes >= Math.min(2 ** Math.max(this.times.count - 1, 0), MAX_PROBES_TO_END);
  }

  /** Whether good probes are on their way to end it. */
  get isEnding(): boolean {
    return this.stage !== "none" && this.goodProbes > 0;
  }

  /** How often it was ejected lately, as a memory has it. */
  timesAt(nowS: number): number {
    return this.times.settle(nowS, this.config.ejectMs / 1000, this.stage === "none");
  }
}
