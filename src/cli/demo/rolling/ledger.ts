import { BACKEND_TOPIC, decode } from "./message";
import type { Message } from "./message";

/** The stay of a client at a backend. */
export interface Visit {
  readonly id: string;
  readonly backend: string;
  /** How many of the backend's messages came. */
  received: number;
}

/** What did not arrive as it was sent, of both sides together. */
export interface Losses {
  lost: number;
  duplicated: number;
  reordered: number;
  altered: number;
}

const MAX_FAULTS = 20;

/**
 * What one client has sent and what has come back, whichever backends it talks to: every message is to be acknowledged once and in order,
 * and those of each backend are to come without gap, the first telling where the client was before.
 */
export class Ledger implements Losses {
  lost = 0;
  duplicated = 0;
  reordered = 0;
  altered = 0;
  sent = 0;
  received = 0;
  /** The first few things that were not as they must be, in words. */
  readonly faults: string[] = [];
  readonly visits: Visit[] = [];
  /** What the backends have to answer next: the number of a message, or the one byte of one that has no number. */
  private expected: string[] = [];
  private readonly missing = new Set<string>();
  private session: string | undefined;
  private moves = 0;
  /** Messages that were lost to a crash, which is no fault. */
  forgiven = 0;
  /** Where the last backend crashed, until another acknowledges something. */
  private isForgiving = false;

  constructor(
    readonly client: string,
    /** Backends may crash: what was in flight then may be lost, from the end of a visit and before the first answer of the next. */
    private readonly mayCrash = false,
  ) {}

  /** @param what the number of the message, or the one byte it has */
  noteSent(what: string): void {
    this.sent += 1;
    this.expected.push(what);
  }

  get unanswered(): number {
    return this.expected.length;
  }

  take(data: Buffer, isBinary: boolean): void {
    this.received += 1;
    if (data.length === 1) return this.answer(data.toString("latin1"));
    const message = decode(data, isBinary);
    if (message === undefined) {
      this.altered += 1;
      return this.fault(`altered: ${data.length} bytes, "${data.toString("latin1", 0, 60)}"`);
    }
    const [topic, backend, ...words] = message.topic.split(" ");
    if (topic === BACKEND_TOPIC.hello) this.begin(backend!, words);
    this.count(message);
    if (topic === BACKEND_TOPIC.ack) this.answer(words[0]!);
    if (topic !== BACKEND_TOPIC.bad) return;
    this.altered += 1;
    this.fault(`altered on the way to ${backend}: ${words[0]}`);
  }

  /** What backends sent at the end of visits and never came. @param sentOnVisits as the backends tell, by visit */
  settle(sentOnVisits: ReadonlyMap<string, number>): void {
    for (const { id, received } of this.visits) {
      const missing = (sentOnVisits.get(id) ?? received) - received;
      if (missing > 0) this.lose(missing, `the last ${missing} of visit ${id}`);
    }
  }

  private begin(backend: string, [id, ...resume]: string[]): void {
    if (this.visits.length > 0) this.checkResume(resume);
    else if (resume.join(" ") !== "-") this.fault(`told to resume at first: ${resume.join(" ")}`);
    this.visits.push({ id: id!, backend, received: 0 });
    this.isForgiving = this.mayCrash && this.visits.length > 1;
  }

  /** `SESSION; from=PEER; moves=N`, each time of the same session. */
  private checkResume(words: readonly string[]): void {
    const text = words.join(" ");
    const [, session, from, moves] = /^(\S+); from=(\S+); moves=(\d+)$/.exec(text) ?? [];
    const isNext = this.mayCrash ? Number(moves) > this.moves : Number(moves) === this.moves + 1;
    const isSame = this.session === undefined || this.session === session;
    if (!isSame || !isNext || from !== this.visits.at(-1)?.backend)
      this.fault(
        `Switchboard-Resume after ${this.moves} moves, from ${this.visits.at(-1)?.backend}: ${text}`,
      );
    this.session = session;
    this.moves = Number(moves);
  }

  private count({ number }: Message): void {
    const visit = this.visits.at(-1);
    if (visit === undefined) return this.fault(`message ${number} before a hello`);
    if (number === visit.received) {
      visit.received += 1;
      return;
    }
    if (number < visit.received) {
      this.duplicated += 1;
      return this.fault(`visit ${visit.id}: ${number} again or late, expected ${visit.received}`);
    }
    const gap = number - visit.received;
    this.lost += gap;
    this.fault(`visit ${visit.id}: got ${number}, expected ${visit.received}`);
    visit.received = number + 1;
  }

  private answer(what: string): void {
    const at = this.expected.indexOf(what);
    if (at < 0) return this.answerUnexpected(what);
    if (at > 0) {
      const skipped = this.expected.slice(0, at);
      this.lose(at, `no answer to ${skipped.join(", ")} before the one to ${what}`);
      for (const one of skipped) this.missing.add(one);
    }
    this.expected = this.expected.slice(at + 1);
    this.isForgiving = false;
  }

  private answerUnexpected(what: string): void {
    if (this.missing.delete(what)) {
      this.lost -= 1;
      this.reordered += 1;
    } else this.duplicated += 1;
    this.fault(`an answer to ${what} again or late`);
  }

  private lose(count: number, what: string): void {
    if (this.isForgiving) {
      this.forgiven += count;
      return;
    }
    this.lost += count;
    this.fault(what);
  }

  fault(what: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push(`${this.client}: ${what}`);
  }
}
