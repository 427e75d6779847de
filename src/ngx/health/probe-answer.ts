import { HeadReader } from "../../core/handshake/answer-head";
import type { AnswerHead } from "../../core/handshake/answer-head";
import type { ProbeOutcome } from "../../core/health/record";
import type { ProbeConnection } from "./probe-connection";

/** The head of an answer and what came behind it, or why there is none. */
export type Answered = LuaMultiReturn<
  [head: AnswerHead, rest: string, reason?: undefined] | [head: undefined, rest: string, reason: string]
>;

/** @param what is waited for, as a reason names it */
export function readHead(connection: ProbeConnection, what: string): Answered {
  const reader = new HeadReader();
  let isStarted = false;
  for (;;) {
    const [chunk, err] = connection.read();
    if (chunk === undefined) {
      if (err === "timeout") return $multi(undefined, "", `${what} timeout`);
      return $multi(undefined, "", isStarted ? "closed in mid-answer" : "closed before it answered");
    }
    isStarted = true;
    if (reader.push(chunk)) {
      const { head, fault = "" } = reader;
      if (head === undefined) return $multi(undefined, "", fault);
      return $multi(head, reader.rest);
    }
  }
}

/** @param reason why the probe failed; `undefined` if it did not */
export function outcomeOf(reason: string | undefined, head?: AnswerHead): ProbeOutcome {
  return { isGood: reason === undefined, reason: reason ?? "", agent: head?.agent };
}
