/** What has come of one worker's attempts at a peer since its last report. */
export interface Tally {
  attempts: number;
  failures: number;
  /** Failures after the last success. */
  failuresInRow: number;
  /** Successes of sessions that opened before the last failure. */
  lateSuccesses: number;
  /** Of the last failure. */
  reason: string;
  trial: "passed" | "failed" | undefined;
  /** What the peer has said, as long as it is not told. */
  agent: string | undefined;
  /** What was told last; `""`: nothing that still holds. */
  toldAgent: string;
  /** It is among those to be reported. */
  isDirty: boolean;
  /** Sessions that have opened and are not counted yet. */
  onProbation: number;
  /** How many of these broke off. */
  broken: number;
  /** How many of these opened before the last failure. */
  beforeFailure: number;
  /** The session among these that is the peer's trial; `""`: none. */
  trialSession: string;
  /** It is counted as so many-th of these from now on. */
  beforeTrial: number;
}

export function newTally(): Tally {
  return {
    attempts: 0,
    failures: 0,
    failuresInRow: 0,
    lateSuccesses: 0,
    reason: "",
    trial: undefined,
    agent: undefined,
    toldAgent: "",
    isDirty: false,
    onProbation: 0,
    broken: 0,
    beforeFailure: 0,
    trialSession: "",
    beforeTrial: 0,
  };
}

/** All is told. */
export function clearTally(tally: Tally): void {
  tally.attempts = 0;
  tally.failures = 0;
  tally.failuresInRow = 0;
  tally.lateSuccesses = 0;
  tally.reason = "";
  tally.trial = undefined;
  tally.agent = undefined;
  tally.isDirty = false;
}
