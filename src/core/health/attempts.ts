import type { Peer } from "../pool/peer";
import { Probation } from "./probation";
import type { AttemptReport } from "./record";
import { clearTally, newTally, type Tally } from "./tally";

const MS_PER_S = 1000;
/** With more that have opened and do not count yet, the next ones count at once. */
const MAX_ON_PROBATION = 100_000;
const MAX_AGENT_BYTES = 128;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const NOTHING: readonly AttemptReport[] = [];

/**
 * What one worker's attempts at peers come to, until they are reported. The request path only adds to numbers here; an object is
 * made at the first attempt at a peer.
 */
export class Attempts {
  private dirty: Peer[] = [];
  /** By how long sessions have to last in milliseconds: those of one are in the order of their ends. */
  private readonly probations = new LuaMap<number, Probation>();
  private onProbation = 0;

  /** The attempt has failed before a 101. @param session its id */
  failed(peer: Peer, reason: string, session: string): void {
    const tally = this.tallyOf(peer);
    if (peer.trialSession === session) {
      peer.trialSession = undefined;
      tally.trial = "failed";
    }
    this.fail(peer, tally, reason);
  }

  /**
   * The peer has answered as it should.
   * @param session its id
   * @param earlyCloseMs only what lasts so long is a success; 0 for what is one at once
   */
  opened(peer: Peer, session: string, earlyCloseMs: number, nowS: number): void {
    const tally = this.tallyOf(peer);
    const isTrial = peer.trialSession === session;
    if (isTrial) peer.trialSession = undefined;
    if (earlyCloseMs <= 0 || this.onProbation >= MAX_ON_PROBATION) {
      if (isTrial) tally.trial = "passed";
      this.succeed(peer, tally);
      return;
    }
    const endS = nowS + earlyCloseMs / MS_PER_S;
    this.probation(earlyCloseMs).add(peer, endS);
    this.onProbation += 1;
    tally.onProbation += 1;
    if (isTrial) {
      tally.trialSession = session;
      tally.beforeTrial = tally.onProbation;
    }
  }

  /** A session broke off that soon after it opened. @param session its id */
  closedEarly(peer: Peer, reason: string, session: string): void {
    const tally = this.tallyOf(peer);
    // One that counted at once cannot be taken back.
    if (tally.broken < tally.onProbation) tally.broken += 1;
    if (tally.trialSession === session) {
      tally.trialSession = "";
      tally.trial = "failed";
    }
    this.fail(peer, tally, reason);
  }

  /** The value of `Switchboard-Peer` in an answer. */
  agentSaid(peer: Peer, text: string): void {
    const said = text.length > MAX_AGENT_BYTES ? text.substring(0, MAX_AGENT_BYTES) : text;
    const tally = this.tallyOf(peer);
    if (said === tally.toldAgent) return;
    tally.toldAgent = said;
    tally.agent = said;
    this.mark(peer, tally);
  }

  /** What is new since the last call; every tick. */
  take(nowS: number): readonly AttemptReport[] {
    if (this.onProbation > 0) this.endProbations(nowS);
    if (this.dirty.length === 0) return NOTHING;
    const reports: AttemptReport[] = [];
    for (const peer of this.dirty) {
      const { tally } = peer;
      if (tally !== undefined) {
        if (!peer.isRemoved) reports.push(reportOf(peer, tally));
        clearTally(tally);
      }
    }
    this.dirty = [];
    return reports;
  }

  private endProbations(nowS: number): void {
    for (const [earlyCloseMs, probation] of this.probations) {
      const longestS = earlyCloseMs / MS_PER_S;
      let peer = probation.takeDone(nowS, longestS);
      while (peer !== undefined) {
        this.onProbation -= 1;
        this.endProbation(peer);
        peer = probation.takeDone(nowS, longestS);
      }
      if (probation.size === 0) this.probations.delete(earlyCloseMs);
    }
  }

  private endProbation(peer: Peer): void {
    const tally = this.tallyOf(peer);
    tally.onProbation -= 1;
    if (tally.trialSession !== "") {
      tally.beforeTrial -= 1;
      if (tally.beforeTrial <= 0) {
        tally.trialSession = "";
        tally.trial = "passed";
      }
    }
    const isLate = tally.beforeFailure > 0;
    if (isLate) tally.beforeFailure -= 1;
    if (tally.broken > 0) tally.broken -= 1;
    else if (isLate) this.succeedLate(peer, tally);
    else this.succeed(peer, tally);
    this.mark(peer, tally);
  }

  private fail(peer: Peer, tally: Tally, reason: string): void {
    tally.attempts += 1;
    tally.failures += 1;
    tally.failuresInRow += 1;
    tally.beforeFailure = tally.onProbation;
    tally.reason = reason;
    this.mark(peer, tally);
  }

  private succeed(peer: Peer, tally: Tally): void {
    tally.attempts += 1;
    tally.failuresInRow = 0;
    this.mark(peer, tally);
  }

  /** It says nothing of how the peer is after the failures since it opened. */
  private succeedLate(peer: Peer, tally: Tally): void {
    tally.attempts += 1;
    tally.lateSuccesses += 1;
    this.mark(peer, tally);
  }

  private mark(peer: Peer, tally: Tally): void {
    if (tally.isDirty) return;
    tally.isDirty = true;
    this.dirty.push(peer);
  }

  private tallyOf(peer: Peer): Tally {
    peer.tally ??= newTally();
    return peer.tally;
  }

  private probation(earlyCloseMs: number): Probation {
    const known = this.probations.get(earlyCloseMs);
    if (known !== undefined) return known;
    const probation = new Probation();
    this.probations.set(earlyCloseMs, probation);
    return probation;
  }
}

function reportOf(peer: Peer, tally: Tally): AttemptReport {
  const { upstream, key, address } = peer;
  const { attempts, failures, failuresInRow, reason, trial, agent } = tally;
  const report: Writable<AttemptReport> = {
    upstream,
    key,
    address,
    attempts,
    failures,
    failuresInRow,
    reason,
  };
  if (tally.lateSuccesses > 0) report.lateSuccesses = tally.lateSuccesses;
  if (trial !== undefined) report.trial = trial;
  if (agent !== undefined) report.agent = agent;
  return report;
}
