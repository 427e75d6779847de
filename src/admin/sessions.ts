import type { SessionFilter } from "../core/session/filter";
import { answerRefusal, answerText, type AdminAnswer } from "./answer";
import { refusal } from "./errors";
import { listText, withField } from "./json-text";
import type { AdminWorld } from "./world";

type Query = Readonly<Record<string, string>>;

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
const MAX_RATE = 1_000_000;

export function showSessions(query: Query, world: AdminWorld): AdminAnswer {
  const limit = query["limit"] === undefined ? DEFAULT_LIMIT : parseCount(query["limit"], MAX_LIMIT);
  if (limit === undefined) {
    return answerRefusal(refusal("bad_request", `limit is a number from 1 to ${MAX_LIMIT}`), world);
  }
  const [page, err] = world.sessions(filterOf(query), limit, query["after"] ?? "");
  if (page === undefined) return answerRefusal(refusal("bad_request", err), world);
  const sessions = page.sessions.map((session) => world.encode(session));
  const head = page.next === undefined ? "{}" : world.encode({ next: page.next });
  return answerText(200, withField(head, "sessions", listText(sessions)));
}

/** What is wrong with a call that closes sessions by a filter. */
export function findFilterFault(query: Query, world: AdminWorld): AdminAnswer | undefined {
  const { upstream, peer, route } = filterOf(query);
  if (upstream === undefined && peer === undefined && route === undefined) {
    const message = "which sessions? Name an upstream, a peer or a route";
    return answerRefusal(refusal("filter_required", message), world);
  }
  const rate = query["rate"];
  if (rate === undefined || parseCount(rate, MAX_RATE) !== undefined) return undefined;
  const message = `rate is a number of sessions a second, from 1 to ${MAX_RATE}`;
  return answerRefusal(refusal("bad_request", message), world);
}

export function filterOf(query: Query): SessionFilter {
  return { upstream: query["upstream"], peer: query["peer"], route: query["route"] };
}

/** A whole number from 1 on, in decimal digits. */
function parseCount(text: string, max: number): number | undefined {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9 || count > max) return undefined;
    count = count * 10 + digit;
  }
  return count >= 1 && count <= max ? count : undefined;
}
