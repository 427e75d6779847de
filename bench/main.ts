import { Failure, runEntry } from "../src/cli/failure";
import { runFaultBenchmark } from "./faults/run-faults";
import { LUA_BENCHMARKS, runLuaBenchmark } from "./lua-benchmarks";
import { describeMachine } from "./measure/machine";
import { readOptions } from "./options";
import type { Options } from "./options";
import { runPickBenchmark } from "./pick/run-pick";
import { runProbeBenchmark } from "./probes/run-probes";
import { makeReport, printReport } from "./report";
import { control } from "./suites/control";
import { echo } from "./suites/echo";
import { growth } from "./suites/growth";
import { handshake } from "./suites/handshake";
import { idle, idleBrowser } from "./suites/idle";
import { memory } from "./suites/memory";
import { move } from "./suites/move";
import { runSuite } from "./suites/run-suite";
import { spread } from "./suites/spread";
import { stream } from "./suites/stream";
import { inRelayMode } from "./suites/suite";
import type { Suite } from "./suites/suite";

const SUITES: Readonly<Record<string, Suite>> = {
  handshake,
  echo,
  stream,
  idle,
  "idle-browser": idleBrowser,
  memory,
  growth,
  move,
  control,
  spread,
};

void runEntry(() => {
  const options = readOptions(process.argv.slice(2), [
    ...Object.keys(SUITES),
    ...Object.keys(LUA_BENCHMARKS),
    "pick",
    "probes",
    "faults",
  ]);
  const suite = suiteOf(options);
  if (options.benchmark === "pick") return runPickBenchmark(options);
  if (options.benchmark === "probes") return runProbeBenchmark(options);
  if (options.benchmark === "faults") return runFaultBenchmark(options);
  if (suite === undefined) return runLuaBenchmark(LUA_BENCHMARKS[options.benchmark]!, options);
  return runProxyBenchmark(suite, options);
});

function suiteOf({ benchmark, mode }: Options): Suite | undefined {
  const suite = SUITES[benchmark];
  if (mode === "tunnel") return suite;
  const relaySuite = suite === undefined ? undefined : inRelayMode(suite);
  if (relaySuite === undefined) throw new Failure(`${benchmark} has no --mode relay`);
  return relaySuite;
}

async function runProxyBenchmark(suite: Suite, options: Options): Promise<void> {
  const rounds = options.rounds ?? suite.rounds;
  const samples = await runSuite(suite, rounds, (round) => console.error(progress(round, rounds)));
  const report = makeReport(options.benchmark, suite, rounds, samples, describeMachine());
  if (options.isJson) console.log(JSON.stringify(report, undefined, 2));
  else printReport(report, suite.metrics);
}

function progress(round: number, rounds: number): string {
  return round > 0 ? `round ${round} of ${rounds}` : "warming up";
}
