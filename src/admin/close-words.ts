import { isUtf8 } from "../core/frame/utf8";
import type { CloseWords } from "../core/session/close-order";
import { answerRefusal, type AdminAnswer } from "./answer";
import { refusal } from "./errors";
import type { AdminWorld } from "./world";

type Query = Readonly<Record<string, string>>;

/** What fits into a control frame beside the code (RFC 6455, 5.5). */
const MAX_REASON_BYTES = 123;
const CODE_DIGITS = 4;

/** What is wrong with the words of a call that closes sessions. */
export function findCloseFault(query: Query, world: AdminWorld): AdminAnswer | undefined {
  const { code, reason } = query;
  if (code !== undefined && parseCode(code) === undefined) {
    const message = "code is 1000, 1001, 1008, 1011, 1012, 1013 or a number from 3000 to 4999";
    return answerRefusal(refusal("bad_request", message), world);
  }
  if (reason === undefined || (reason.length <= MAX_REASON_BYTES && isUtf8(reason, 0))) return undefined;
  const message = `reason is UTF-8 of at most ${MAX_REASON_BYTES} bytes`;
  return answerRefusal(refusal("bad_request", message), world);
}

/** @param query in which `findCloseFault` finds nothing */
export function closeWordsOf({ code, reason }: Query): CloseWords {
  return { code: code === undefined ? undefined : parseCode(code), reason };
}

function parseCode(text: string): number | undefined {
  if (text.length !== CODE_DIGITS) return undefined;
  let code = 0;
  for (const index of $range(0, CODE_DIGITS - 1)) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return undefined;
    code = code * 10 + digit;
  }
  return mayBeSaid(code) ? code : undefined;
}

/** What somebody who closes sessions may mean: no code for a fault in frames, and none that says nothing. */
function mayBeSaid(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code === 1000 || code === 1001 || code === 1008 || (code >= 1011 && code <= 1013);
}
