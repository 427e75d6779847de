import { setTimeout as sleep } from "node:timers/promises";
import type { Losses } from "./ledger";
import { Talker } from "./talker";
import type { Closed, TalkerOptions } from "./talker";

export interface CrowdOptions extends Omit<TalkerOptions, "isDeflated"> {
  readonly url: string;
  /** Half of them, and one more if they are odd, offer permessage-deflate. */
  readonly clients: number;
}

/** Of all clients together. */
export interface Summary extends Losses {
  readonly messages: number;
  readonly closes: readonly Closed[];
  /** Messages that are not answered yet. */
  readonly unanswered: number;
  /** Lost to a crash. */
  readonly forgiven: number;
  readonly faults: readonly string[];
}

const AT_ONCE = 20;
const POLL_MS = 20;
const MAX_FAULTS = 20;

/** Clients that talk at once. */
export class Crowd {
  private constructor(readonly talkers: readonly Talker[]) {}

  /** Not connected yet, so that whoever asks for them can end them at any time. */
  static of({ url, clients, ...options }: CrowdOptions): Crowd {
    const opened = Array.from({ length: clients }, (_, index) => index);
    return new Crowd(
      opened.map(
        (index) => new Talker(url, `client${index}`, index, { ...options, isDeflated: index % 2 === 0 }),
      ),
    );
  }

  /** @param others of other kinds */
  with(others: readonly Talker[]): Crowd {
    return new Crowd([...this.talkers, ...others]);
  }

  /** Connects all of them, then has them talk. */
  async begin(): Promise<void> {
    for (let at = 0; at < this.talkers.length; at += AT_ONCE) {
      await Promise.all(this.talkers.slice(at, at + AT_ONCE).map((talker) => talker.open()));
    }
    for (const talker of this.talkers) talker.begin();
  }

  /**
   * Has all of them say the last thing and waits for the answers, or until the time is up: what is unanswered then is lost.
   * @param sentOnVisits what the backends tell they have sent
   */
  async finish(sentOnVisits: ReadonlyMap<string, number>, timeoutMs: number): Promise<Summary> {
    for (const talker of this.talkers) talker.finish();
    const deadlineMs = Date.now() + timeoutMs;
    while (this.talkers.some((talker) => !talker.isSettled) && Date.now() < deadlineMs) await sleep(POLL_MS);
    for (const { ledger } of this.talkers) ledger.settle(sentOnVisits);
    const summary = this.summary();
    for (const talker of this.talkers) talker.end();
    return summary;
  }

  /** As it is just now. */
  summary(): Summary {
    const ledgers = this.talkers.map(({ ledger }) => ledger);
    const sum = (count: (ledger: (typeof ledgers)[number]) => number): number =>
      ledgers.reduce((total, ledger) => total + count(ledger), 0);
    return {
      messages: sum(({ sent, received }) => sent + received),
      closes: this.talkers.flatMap(({ closed }) => closed ?? []),
      lost: sum(({ lost }) => lost),
      duplicated: sum(({ duplicated }) => duplicated),
      reordered: sum(({ reordered }) => reordered),
      altered: sum(({ altered }) => altered),
      unanswered: sum(({ unanswered }) => unanswered),
      forgiven: sum(({ forgiven }) => forgiven),
      faults: ledgers.flatMap(({ faults }) => faults).slice(0, MAX_FAULTS),
    };
  }

  /** Ends all of them at once. */
  drop(): void {
    for (const talker of this.talkers) talker.drop();
  }
}
