import type { RetryBudgetConfig } from "../config/snapshot";
import type { Session } from "../session/session";

/** At most one line in so many seconds tells that a budget is used up. */
const WARNING_INTERVAL_S = 1;

/** Those of one kind that have a slot, and are neither open nor over. */
interface UnderWay {
  sessions: number;
  /** How many of them are on another attempt than their first. */
  tries: number;
}

/**
 * What one worker has under way to the peers of an upstream. A further try is allowed while the others are a small part of it, or
 * an outage would multiply the handshakes. Plain requests are apart: long polls would be a reason for many tries, or hold all of them.
 * A session counts from `begin` to `end`, and both are called once for each.
 */
export class RetryBudget {
  private readonly handshakes: UnderWay = { sessions: 0, tries: 0 };
  private readonly requests: UnderWay = { sessions: 0, tries: 0 };
  private refused = 0;
  private toldAtS = 0;

  /** The session has got its slot. */
  begin(session: Session): void {
    this.of(session).sessions += 1;
  }

  /** Its second attempt begins; later ones take the place of that. */
  beginTries(session: Session): void {
    this.of(session).tries += 1;
  }

  /** It opens, or ends without. */
  end(session: Session): void {
    const underWay = this.of(session);
    underWay.sessions -= 1;
    if (session.attempts > 1) underWay.tries -= 1;
  }

  /** Whether there is room for another attempt of the session, whose last one is over. */
  allows(session: Session, { percent, min }: RetryBudgetConfig): boolean {
    const { sessions, tries } = this.of(session);
    const others = session.attempts > 1 ? tries - 1 : tries;
    return others < min || others * 100 < percent * sessions;
  }

  /** The session goes without. */
  refuse(): void {
    this.refused += 1;
  }

  /** What the log is to say now, if anything. */
  takeWarning(upstream: string, nowS: number): string | undefined {
    if (this.refused === 0) return undefined;
    const sinceS = nowS - this.toldAtS;
    // A negative time: the system's clock was set back.
    if (sinceS >= 0 && sinceS < WARNING_INTERVAL_S) return undefined;
    this.toldAtS = nowS;
    const { refused } = this;
    this.refused = 0;
    const { handshakes, requests } = this;
    const tries = handshakes.tries + requests.tries;
    return (
      `retry budget of upstream "${upstream}" is used up: ${tries.toString()} further tries under way, ` +
      `${refused.toString()} refused since the last line`
    );
  }

  /** For specs: handshakes, further tries among them; plain requests, further tries among them. */
  counts(): readonly number[] {
    const { handshakes, requests } = this;
    return [handshakes.sessions, handshakes.tries, requests.sessions, requests.tries];
  }

  private of(session: Session): UnderWay {
    return session.isUpgrade ? this.handshakes : this.requests;
  }
}
