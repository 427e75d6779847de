import { HANDSHAKE_BOUNDS_S, PAUSE_BOUNDS_S, ROUND_TRIP_BOUNDS_S, SESSION_BOUNDS_S } from "./buckets";
import { RELAY_CLOSES } from "./relay-closes";

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

/** Why a session went to another peer, or should have. */
export const MOVE_REASONS = [
  "drained",
  "maint",
  "removed",
  "down",
  "rebalanced",
  "crashed",
  "redirected",
] as const;

/** With which Close frames are refused; the last stands for any other. */
export const FRAME_FAULTS = ["1002", "1007", "1008", "1009", "other"] as const;

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
export const ROUTE_ANY_RELAYED = "W";
export const PEER_TROUBLE = "F";
export const PEER_ANY_HEALTH = "G";
export const UPSTREAM_ANY_HANDSHAKES = "H";
export const UPSTREAM_ANY_SESSIONS = "L";
export const UPSTREAM_ANY_MOVES = "M";
export const UPSTREAM_ANY_ROUND_TRIPS = "T";

export const ROUTE_BYTES_TO_CLIENT = 0;
export const ROUTE_BYTES_TO_PEER = 1;
export const ROUTE_RETRIES = 2;
export const ROUTE_HANDSHAKES = 3;
export const ROUTE_REQUESTS = ROUTE_HANDSHAKES + OUTCOMES.length;
export const ROUTE_CLOSES = ROUTE_REQUESTS + OUTCOMES.length;
export const ROUTE_EMPTY_KEYS = ROUTE_CLOSES + CLOSES.length;
/** What is counted in relay mode only. */
export const ROUTE_MESSAGES_FROM_CLIENT = ROUTE_EMPTY_KEYS + 1;
export const ROUTE_MESSAGES_FROM_PEER = ROUTE_MESSAGES_FROM_CLIENT + 1;
export const ROUTE_PAYLOAD_FROM_CLIENT = ROUTE_MESSAGES_FROM_CLIENT + 2;
export const ROUTE_PAYLOAD_FROM_PEER = ROUTE_MESSAGES_FROM_CLIENT + 3;
/** Of the client, and then of the peer. */
export const ROUTE_FRAME_FAULTS = ROUTE_MESSAGES_FROM_CLIENT + 4;
export const ROUTE_RELAY_CLOSES = ROUTE_FRAME_FAULTS + 2 * FRAME_FAULTS.length;

export const ROUTE_LAYOUT: Layout = {
  codes: [
    "c",
    "u",
    "r",
    ...codes("h", OUTCOMES.length),
    ...codes("p", OUTCOMES.length),
    ...codes("e", CLOSES.length),
    "k",
    "mc",
    "mp",
    "bc",
    "bp",
    ...codes("x", FRAME_FAULTS.length),
    ...codes("y", FRAME_FAULTS.length),
    ...codes("w", RELAY_CLOSES.length),
  ],
  groups: [
    { first: ROUTE_BYTES_TO_CLIENT, last: ROUTE_RETRIES, guard: "" },
    { first: ROUTE_HANDSHAKES, last: ROUTE_REQUESTS - 1, guard: ROUTE_ANY_HANDSHAKES },
    { first: ROUTE_REQUESTS, last: ROUTE_CLOSES - 1, guard: ROUTE_ANY_REQUESTS },
    { first: ROUTE_CLOSES, last: ROUTE_CLOSES + CLOSES.length - 1, guard: ROUTE_ANY_CLOSES },
    { first: ROUTE_EMPTY_KEYS, last: ROUTE_EMPTY_KEYS, guard: "" },
    {
      first: ROUTE_MESSAGES_FROM_CLIENT,
      last: ROUTE_RELAY_CLOSES + RELAY_CLOSES.length - 1,
      guard: ROUTE_ANY_RELAYED,
    },
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

/** Of those that were made, and then of those that failed, by the reason. */
export const UPSTREAM_MOVES = UPSTREAM_REFUSED_TRIES + TRY_REFUSALS.length;
export const UPSTREAM_FAILED_MOVES = UPSTREAM_MOVES + MOVE_REASONS.length;
export const UPSTREAM_UNCONFIRMED = UPSTREAM_FAILED_MOVES + MOVE_REASONS.length;
export const UPSTREAM_PAUSES = UPSTREAM_UNCONFIRMED + 1;
export const UPSTREAM_CLIENT_ROUND_TRIPS = UPSTREAM_PAUSES + PAUSE_BOUNDS_S.length + 2;
export const UPSTREAM_PEER_ROUND_TRIPS = UPSTREAM_CLIENT_ROUND_TRIPS + ROUND_TRIP_BOUNDS_S.length + 2;

export const UPSTREAM_LAYOUT: Layout = {
  codes: [
    "hs",
    ...codes("h", HANDSHAKE_BOUNDS_S.length + 1),
    "ls",
    ...codes("l", SESSION_BOUNDS_S.length + 1),
    ...codes("r", TRY_REFUSALS.length),
    ...codes("m", MOVE_REASONS.length),
    ...codes("n", MOVE_REASONS.length),
    "x",
    "zs",
    ...codes("z", PAUSE_BOUNDS_S.length + 1),
    "cs",
    ...codes("c", ROUND_TRIP_BOUNDS_S.length + 1),
    "ps",
    ...codes("p", ROUND_TRIP_BOUNDS_S.length + 1),
  ],
  groups: [
    { first: UPSTREAM_HANDSHAKES, last: UPSTREAM_SESSIONS - 1, guard: UPSTREAM_ANY_HANDSHAKES },
    {
      first: UPSTREAM_SESSIONS,
      last: UPSTREAM_SESSIONS + SESSION_BOUNDS_S.length + 1,
      guard: UPSTREAM_ANY_SESSIONS,
    },
    { first: UPSTREAM_REFUSED_TRIES, last: UPSTREAM_REFUSED_TRIES + TRY_REFUSALS.length - 1, guard: "" },
    { first: UPSTREAM_MOVES, last: UPSTREAM_CLIENT_ROUND_TRIPS - 1, guard: UPSTREAM_ANY_MOVES },
    {
      first: UPSTREAM_CLIENT_ROUND_TRIPS,
      last: UPSTREAM_PEER_ROUND_TRIPS + ROUND_TRIP_BOUNDS_S.length + 1,
      guard: UPSTREAM_ANY_ROUND_TRIPS,
    },
  ],
};
