import type { HealthConfig } from "../config/snapshot";
import type { Rng } from "../ports";
import { describeWish } from "./agent";
import { AgentState } from "./agent-state";
import { Ejection } from "./ejection";
import { FailureWindow } from "./failure-window";
import { ProbeState } from "./probe-state";
import type { AttemptReport, HealthChange, HealthEvent, HealthRecord, ProbeOutcome } from "./record";

const ON_TRIAL = "on trial after an ejection";

/**
 * One peer, as probes, handshakes and the peer itself tell of it, and the record that all this comes to. Each part is there only
 * while the config asks for it.
 */
export class PeerHealth {
  /** As it was told last; absent: nothing was, and it is up. */
  record: HealthRecord | undefined;
  /** As the config and the operator have it. */
  isCandidate = false;
  /** What the upstream counts this peer as, and whether it waits for the end of its ejection; the upstream's own. */
  countsAsCandidate = false;
  countsAsUp = false;
  countsAsOut = false;
  isWaiting = false;
  private config: HealthConfig | undefined;
  private probe: ProbeState | undefined;
  private ejection: Ejection | undefined;
  /** From the first handshake on: most of many peers may never get one. */
  private window: FailureWindow | undefined;
  private agent: AgentState | undefined;
  /** Why it is up, while it is. */
  private upReason = "";
  private keptUntilS = 0;

  /** @param record what an earlier leader, or a peer of the same key, has left */
  constructor(
    readonly key: string,
    readonly address: string,
    record: HealthRecord | undefined,
  ) {
    this.record = record;
    if (record !== undefined && record.address === address && record.isUp) this.upReason = record.reason;
  }

  /** What the config no longer asks for is forgotten. */
  use(config: HealthConfig, nowS: number): void {
    const { active, passive, hasAgent } = config;
    const left = this.config === undefined ? this.ownRecord() : undefined;
    this.config = config;
    if (active === undefined) this.probe = undefined;
    else if (this.probe !== undefined) this.probe.use(active);
    else this.probe = new ProbeState(active, left?.memory, left?.reason ?? "", nowS);
    if (passive === undefined) {
      this.ejection = undefined;
      this.window = undefined;
    } else if (this.ejection !== undefined) {
      this.ejection.use(passive);
      if (this.window !== undefined) this.window.use(passive);
    } else this.ejection = new Ejection(passive, left, nowS);
    if (!hasAgent) this.agent = undefined;
    else if (this.agent === undefined) this.agent = new AgentState(left?.agent);
  }

  /** @returns whether `restate` is to be called */
  probed(outcome: ProbeOutcome, nowS: number): boolean {
    const { probe, ejection } = this;
    if (probe === undefined) return false;
    const hasTurned = probe.observe(outcome, nowS);
    if (hasTurned && this.window !== undefined) this.window.clear();
    if (ejection === undefined || !ejection.isEndedBy(outcome.isGood)) return hasTurned;
    this.endEjection(nowS);
    return true;
  }

  /** @returns why the peer should be ejected, if so; who is down has nothing to lose, and what it fails at are stragglers */
  count(report: AttemptReport, nowS: number): string | undefined {
    const passive = this.config?.passive;
    if (passive === undefined || !this.isUp()) return undefined;
    this.window ??= new FailureWindow(passive);
    return this.window.add(report, nowS);
  }

  eject(why: string, rng: Rng, nowS: number): void {
    if (this.ejection !== undefined) this.ejection.start(why, rng, nowS);
  }

  endEjection(nowS: number): void {
    if (this.ejection !== undefined) this.ejection.end(nowS);
    if (this.window !== undefined) this.window.clear();
  }

  /** @returns whether its ejection was over, and it is on trial now */
  advance(nowS: number): boolean {
    return this.ejection !== undefined && this.ejection.isOver(nowS) && this.beginTrial();
  }

  /** @returns whether it was ejected, and is on trial now */
  beginTrial(): boolean {
    const { ejection } = this;
    if (ejection === undefined || ejection.stage !== "ejected") return false;
    ejection.stage = "trial";
    return true;
  }

  /** The peer has said what it can take. @returns what is told of that */
  hear(text: string, nowS: number): HealthChange | undefined {
    if (this.agent === undefined) return undefined;
    const fault = this.agent.hear(text);
    if (fault !== undefined) return this.tell({ to: "agent", reason: fault, source: "agent" }, nowS);
    return this.restate(nowS, "agent", this.upReason);
  }

  /** It fails and is kept all the same, which is told once in a window. */
  keep(why: string, nowS: number): HealthChange | undefined {
    const windowS = (this.config?.passive?.windowMs ?? 0) / 1000;
    if (nowS < this.keptUntilS && this.keptUntilS <= nowS + windowS) return undefined;
    this.keptUntilS = nowS + windowS;
    return this.tell({ to: "kept", reason: why, source: "handshakes" }, nowS);
  }

