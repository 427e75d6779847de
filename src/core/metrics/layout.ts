import { HANDSHAKE_BOUNDS_S, SESSION_BOUNDS_S } from "./buckets";

/**
 * Which numbers an owner of counters has, by their place in `Counters.values`. In the store each has a key of its own with a
 * code, because after a reload workers with old code add to the same ones: a code never changes its meaning.
 */
export interface Layout {
  readonly codes: readonly string[];
  readonly groups: readonly Group[];
}

/** Places that follow one another and are of use together. */
export interface Group {
  readonly first: number;
  readonly last: number;
  /** Code of a number that is above 0 once one of the group is: few owners have those, and readers skip them. `""`: none. */
  readonly guard: string;
}

/** What becomes of a handshake or of a plain request. */
export const OUTCOMES = [
  "opened",
  "bad_handshake",
  "no_route",
  "upgrade_required",
  "internal_error",
  "bad_upstream",
  "no_live_peer",
  "handshake_timeout",
  "aborted",
  "http_2xx",
  "http_3xx",
  "http_4xx",
  "http_5xx",
  "other",
] as const;

export const OPENED = 0;
export const ABORTED = 8;
/** Of answers with a status of 200 to 299; the others follow. */
export const HTTP_2XX = 9;
export const OTHER_OUTCOME = 13;

/** Who ended an open session and why, as in the access log. A new one comes last, as its place is its code. */
export const CLOSES = [
  "client:closed",
  "client:reset",
  "client:gone",
  "upstream:closed",
  "upstream:reset",
  "gateway:idle_timeout",
  "gateway:send_timeout",
  "gateway:killed",
  "gateway:drained",
  "gateway:maint",
  "gateway:removed",
  "gateway:closed",
  "gateway:other",
  "gateway:down",
] as const;

export const OTHER_CLOSE = 12;

/** Why an attempt at a peer failed. */
export const FAILURES = ["error", "timeout", "http_502", "http_503", "http_504"] as const;

function codes(prefix: string, count: number): string[] {
  const list: string[] = [];
  for (const index of $range(0, count - 1)) list.push(`${prefix}${index}`);
  return list;
}

/** Guards of the groups of few owners. */
export const ROUTE_ANY_HANDSHAKES = "H";
export const ROUTE_ANY_REQUESTS = "P";
export const ROUTE_ANY_CLOSES = "E";
export const PEER_TROUBLE = "F";
export const PEER_ANY_HEALTH = "G";
export const UPSTREAM_ANY_HANDSHAKES = "H";
export const UPSTREAM_ANY_SESSIONS = "L";

export const ROUTE_BYTES_TO_CLIENT = 0;
export const ROUTE_BYTES_TO_PEER = 1;
export const ROUTE_RETRIES = 2;
export const ROUTE_HANDSHAKES = 3;
export const ROUTE_REQUESTS = ROUTE_HANDSHAKES + OUTCOMES.length;
export const ROUTE_CLOSES = ROUTE_REQUESTS + OUTCOMES.length;
export const ROUTE_EMPTY_KEYS = ROUTE_CLOSES + CLOSES.length;

export const ROUTE_LAYOUT: Layout = {
  codes: [
    "c",
    "u",
    "r",
    ...codes("h", OUTCOMES.length),
    ...codes("p", OUTCOMES.length),
    ...codes("e", CLOSES.length),
    "k",
  ],
  groups: [
    { first: ROUTE_BYTES_TO_CLIENT, last: ROUTE_RETRIES, guard: "" },
    { first: ROUTE_HANDSHAKES, last: ROUTE_REQUESTS - 1, guard: ROUTE_ANY_HANDSHAKES },
    { first: ROUTE_REQUESTS, last: ROUTE_CLOSES - 1, guard: ROUTE_ANY_REQUESTS },
    { first: ROUTE_CLOSES, last: ROUTE_CLOSES + CLOSES.length - 1, guard: ROUTE_ANY_CLOSES },
    { first: ROUTE_EMPTY_KEYS, last: ROUTE_EMPTY_KEYS, guard: "" },
  ],
};

export const PEER_OPENED = 0;
export const PEER_BYTES_TO_CLIENT = 1;
export const PEER_BYTES_TO_PEER = 2;
export const PEER_RETRIES = 3;
export const PEER_FAILURES = 4;
export const PEER_PROBES_PASSED = PEER_FAILURES + FAILURES.length;
export const PEER_PROBES_FAILED = PEER_PROBES_PASSED + 1;
export const PEER_WENT_UP = PEER_PROBES_PASSED + 2;
export const PEER_WENT_DOWN = PEER_PROBES_PASSED + 3;
export const PEER_EJECTIONS = PEER_PROBES_PASSED + 4;

export const PEER_LAYOUT: Layout = {
  codes: ["o", "c", "u", "r", ...codes("f", FAILURES.length), "pp", "pf", "hu", "hd", "he"],
  groups: [
    { first: PEER_OPENED, last: PEER_BYTES_TO_PEER, guard: "" },
    { first: PEER_RETRIES, last: PEER_FAILURES + FAILURES.length - 1, guard: PEER_TROUBLE },
    { first: PEER_PROBES_PASSED, last: PEER_EJECTIONS, guard: PEER_ANY_HEALTH },
  ],
};

/** A histogram: the sum, and then the buckets, each without those below it. */
export const UPSTREAM_HANDSHAKES = 0;
export const UPSTREAM_SESSIONS = HANDSHAKE_BOUNDS_S.length + 2;
export const UPSTREAM_REFUSED_TRIES = UPSTREAM_SESSIONS + SESSION_BOUNDS_S.length + 2;

/** Why there was no further try although there could have been one. */
export const TRY_REFUSALS = ["budget", "deadline"] as const;

export const UPSTREAM_LAYOUT: Layout = {
  codes: [
    "hs",
    ...codes("h", HANDSHAKE_BOUNDS_S.length + 1),
    "ls",
    ...codes("l", SESSION_BOUNDS_S.length + 1),
    ...codes("r", TRY_REFUSALS.length),
  ],
  groups: [
    { first: UPSTREAM_HANDSHAKES, last: UPSTREAM_SESSIONS - 1, guard: UPSTREAM_ANY_HANDSHAKES },
    {
      first: UPSTREAM_SESSIONS,
      last: UPSTREAM_SESSIONS + SESSION_BOUNDS_S.length + 1,
      guard: UPSTREAM_ANY_SESSIONS,
    },
    { first: UPSTREAM_REFUSED_TRIES, last: UPSTREAM_REFUSED_TRIES + TRY_REFUSALS.length - 1, guard: "" },
  ],
};
