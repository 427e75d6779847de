import type { Fallible } from "../core/fallible";
import type { Clock } from "../core/ports";
import { allowance, isMeant, type CloseOrder, type CloseWords } from "../core/session/close-order";
import type { SessionFilter } from "../core/session/filter";
import type { Session } from "../core/session/session";
import type { SessionTable } from "../core/session/session-table";
import type { Chore, Pause } from "./chore";
import type { Commands } from "./commands";
import { endSession } from "./end-session";
import { decodeJson, encodeJson } from "./json";

export interface Closed {
  readonly closed: number;
  /** Processes that did not answer in time: they close theirs when they go on. */
  readonly unanswered: number;
}

export interface Closing {
  readonly closing: number;
  readonly rate: number;
  readonly unanswered: number;
}

/** An order that is carried out over time. */
interface PacedOrder {
  readonly number: number;
  readonly order: CloseOrder;
  /** The next to look at, and where those end that it can mean. */
  place: number;
  readonly end: number;
}

const REPLY_TIMEOUT_S = 0.5;

/** Closes sessions on an operator's word: each process its own, in all processes. */
export class SessionCloser implements Chore {
  readonly name = "closing sessions";
  readonly outlivesExit = true;
  private paced: PacedOrder[] = [];

  constructor(
    private readonly commands: Commands,
    private readonly sessions: SessionTable,
    private readonly clock: Clock,
  ) {}

  /** Closes one session. `closed` is 0 where no session has the id. */
  closeOne(id: string, words: CloseWords = {}): Fallible<Closed> {
    return this.closeNow({ ...words, id, filter: {}, atS: this.now() }, (sum) => sum > 0);
  }

  /** Closes every session that the filter means now. */
  closeAll(filter: SessionFilter, words: CloseWords = {}): Fallible<Closed> {
    return this.closeNow({ ...words, filter, atS: this.now() }, () => false);
  }

  /** Begins to close them, so many a second; none that opens from now on. */
  closePaced(filter: SessionFilter, rate: number, words: CloseWords = {}): Fallible<Closing> {
    const [number, err] = this.give({ ...words, filter, rate, atS: this.now() });
    if (number === undefined) return $multi(undefined, err);
    const { sum, unanswered } = this.commands.collect(number, REPLY_TIMEOUT_S, () => false);
    return $multi({ closing: sum, rate, unanswered });
  }

  isDue(): boolean {
    return this.paced.length > 0 || this.commands.isBehind();
  }

  work(pause: Pause): void {
    let command = this.commands.next();
    while (command !== undefined) {
      const [order] = decodeJson(command.text);
      if (order !== undefined) this.obey(command.number, order as CloseOrder, pause);
      command = this.commands.next();
    }
    for (const paced of this.paced) this.goOn(paced, pause);
    this.paced = this.paced.filter(({ place, end }) => place < end);
  }

  private closeNow(order: CloseOrder, isEnough: (this: void, sum: number) => boolean): Fallible<Closed> {
    const [number, err] = this.give(order);
    if (number === undefined) return $multi(undefined, err);
    const { sum, unanswered } = this.commands.collect(number, REPLY_TIMEOUT_S, isEnough);
    return $multi({ closed: sum, unanswered });
  }

  private give(order: CloseOrder): Fallible<number> {
    return this.commands.give(encodeJson(order));
  }

  private now(): number {
    ngx.update_time();
    return this.clock.now();
  }

  private obey(number: number, order: CloseOrder, pause: Pause): void {
    const end = this.isAboutOthers(order) ? 0 : this.sessions.openHighWater();
    const isPaced = order.rate !== undefined;
    let count = 0;
    for (const place of $range(0, end - 1)) {
      const session = this.sessions.openAt(place);
      if (session !== undefined && isMeant(order, session, this.clock.now())) {
        if (isPaced || this.end(session, order)) count += 1;
      }
      pause();
    }
    if (isPaced) this.paced.push({ number, order, place: 0, end });
    this.commands.reply(number, count);
  }

  private isAboutOthers({ id }: CloseOrder): boolean {
    return id !== undefined && !id.startsWith(this.sessions.prefix);
  }

  /** As far as the rate allows. */
  private goOn(paced: PacedOrder, pause: Pause): void {
    while (paced.place < paced.end) {
      const session = this.sessions.openAt(paced.place);
      if (session !== undefined && isMeant(paced.order, session, this.clock.now())) {
        if (!this.mayClose(paced)) return;
        this.end(session, paced.order);
      }
      paced.place += 1;
      pause();
    }
  }

  private end(session: Session, { code, reason }: CloseOrder): boolean {
    return endSession(this.sessions, session, "killed", code, reason);
  }

  private mayClose({ number, order }: PacedOrder): boolean {
    const now = this.clock.now();
    return this.commands.takeShare(number, Math.floor(now), allowance(order.rate ?? 1, order.atS, now));
  }
}
