import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../wait-for";
import type { FaultStage } from "./fault-stage";
import type { FaultyBackend } from "./faulty-backend";
import type { HealthNews } from "./health-news";
import { Visitors } from "./visitors";
import type { Visit } from "./visitors";

/** Until every worker knows what the leader has found, on a machine that is busy. */
export const SPREAD_MS = 500;
/** For so long nobody may be sent to it after that. */
const WATCHED_MS = 600;
const CALM_VISITS = 20;

export interface OrdealOptions {
  readonly perSecond?: number;
  /** The most that may pass until it is down, and until it serves again once it is healed. */
  readonly noticeMs: number;
  readonly backMs: number;
  /** What goes on once it is down. */
  readonly whileDown?: () => Promise<void>;
}

/** What clients and operators saw while one backend was broken. Times are since the epoch. */
export interface Ordeal {
  readonly victim: FaultyBackend;
  /** Before the fault, and when it was in force. */
  readonly breakingAtMs: number;
  readonly brokenAtMs: number;
  /** The first word of it. */
  readonly down: HealthNews;
  readonly healedAtMs: number;
  readonly backAtMs: number;
  /** Of those that began after it broke, in the order of their ends. */
  readonly visits: readonly Visit[];
  /** Those that were sent to it when every worker must have known, and before it was healed. */
  readonly strays: readonly Visit[];
  /** How the peer was shown in the end, before it was healed. */
  readonly reason: string;
}

/** Breaks a backend while clients come, waits until it is known to be down, heals it, and waits until it serves again. */
export async function undergo(
  stage: FaultStage,
  victim: FaultyBackend,
  breakIt: () => Promise<void>,
  { perSecond = 100, noticeMs, backMs, whileDown }: OrdealOptions,
): Promise<Ordeal> {
  const visitors = new Visitors(stage.gateway, perSecond);
  await visitors.whenServed(CALM_VISITS);
  const breakingAtMs = Date.now();
  await breakIt();
  const brokenAtMs = Date.now();
  const down = await stage.listener.when(victim.name, "down", breakingAtMs, noticeMs);
  await whileDown?.();
  await sleep(SPREAD_MS + WATCHED_MS);
  const reason = await reasonOf(stage, victim, noticeMs);
  const healingAtMs = Date.now();
  await victim.heal();
  const healedAtMs = Date.now();
  const backAtMs = await visitors.servedBy(victim.name, healedAtMs, backMs);
  const visits = (await visitors.end()).filter(({ startMs }) => startMs >= breakingAtMs);
  const strays = visits.filter(
    ({ startMs, tried }) =>
      startMs > down.atMs + SPREAD_MS && startMs < healingAtMs && tried.includes(victim.address),
  );
  await stage.listener.when(victim.name, "up", healingAtMs, backMs);
  return { victim, breakingAtMs, brokenAtMs, down, healedAtMs, backAtMs, visits, strays, reason };
}

/** Probes have the last word, be it later than handshakes. */
async function reasonOf(stage: FaultStage, victim: FaultyBackend, timeoutMs: number): Promise<string> {
  let reason = "";
  const isOfProbes = async (): Promise<boolean> => {
    ({ health_reason: reason } = await stage.peer(victim.name));
    return !reason.startsWith("ejected for ");
  };
  return waitFor(isOfProbes, { timeoutMs, what: `probes to find ${victim.name}` }).then(() => reason);
}

export function failedOf(visits: readonly Visit[]): readonly Visit[] {
  return visits.filter(({ status }) => status !== 101);
}

/** Those whose handshake was answered well, and who were then not served. */
export function lostOf(visits: readonly Visit[]): readonly Visit[] {
  return visits.filter(({ status, wasServed }) => status === 101 && !wasServed);
}

/** The longest wait for an answer. */
export function longestMs(visits: readonly Visit[]): number {
  return visits.reduce((most, { startMs, answeredMs }) => Math.max(most, answeredMs - startMs), 0);
}
