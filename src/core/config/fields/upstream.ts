import { OPTIONS_IN_SHORT } from "../../balance/about";
import { DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_HOST_HEADER, DEFAULT_IDLE_TIMEOUT_MS } from "../defaults";
import { formatDuration } from "../duration";
import * as formats from "../formats";
import type {
  BalancerConfig,
  DrainConfig,
  RetryBudgetConfig,
  RetryKind,
  SlowStartConfig,
  TlsConfig,
  UpstreamConfig,
} from "../snapshot";
import { choice, durationMs, integer, list, number, object, text } from "../specification";
import { affinity } from "./affinity";
import { health } from "./health";
import { peer } from "./peer";
import { DAY_MS, HOUR_MS, LONGEST_TIMER_MS } from "./spans";

/** In one upstream, and in all of them together. */
export const MAX_PEERS = 100_000;

const balancer = object<BalancerConfig>(
  [
    {
      name: "type",
      into: "type",
      is: text(formats.name),
      isRequired: true,
      about: "Which balancer; the fields beside it are its options.",
    },
  ],
  { shorthand: "type", rest: "options" },
);

const tls = object<TlsConfig>(
  [
    {
      name: "server_name",
      into: "serverName",
      is: text(formats.serverName),
      default: "",
      about:
        'SNI and the name that is verified, a template; "": the name in the Host header sent to the peer.',
    },
  ],
  { isSwitchable: true, isSwitchedOnByTrue: true },
);

const RETRY_KINDS: readonly RetryKind[] = ["error", "timeout", "http_502", "http_503", "http_504"];

const retryBudget = object<RetryBudgetConfig>([
  {
    name: "percent",
    into: "percent",
    is: number(0, 100),
    default: 20,
    about: "Of the handshakes that are under way in a worker, so many percent may be further tries.",
  },
  {
    name: "min",
    into: "min",
    is: integer(0, 10_000),
    default: 10,
    about: "So many further tries at a time are always allowed to a worker.",
  },
]);

const drain = object<DrainConfig>([
  {
    name: "deadline",
    into: "deadlineMs",
    is: durationMs(0, LONGEST_TIMER_MS),
    default: "5m",
    about: "How long a draining peer keeps its sessions before they are closed or moved.",
  },
  {
    name: "spread",
    into: "spreadMs",
    is: durationMs(0, DAY_MS),
    default: "30s",
    about: "Over how long the rest is then closed or moved.",
  },
  {
    name: "close",
    into: "close",
    is: choice("keep", "paced"),
    default: "keep",
    about: "keep: sessions stay until they end; paced: they are closed or moved from the deadline on.",
  },
]);

const slowStart = object<SlowStartConfig>(
  [
    {
      name: "window",
      into: "windowMs",
      is: durationMs(0, DAY_MS),
      isRequired: true,
      about: "Over how long it grows to its weight; 0s: at once.",
    },
    {
      name: "min_percent",
      into: "minPercent",
      is: number(1, 100),
      default: 10,
      about: "What it begins with, in percent of its weight.",
    },
    {
      name: "aggression",
      into: "aggression",
      is: number(0.1, 10),
      default: 1,
      about: "1 grows evenly; above, faster at first: (time / window) ^ (1 / aggression).",
    },
  ],
  { shorthand: "window" },
);

export const upstream = object<UpstreamConfig>([
  {
    name: "balancer",
    into: "balancer",
    is: balancer,
    default: "least_conn",
    about: `How a peer is picked: the type, or an object of the type and its options. Types: ${OPTIONS_IN_SHORT}, or one of your own.`,
  },
  {
    name: "peers",
    into: "peers",
    is: list(peer, MAX_PEERS, "id"),
    default: [],
    about: "Where sessions can go.",
  },
  {
    name: "tls",
    into: "tls",
    is: tls,
    default: false,
    about: "Speaks TLS to the peers.",
  },
  {
    name: "host_header",
    into: "hostHeader",
    is: text(formats.hostHeader),
    default: DEFAULT_HOST_HEADER,
    about: "The Host header sent to the peer, a template; by default the client's own.",
  },
  {
    name: "connect_timeout",
    into: "connectTimeoutMs",
    is: durationMs(1, HOUR_MS),
    default: formatDuration(DEFAULT_CONNECT_TIMEOUT_MS),
    about: "When an attempt to connect has failed.",
  },
  {
    name: "handshake_timeout",
    into: "handshakeTimeoutMs",
    is: durationMs(1, HOUR_MS),
    default: "10s",
    about: "How long a connected peer may take to answer the handshake.",
  },
  {
    name: "idle_timeout",
    into: "idleTimeoutMs",
    is: durationMs(1, LONGEST_TIMER_MS),
    default: formatDuration(DEFAULT_IDLE_TIMEOUT_MS),
    about: "A session in which nothing moves for so long is closed.",
  },
  {
    name: "total_timeout",
    into: "totalTimeoutMs",
    is: durationMs(0, HOUR_MS),
    default: "0s",
    about: "How long a handshake may take with all its tries; 0s: handshake_timeout for each of them.",
  },
  {
    name: "tcp_timeout",
    into: "tcpTimeoutMs",
    is: durationMs(0, DAY_MS),
    default: "2m",
    about:
      "Within so long a client or peer of an open session that is gone without a word is noticed; 0s: as nginx and the system say.",
  },
  {
    name: "retries",
    into: "retries",
    is: integer(0, 10),
    default: 2,
    about: "Further tries after the first, each on another peer.",
  },
  {
    name: "retry_on",
    into: "retryOn",
    is: list(choice(...RETRY_KINDS), RETRY_KINDS.length),
    default: RETRY_KINDS,
    about: "What makes another try worthwhile.",
  },
  {
    name: "retry_budget",
    into: "retryBudget",
    is: retryBudget,
    default: {},
    about: "How many further tries there may be at a time, so that an outage does not double the load.",
  },
  {
    name: "slow_start",
    into: "slowStart",
    is: slowStart,
    default: "0s",
    about: "How the share of a peer grows that has just begun to take sessions: the window, or an object.",
  },
  {
    name: "panic_threshold",
    into: "panicThreshold",
    is: number(0, 1),
    default: 0.5,
    about: "Where fewer than this part of the peers are up, health is ignored.",
  },
  {
    name: "affinity",
    into: "affinity",
    is: affinity,
    default: false,
    about: "Sends a client that comes back to the peer it had.",
  },
  { name: "health", into: "health", is: health, default: {}, about: "How peers are found to be down." },
  { name: "drain", into: "drain", is: drain, default: {}, about: "How a peer is emptied." },
]);
