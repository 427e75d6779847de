import type { Fallible } from "../core/fallible";
import { LAST_LETTER_KEY, letterKey, LETTERS_KEY } from "./keys";
import { getLongText, putLongText, removeLongText } from "./long-text";

/** Of everything that is not taken away: a process may die between any two steps. */
const TTL_S = 120;
const POLL_S = 0.005;
/** A leader that died is replaced sooner, and one that reads a large document is done sooner. */
const TAKE_TIMEOUT_S = 5;
const REPLY_TIMEOUT_S = 15;

/** Nobody has taken the letter, and nobody will. */
export const NOT_TAKEN = "no worker leads at the moment";
/** Whoever took it was not heard of again. */
export const NOT_ANSWERED = "the worker that leads has not answered";

/** What a worker asks the leader for. */
export interface Letter {
  readonly number: number;
  readonly text: string;
}

/**
 * How any worker has the leader do something: letters lie in the shared dict, a list says in which order they came, and the
 * answer lies beside its letter. A letter is either taken by the leader or taken back by its sender, never both.
 */
export class Mailbox {
  constructor(private readonly dict: NgxSharedDict) {}

  /** Sends a letter and waits for the answer. */
  ask(text: string): Fallible<string> {
    const { dict } = this;
    dict.safe_add(LAST_LETTER_KEY, 0);
    const [number, err] = dict.incr(LAST_LETTER_KEY, 1);
    if (number === undefined) return $multi(undefined, err ?? "no memory");
    const refusal = this.post(number, text);
    if (refusal !== undefined) return $multi(undefined, refusal);
    const [answer, failure] = this.awaitAnswer(number);
    removeLongText(dict, letterKey(number));
    dict.delete(claimsKey(number));
    removeLongText(dict, answerKey(number));
    if (answer === undefined) return $multi(undefined, failure);
    return $multi(answer);
  }

  hasLetters(): boolean {
    const [length] = this.dict.llen(LETTERS_KEY);
    return length !== undefined && length > 0;
  }

  /** Takes the oldest letter. For the leader alone. */
  take(): Letter | undefined {
    while (this.hasLetters()) {
      const [entry] = this.dict.lpop(LETTERS_KEY);
      const number = typeof entry === "string" ? tonumber(entry) : undefined;
      if (number !== undefined && this.claim(number)) {
        const text = getLongText(this.dict, letterKey(number));
        if (text !== undefined) return { number, text };
      }
    }
    return undefined;
  }

  /** @returns why the answer could not be left */
  answer(letter: Letter, text: string): string | undefined {
    return putLongText(this.dict, answerKey(letter.number), text, TTL_S);
  }

  private post(number: number, text: string): string | undefined {
    const err = putLongText(this.dict, letterKey(number), text, TTL_S);
    if (err !== undefined) return err;
    // Made beforehand, so that a full dict cannot keep either side from claiming it.
    const [isStored, claimErr] = this.dict.safe_add(claimsKey(number), 0, TTL_S);
    const [length, listErr] = this.dict.rpush(LETTERS_KEY, number.toString());
    if (isStored === true && typeof length === "number") return undefined;
    this.dict.delete(claimsKey(number));
    removeLongText(this.dict, letterKey(number));
    return claimErr ?? listErr ?? "not stored";
  }

  private awaitAnswer(number: number): Fallible<string> {
    let waitedS = 0;
    let isTaken = false;
    while (true) {
      const answer = getLongText(this.dict, answerKey(number));
      if (answer !== undefined) return $multi(answer);
      isTaken ||= this.isTaken(number);
      if (!isTaken && waitedS >= TAKE_TIMEOUT_S) {
        if (this.claim(number)) return $multi(undefined, NOT_TAKEN);
        isTaken = true;
      }
      if (waitedS >= REPLY_TIMEOUT_S) return $multi(undefined, NOT_ANSWERED);
      ngx.sleep(POLL_S);
      waitedS += POLL_S;
    }
  }

  private isTaken(number: number): boolean {
    const [claims] = this.dict.get(claimsKey(number));
    return claims !== 0;
  }

  /** One of the leader and the sender gets it. */
  private claim(number: number): boolean {
    const [claims] = this.dict.incr(claimsKey(number), 1);
    return claims === 1;
  }
}

function claimsKey(number: number): string {
  return `${letterKey(number)}:claims`;
}

function answerKey(number: number): string {
  return `${letterKey(number)}:answer`;
}
