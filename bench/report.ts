import { ratioOf, spreadOf } from "./measure/statistics";
import type { Spread } from "./measure/statistics";
import type { Samples } from "./suites/run-suite";
import type { Metric, Suite } from "./suites/suite";

export interface Report {
  readonly benchmark: string;
  readonly what: string;
  readonly rounds: number;
  readonly warmUpRounds: number;
  readonly machine: Readonly<Record<string, string>>;
  readonly results: readonly Result[];
}

interface Result {
  readonly proxy: string;
  readonly metric: string;
  readonly unit: string;
  readonly value: Spread;
  /** To the first proxy of the suite in the same round. */
  readonly ratio: Spread;
}

export function makeReport(
  benchmark: string,
  suite: Suite,
  rounds: number,
  samples: Samples,
  machine: Report["machine"],
): Report {
  const results = suite.metrics.flatMap((metric) =>
    suite.proxies.map((proxy, index) => resultOf(proxy.name, metric, samples, index)),
  );
  const { what, warmUpRounds } = suite;
  return { benchmark, what, rounds, warmUpRounds, machine, results };
}

function resultOf(proxy: string, { name, unit }: Metric, samples: Samples, index: number): Result {
  const column = (of: number): number[] => samples[of]!.map((sample) => sample[name]!);
  return {
    proxy,
    metric: name,
    unit,
    value: spreadOf(column(index)),
    ratio: ratioOf(column(index), column(0)),
  };
}

const RATIO_DIGITS = 3;

export function printReport(report: Report, metrics: readonly Metric[]): void {
  console.log(`${report.benchmark}: ${report.what}`);
  for (const [name, value] of Object.entries(report.machine)) console.log(`  ${name}: ${value}`);
  console.log(`  ${report.rounds} rounds after ${report.warmUpRounds} to warm up; median (least - most)`);
  for (const { name, unit, digits } of metrics) {
    console.log(`\n${name} (${unit})`);
    for (const { proxy, value, ratio } of report.results.filter(({ metric }) => metric === name)) {
      console.log(`  ${proxy.padEnd(32)} ${show(value, digits).padEnd(28)} ${showRatio(ratio)}`);
    }
  }
}

/** Nothing can be compared with zero. */
function showRatio(ratio: Spread): string {
  return Number.isFinite(ratio.median) ? `x ${show(ratio, RATIO_DIGITS)}` : "";
}

function show({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} - ${max.toFixed(digits)})`;
}