  /** Whether it takes new sessions if it is up: the peer itself may not want any. */
  isWanted(): boolean {
    const wish = this.agent?.wish;
    if (!this.isCandidate || wish === undefined) return this.isCandidate;
    return !wish.isDraining && wish.weight !== 0 && wish.weightPercent !== 0;
  }

  isUp(): boolean {
    return this.isProbedUp() && (this.ejection === undefined || this.ejection.stage === "none");
  }

  isChanging(): boolean {
    if (this.probe !== undefined && this.probe.isChanging) return true;
    return this.ejection !== undefined && this.ejection.isEnding;
  }

  /** Ejected, or on trial after it. */
  isOut(): boolean {
    return this.ejection !== undefined && this.ejection.stage !== "none";
  }

  awaitsTrial(): boolean {
    return this.ejection !== undefined && this.ejection.stage === "trial";
  }

  /** When its ejection ends; `undefined` if it is not ejected. */
  ejectedUntilS(): number | undefined {
    return this.ejection !== undefined && this.ejection.stage === "ejected"
      ? this.ejection.untilS
      : undefined;
  }

  /**
   * Brings the record in line with what is known.
   * @param upReason why the peer is up, if it was not
   * @returns what is new of it
   */
  restate(nowS: number, source: HealthEvent["source"], upReason: string): HealthChange | undefined {
    const { key, record: before } = this;
    const isUp = this.isUp();
    const wasUp = before === undefined || before.isUp;
    const wasOnTrial = before !== undefined && before.isOnTrial;
    const hasTurned = isUp !== wasUp || this.isOnTrial() !== wasOnTrial;
    const isNewWish = before?.agent !== this.agent?.wish;
    if (hasTurned && isUp) this.upReason = upReason;
    const isWorthIt = this.isWorthARecord();
    if (!hasTurned && !isNewWish && (before === undefined ? !isWorthIt : isWorthIt && this.isAsTold(before)))
      return undefined;
    this.record = isWorthIt ? this.makeRecord(hasTurned ? nowS : (before?.sinceS ?? nowS), nowS) : undefined;
    const event = hasTurned
      ? { to: this.verdict(), reason: this.reason(), source }
      : isNewWish
        ? { to: "agent" as const, reason: describeWish(this.agent?.wish), source }
        : undefined;
    return { key, record: this.record, event };
  }

  private tell(event: HealthEvent, nowS: number): HealthChange {
    if (this.record === undefined) this.record = this.makeRecord(nowS, nowS);
    return { key: this.key, record: this.record, event };
  }

  private isProbedUp(): boolean {
    return this.probe === undefined || this.probe.isUp;
  }

  /** Whom probes find down is on no trial: it comes back by probes. */
  private isOnTrial(): boolean {
    return this.awaitsTrial() && this.isProbedUp();
  }

  private verdict(): "up" | "down" | "trial" {
    if (this.isUp()) return "up";
    return this.isOnTrial() ? "trial" : "down";
  }

  private reason(): string {
    const { probe, ejection } = this;
    if (probe !== undefined && !probe.isUp) return probe.reason;
    if (ejection === undefined || ejection.stage === "none") return this.upReason;
    return ejection.stage === "trial" ? ON_TRIAL : ejection.reason;
  }

  /** Of a peer that is up from the beginning nobody has to know anything; what was told once is told as long as it is watched. */
  private isWorthARecord(): boolean {
    const { active, passive, hasAgent } = this.config!;
    if (active === undefined && passive === undefined && !hasAgent) return false;
    return (
      this.ownRecord() !== undefined ||
      !this.isUp() ||
      this.agent?.wish !== undefined ||
      (active !== undefined && active.initial === "down")
    );
  }

  private ownRecord(): HealthRecord | undefined {
    return this.record !== undefined && this.record.address === this.address ? this.record : undefined;
  }

  /** Beside verdict and wish. How often it fell or was ejected changes with these alone. */
  private isAsTold(record: HealthRecord): boolean {
    return (
      record.address === this.address &&
      record.reason === this.reason() &&
      record.memory.isProbedUp === this.knownProbedUp() &&
      record.memory.ejectedUntilS === (this.ejection?.untilS ?? 0)
    );
  }

  private knownProbedUp(): boolean | undefined {
    return this.probe !== undefined && this.probe.isKnown ? this.probe.isUp : undefined;
  }

  private makeRecord(sinceS: number, nowS: number): HealthRecord {
    return {
      address: this.address,
      isUp: this.isUp(),
      reason: this.reason(),
      sinceS,
      isOnTrial: this.isOnTrial(),
      agent: this.agent?.wish,
      memory: {
        isProbedUp: this.knownProbedUp(),
        falls: this.probe?.fallsAt(nowS) ?? 0,
        ejections: this.ejection?.timesAt(nowS) ?? 0,
        ejectedUntilS: this.ejection?.untilS ?? 0,
        atS: nowS,
      },
    };
  }
}
