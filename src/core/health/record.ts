/** What a peer says itself, by the header `Switchboard-Peer`, that it can take. */
export interface AgentWish {
  /** It wants no new sessions but bound ones. */
  readonly isDraining: boolean;
  /** In place of the configured weight, as a number or in percent of it; absent: as configured. */
  readonly weight?: number;
  readonly weightPercent?: number;
  /** Beside the configured limit; absent: none. */
  readonly maxConns?: number;
}

/** What every worker has to know of a peer's health. The leader alone writes it; it travels as JSON. */
export interface HealthRecord {
  /** What it is about: a peer of the same key with another address starts anew. */
  readonly address: string;
  readonly isUp: boolean;
  /** Why it is as it is: `connect refused`, `ejected for 30s: handshake timeout`; `""` for nothing to say. */
  readonly reason: string;
  /** Since when, in seconds since the epoch. */
  readonly sinceS: number;
  /** It was ejected and is down, but one handshake at a time may show whether it works again. */
  readonly isOnTrial: boolean;
  readonly agent?: AgentWish;
  /** For whoever leads next. */
  readonly memory: HealthMemory;
}

/** What the leader goes on with after another one. */
export interface HealthMemory {
  /** What probes say; absent where there was none yet. */
  readonly isProbedUp?: boolean;
  /** How often it went down lately, by probes; a fraction while one of them is being forgotten. */
  readonly falls: number;
  /** How often it was ejected lately, in the same way. */
  readonly ejections: number;
  /** When its ejection ends, or ended if it is on trial; 0: it is neither. */
  readonly ejectedUntilS: number;
  /** When `falls` and `ejections` were what they are; they are forgotten bit by bit. */
  readonly atS: number;
}

/** What a probe has found. */
export interface ProbeOutcome {
  readonly isGood: boolean;
  /** Why it is not: `connect refused`, `pong timeout`; `""` if it is good. */
  readonly reason: string;
  /** The value of `Switchboard-Peer` in the answer. */
  readonly agent?: string;
}

/** What one worker's attempts at a peer have come to since its last report. */
export interface AttemptReport {
  readonly upstream: string;
  readonly key: string;
  readonly address: string;
  readonly attempts: number;
  readonly failures: number;
  /** Failures after the last success, or all of them if there was none. */
  readonly failuresInRow: number;
  /** Successes that are told late, of sessions that opened before the last failure: they end no row. Absent: none. */
  readonly lateSuccesses?: number;
  /** Of the last failure; `""` if there was none. */
  readonly reason: string;
  /** What became of the one handshake that was the peer's trial, if it was this worker's. */
  readonly trial?: "passed" | "failed";
  /** The value of `Switchboard-Peer` in a 101, where it is another one than before. */
  readonly agent?: string;
}

/** What is told of a peer. */
export interface HealthEvent {
  /** `kept`: it should be ejected, but no more may be, or it is the last one; its record stays as it is. */
  readonly to: "up" | "down" | "trial" | "agent" | "kept";
  readonly reason: string;
  /** Who found it. */
  readonly source: "probe" | "handshakes" | "agent" | "config";
}

/** A peer whose record is another one now. */
export interface HealthChange {
  readonly key: string;
  /** Absent: there is nothing to say of it any more. */
  readonly record?: HealthRecord;
  /** Absent where only what the next leader needs has changed. */
  readonly event?: HealthEvent;
}
