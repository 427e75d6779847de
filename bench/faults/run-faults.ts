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

/** Each fault behind each proxy; all of them at once, so that whatever else the machine does meets them alike. */
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
  else printFaultReport(report);
}

async function play(faults: readonly Fault[], rounds: number): Promise<Map<string, Outcome[]>> {
  const outcomes = new Map<string, Outcome[]>();
  const identities = makeIdentities();
  try {
    for (let round = 1; round <= rounds; round += 1) {
      for (const fault of faults) {
        console.error(`round ${round} of ${rounds}: ${fault.name}`);
        const runs = PROXIES.map(async (proxy) => {
          const key = keyOf(fault, proxy);
          outcomes.set(key, [...(outcomes.get(key) ?? []), await runFault(fault, proxy, identities)]);
        });
        await allEnded(runs);
      }
    }
  } finally {
    identities.remove();
  }
  return outcomes;
}

/** Whatever fails, the others end what they started before this does. */
async function allEnded(runs: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(runs)).find(({ status }) => status === "rejected");
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
}

function keyOf({ name }: Fault, proxy: GuardedProxy): string {
  return `${name} ${proxy.name}`;
}
