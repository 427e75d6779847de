import { setTimeout as sleep } from "node:timers/promises";
import { Helper } from "../load/helper";
import type { PacedClientMethods } from "../load/paced-clients";
import type { Fleet, GuardedProxy, RunningGuard } from "../proxies/guarded/guarded";
import type { Fault, Stage } from "./fault";
import { startFleet } from "./fleet";
import type { Identities } from "./fleet";
import { summarise } from "./outcome";
import type { Outcome } from "./outcome";
import { Listening } from "./listening";

export const PER_SECOND = 200;
const RESIDENTS = 40;
/** Often enough for a proxy that takes a silent socket for a silent handshake. */
const TALK_EVERY_MS = 300;
const CALM_MS = 1_500;
/** nginx looks again after 10 s. */
export const RETURN_WITHIN_MS = 12_000;
const TAIL_MS = 500;
const START_MS = 10_000;

/** One fault behind one proxy, with processes of their own, from a calm beginning until the proxy has come back to the peer. */
export async function runFault(
  fault: Fault,
  guarded: GuardedProxy,
  identities: Identities,
): Promise<Outcome> {
  const started = await startFleet(fault, identities);
  const clients = Helper.start<PacedClientMethods>("paced-clients.js");
  let proxy: RunningGuard | undefined;
  try {
    proxy = await guarded.start(started.fleet);
    const { fleet, backends, dns } = started;
    return await play(fault, { backends, proxy, dns }, fleet, clients);
  } finally {
    await clients.stop();
    await proxy?.stop();
    await started.stop();
  }
}

async function play(
  fault: Fault,
  stage: Stage,
  fleet: Fleet,
  clients: Helper<PacedClientMethods>,
): Promise<Outcome> {
  const { backends, proxy } = stage;
  const [faulty] = backends;
  await clients.ask("whenAll", { port: proxy.port, backends: backends.length, timeoutMs: START_MS });
  await clients.ask("settle", {
    port: proxy.port,
    count: fault.quietSockets ?? RESIDENTS,
    talkEveryMs: fault.quietSockets === undefined ? TALK_EVERY_MS : undefined,
  });
  const listening = Listening.begin(proxy, fleet.peers[0]!);
  const calmAtMs = Date.now();
  await clients.ask("begin", { port: proxy.port, perSecond: fault.perSecond ?? PER_SECOND });
  await sleep(CALM_MS);
  await faulty!.forget();
  const brokenAtMs = Date.now();
  const heal = await fault.begin(stage);
  await sleep(brokenAtMs + fault.heldMs - Date.now());
  // After the healing a killed backend has forgotten, and a stopped one cannot be asked before.
  const healingAtMs = Date.now();
  await heal();
  const healedAtMs = Date.now();
  const back = await clients.ask("servedBy", {
    backend: faulty!.name,
    sinceMs: healedAtMs,
    untilMs: healedAtMs + RETURN_WITHIN_MS,
  });
  await sleep(TAIL_MS);
  const words = await listening.end();
  const observed = await clients.ask("end", undefined);
  const arrivals = await faulty!.arrivals();
  return summarise({
    fault,
    faultyName: faulty!.name,
    calmAtMs,
    brokenAtMs,
    healingAtMs,
    healedAtMs,
    returnedAtMs: back?.atMs,
    arrivals,
    observed,
    words,
  });
}
