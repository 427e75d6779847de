import { BodySearch } from "../../core/health/probe-body";
import type { AnswerHead } from "../../core/handshake/answer-head";
import type { ProbeTask } from "../../core/health/probe-task";
import type { ProbeOutcome } from "../../core/health/record";
import { hasStatus, parseStatuses } from "../../core/health/statuses";
import type { ProbeConnection } from "./probe-connection";
import { outcomeOf, readHead } from "./probe-answer";

const NO_STATUSES: readonly number[] = [];

/** Asks for a page. The whole answer, as far as it is looked at, is one step. */
export function probeHttp(task: ProbeTask, connection: ProbeConnection): ProbeOutcome {
  if (connection.begin(task.request) !== undefined) return outcomeOf("closed before it answered");
  const [head, rest, reason] = readHead(connection, "answer");
  if (head === undefined) return outcomeOf(reason);
  const { expectStatus, expectBody } = task.config;
  const [statuses = NO_STATUSES] = parseStatuses(expectStatus);
  if (!hasStatus(statuses, head.status)) return outcomeOf(`answered ${head.status}`, head);
  return outcomeOf(expectBody === "" ? undefined : findBodyFault(connection, head, rest, expectBody), head);
}

function findBodyFault(
  connection: ProbeConnection,
  head: AnswerHead,
  rest: string,
  text: string,
): string | undefined {
  const search = new BodySearch(head, text);
  let isOver = search.push(rest);
  while (!isOver) {
    const [chunk, err] = connection.read();
    if (chunk === undefined) return err === "timeout" ? "body timeout" : "answered without the expected body";
    isOver = search.push(chunk);
  }
  return search.isFound ? undefined : "answered without the expected body";
}
