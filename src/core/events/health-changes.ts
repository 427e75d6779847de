import { printable } from "../config/show";
import type { HealthChange, HealthEvent } from "../health/record";
import type { LogLevel } from "../ports";
import type { EventData } from "./event";

/** A change of a peer's health, for readers of events and of the log. */
export interface HealthNews {
  readonly data: EventData;
  readonly level: LogLevel;
  readonly line: string;
}

/** What came out of a step: some of it one by one, and how much else there was. */
export interface HealthTold {
  readonly news: readonly HealthNews[];
  readonly others: number;
}

/** Of one step and upstream: no outage empties the store of events, or fills the log. */
const PEERS_TOLD = 100;
const MAX_REASON = 200;
const MAX_NAME = 260;

const WHAT: Readonly<Record<HealthEvent["to"], string>> = {
  up: "is up",
  down: "is down",
  trial: "is on trial",
  agent: "speaks for itself",
  kept: "is not ejected",
};

/** What is told of the changes that have an event. */
export function healthNews(upstream: string, changes: readonly HealthChange[]): HealthTold {
  const news: HealthNews[] = [];
  let others = 0;
  for (const change of changes) {
    const { event } = change;
    if (event === undefined) continue;
    if (news.length < PEERS_TOLD) news.push(newsOf(upstream, change, event));
    else others += 1;
  }
  return { news, others };
}

export function describeOthers(upstream: string, others: number): string {
  return `the health of ${others} other peers of upstream "${upstream}" has changed`;
}

function newsOf(upstream: string, { key, record }: HealthChange, event: HealthEvent): HealthNews {
  const { to, source } = event;
  // Parts of it may have come from the peer.
  const reason = printable(event.reason, MAX_REASON);
  const place = record === undefined ? "" : ` at ${record.address}`;
  const why = reason === "" ? "" : `: ${reason}`;
  return {
    data: { upstream, peer: key, to, reason: reason === "" ? undefined : reason, source },
    level: to === "down" ? "warn" : "notice",
    line: `peer "${printable(key, MAX_NAME)}" of upstream "${upstream}"${place} ${WHAT[to]}${why}`,
  };
}
