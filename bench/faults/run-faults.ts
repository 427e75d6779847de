import { Failure } from "../../src/cli/failure";
import { describeMachine } from "../measure/machine";
import type { Options } from "../options";
import { haproxyVersion } from "../proxies/haproxy";
import type { GuardedProxy } from "../proxies/guarded/guarded";
import { guardedHaproxy } from "../proxies/guarded/haproxy";
import { guardedNginx } from "../proxies/guarded/nginx";
import { guardedSwitchboard } from "../proxies/guarded/switchboard";
import type { Fault } from "./fault";
import { FAULTS } from "./faults";
import { makeIdentities } from "./fleet";
import type { Identities } from "./fleet";
import { markdownTable } from "./markdown";
import type { Outcome } from "./outcome";
import { makeFaultReport, printFaultReport } from "./report";
import type { FaultResult } from "./report";
import { runFault } from "./run-fault";

const ROUNDS = 1;

const PROXIES: readonly GuardedProxy[] = [
  guardedNginx,
  ...(haproxyVersion() === undefined ? [] : [guardedHaproxy("tcp"), guardedHaproxy("upgrade")]),
  guardedSwitchboard,
];

/** So many proxies at a time have the fault: more would take each other's processor time, fewer would take long. */
const AT_ONCE = 2;
const TRIES = 3;

/** Each fault behind each proxy. */
export async function runFaultBenchmark({ isJson, rounds = ROUNDS, only }: Options): Promise<void> {
  const faults = FAULTS.filter(({ name }) => only === undefined || name === only);
  if (faults.length === 0)
    throw new Failure(`no fault ${only}; there are ${FAULTS.map(({ name }) => name).join(", ")}`);
  const outcomes = await play(faults, rounds);
  const results = faults.flatMap((fault) =>
    PROXIES.map((proxy) => ({ fault, proxy: proxy.name, outcomes: outcomes.get(keyOf(fault, proxy))! })),
  );
  const report = makeFaultReport(results satisfies FaultResult[], rounds, describeMachine());
  if (isJson) console.log(JSON.stringify(report, undefined, 2));
  else {
    printFaultReport(report);
    console.log(`\nfor docs/health.md:\n${markdownTable(report)}`);
  }
}

async function play(faults: readonly Fault[], rounds: number): Promise<Map<string, Outcome[]>> {
  const outcomes = new Map<string, Outcome[]>();
  const identities = makeIdentities();
  try {
    for (let round = 1; round <= rounds; round += 1) {
      for (const fault of faults) {
        console.error(`round ${round} of ${rounds}: ${fault.name}`);
        const waiting = [...PROXIES];
        while (waiting.length > 0) {
          const runs = waiting.splice(0, AT_ONCE).map(async (proxy) => {
            const key = keyOf(fault, proxy);
            const outcome = await runUpTo(TRIES, fault, proxy, identities);
            outcomes.set(key, [...(outcomes.get(key) ?? []), ...outcome]);
          });
          await Promise.all(runs);
        }
      }
    }
  } finally {
    identities.remove();
  }
  return outcomes;
}

/** What goes wrong in one of many runs, as when somebody takes a port that was free, does not take the others with it. */
async function runUpTo(
  tries: number,
  fault: Fault,
  proxy: GuardedProxy,
  identities: Identities,
): Promise<Outcome[]> {
  try {
    return [await runFault(fault, proxy, identities)];
  } catch (error) {
    console.error(`${fault.name}, ${proxy.name}: ${(error as Error).message}`);
    if (tries > 1) return runUpTo(tries - 1, fault, proxy, identities);
    process.exitCode = 1;
    return [];
  }
}

function keyOf({ name }: Fault, proxy: GuardedProxy): string {
  return `${name} ${proxy.name}`;
}
