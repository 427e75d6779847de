import type { Arrival } from "../../spec/support/faults/backend-process";
import { LOAD_PATH } from "../load/attempt";
import type { Attempt } from "../load/attempt";
import type { Observed } from "../load/paced-clients";
import type { Fault } from "./fault";
import type { HeardWord } from "./listening";

/** From when on a handshake counts as slow. */
export const SLOW_MS = 250;
/** A fault that was still felt so shortly before its end was never noticed. */
const STILL_FELT_MS = 500;

/** What one fault behind one proxy was for the clients. Times are in milliseconds; `Infinity`: never; `NaN`: there is none. */
export interface Outcome {
  readonly values: Readonly<Record<MetricName, number>>;
  /** What clients saw in place of an answer, and how often. */
  readonly failures: Readonly<Record<string, number>>;
  /** What the proxy called the reason; `""`: nothing. */
  readonly reason: string;
}

export const METRICS = [
  { name: "handshakes", about: "from the fault's begin on" },
  { name: "failed", about: "no 101, or no message came back" },
  { name: "slow", about: `took longer than ${SLOW_MS} ms` },
  { name: "slowest", about: "ms" },
  { name: "reached", about: "handshakes that the broken backend saw while it was broken" },
  {
    name: "notice",
    about: "ms from the fault's begin to the last handshake that failed, was slow or reached it",
  },
  { name: "return", about: "ms from its end to the first handshake that the healed backend served" },
  { name: "closed, well", about: "open sockets closed on the other backends" },
  { name: "closed, broken", about: "open sockets closed on the broken one" },
  { name: "said down", about: "ms from the fault's begin until the proxy called the peer down" },
  { name: "said up", about: "ms from its end until the proxy called the peer up" },
  { name: "calm", about: "the slowest handshake before, in ms: what the machine's own noise is" },
] as const;

export type MetricName = (typeof METRICS)[number]["name"];

export interface Play {
  readonly fault: Fault;
  readonly faultyName: string;
  /** Since the epoch: the load began, the fault began, its healing began and ended, and the healed backend served. */
  readonly calmAtMs: number;
  readonly brokenAtMs: number;
  readonly healingAtMs: number;
  readonly healedAtMs: number;
  readonly returnedAtMs: number | undefined;
  readonly arrivals: readonly Arrival[];
  readonly observed: Observed;
  readonly words: readonly HeardWord[];
}

export function summarise(play: Play): Outcome {
  const { brokenAtMs, healedAtMs, returnedAtMs, observed } = play;
  const met = observed.attempts.filter(({ startMs }) => startMs >= brokenAtMs);
  const failed = met.filter(({ failure }) => failure !== undefined);
  const slow = met.filter((attempt) => attempt.failure === undefined && isSlow(attempt));
  const reached = reachedAt(play);
  return {
    values: {
      handshakes: met.length,
      failed: failed.length,
      slow: slow.length,
      slowest: slowest(met),
      reached: reached.length,
      notice: noticeAfter(play, failed, slow, reached),
      return: (returnedAtMs ?? Infinity) - healedAtMs,
      "closed, well": closed(play, false),
      "closed, broken": closed(play, true),
      ...saidAfter(play),
      calm: slowest(observed.attempts.filter(({ endMs }) => endMs < brokenAtMs)),
    },
    failures: countBy(failed.map(({ failure }) => failure!)),
    reason: reasonOf(play),
  };
}

function isSlow({ startMs, endMs }: Attempt): boolean {
  return endMs - startMs > SLOW_MS;
}

function slowest(attempts: readonly Attempt[]): number {
  return attempts.reduce((most, { startMs, endMs }) => Math.max(most, endMs - startMs), 0);
}

/** Where it is well and only not to be used, it is reached as long as it is in use. */
function reachedAt({ arrivals, brokenAtMs, healingAtMs }: Play): number[] {
  return arrivals
    .filter(({ path, atMs }) => path === LOAD_PATH && atMs >= brokenAtMs && atMs < healingAtMs)
    .map(({ atMs }) => atMs);
}

/** Where all are down every handshake fails, and what there is to notice is that nobody needs to wait for it. */
function noticeAfter(
  { fault, brokenAtMs, healingAtMs }: Play,
  failed: readonly Attempt[],
  slow: readonly Attempt[],
  reached: readonly number[],
): number {
  const late = fault.isTotal === true ? failed.filter(isSlow) : failed;
  const starts = [...late, ...slow].map(({ startMs }) => startMs).filter((atMs) => atMs < healingAtMs);
  const served = fault.isIntermittent === true ? [] : reached;
  const lastMs = [...starts, ...served].reduce((last, atMs) => Math.max(last, atMs), brokenAtMs);
  return healingAtMs - lastMs < STILL_FELT_MS ? Infinity : lastMs - brokenAtMs;
}

function closed({ fault, faultyName, observed, brokenAtMs }: Play, isBroken: boolean): number {
  return observed.residents.filter(
    ({ backend, closedAtMs }) =>
      closedAtMs !== undefined &&
      closedAtMs >= brokenAtMs &&
      (fault.isTotal === true || backend === faultyName) === isBroken,
  ).length;
}

function saidAfter({ words, brokenAtMs, healingAtMs }: Play): Record<"said down" | "said up", number> {
  if (words.length === 0) return { "said down": NaN, "said up": NaN };
  const down = words.find(({ isUp, atMs }) => !isUp && atMs >= brokenAtMs);
  if (down === undefined) return { "said down": Infinity, "said up": NaN };
  const isUpAlready = words.findLast(({ atMs }) => atMs < healingAtMs)?.isUp === true;
  const up = isUpAlready
    ? { atMs: healingAtMs }
    : words.find(({ isUp, atMs }) => isUp && atMs >= healingAtMs);
  return {
    "said down": down.atMs - brokenAtMs,
    "said up": up === undefined ? Infinity : up.atMs - healingAtMs,
  };
}

/** The proxy's own, when it called the peer down first. */
function reasonOf({ words, brokenAtMs }: Play): string {
  return words.find(({ isUp, atMs }) => !isUp && atMs >= brokenAtMs)?.reason ?? "";
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
