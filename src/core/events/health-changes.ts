import { printable } from "../config/show";
import type { HealthChange, HealthEvent } from "../health/record";
import type { LogLevel } from "../ports";
import type { EventData } from "./event";
import { Ration } from "./ration";

/** A change of a peer's health, for readers of events and of the log. */
export interface HealthNews {
  readonly data: EventData;
  readonly level: LogLevel;
  readonly line: string;
}

const TOLD_AT_ONCE = 200;
const TOLD_PER_S = 5;
const MAX_REASON = 200;
const MAX_NAME = 260;

const WHAT: Readonly<Record<HealthEvent["to"], string>> = {
  up: "is up",
  down: "is down",
  trial: "is on trial",
  agent: "speaks for itself",
  kept: "is not ejected",
};

/** @returns what is told of a change by itself; `undefined` where there is no event, or too many are told already */
export function healthNews(
  upstream: string,
  change: HealthChange,
  ration: Ration,
  nowS: number,
): HealthNews | undefined {
  const { event } = change;
  return event !== undefined && ration.take(nowS) ? newsOf(upstream, change, event) : undefined;
}

/** No outage empties the store of events, or fills the log. */
export function newRation(): Ration {
  return new Ration(TOLD_AT_ONCE, TOLD_PER_S);
}

export function describeOthers(others: number): string {
  return `the health of ${others} other peers has changed`;
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
