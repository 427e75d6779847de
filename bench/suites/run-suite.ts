import { Helper } from "../load/helper";
import type { BackendMethods } from "../load/backend";
import type { ClientMethods } from "../load/clients";
import type { Proxy, RunningProxy } from "../proxies/proxy";
import type { Ends, Sample, Suite } from "./suite";

/** The samples of each proxy, in the order of the suite's proxies. */
export type Samples = readonly (readonly Sample[])[];

/** A proxy, started for all rounds or for each. */
interface Contender {
  readonly proxy: Proxy;
  readonly backendPorts: readonly number[];
  readonly running?: RunningProxy;
}

/**
 * Runs the rounds. In each of them every proxy has its turn, and each begins one in turn, so that whatever changes on
 * the machine meanwhile meets all of them alike.
 */
export async function runSuite(
  suite: Suite,
  rounds: number,
  onRound: (round: number) => void,
): Promise<Samples> {
  const ends: Ends = {
    clients: Helper.start<ClientMethods>("clients.js"),
    backend: Helper.start<BackendMethods>("backend.js"),
  };
  const contenders: Contender[] = [];
  try {
    for (const proxy of suite.proxies) {
      const backendPorts = await ends.backend.ask("listen", { count: suite.backendsEach ?? 1 });
      const running = suite.isFresh ? undefined : await proxy.start(backendPorts[0]!, backendPorts);
      contenders.push({ proxy, backendPorts, running });
    }
    return await runRounds(suite, rounds, contenders, ends, onRound);
  } finally {
    for (const { running } of contenders) await running?.stop();
    await Promise.all([ends.clients.stop(), ends.backend.stop()]);
  }
}

async function runRounds(
  suite: Suite,
  rounds: number,
  contenders: readonly Contender[],
  ends: Ends,
  onRound: (round: number) => void,
): Promise<Samples> {
  const samples = contenders.map((): Sample[] => []);
  for (let round = 1 - suite.warmUpRounds; round <= rounds; round++) {
    onRound(round);
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (turn + round + suite.warmUpRounds) % contenders.length;
      const sample = await measureOne(suite, contenders[index]!, ends);
      if (round > 0) samples[index]!.push(sample);
    }
  }
  return samples;
}

async function measureOne(suite: Suite, contender: Contender, ends: Ends): Promise<Sample> {
  const { backendPorts } = contender;
  if (contender.running !== undefined) return suite.measure(contender.running, ends, backendPorts);
  const running = await contender.proxy.start(backendPorts[0]!, backendPorts);
  try {
    return await suite.measure(running, ends, backendPorts);
  } finally {
    await running.stop();
  }
}
