import { spreadOf } from "../measure/statistics";
import type { Fault } from "./fault";
import { METRICS } from "./outcome";
import type { MetricName, Outcome } from "./outcome";
import { PER_SECOND, RETURN_WITHIN_MS } from "./run-fault";

/** A median; absent: there is none. */
type Figure = number | "never" | undefined;

export interface FaultResult {
  readonly fault: Fault;
  readonly proxy: string;
  /** One of each round. */
  readonly outcomes: readonly Outcome[];
}

export interface FaultReport {
  readonly benchmark: "faults";
  readonly what: string;
  readonly rounds: number;
  readonly machine: Readonly<Record<string, string>>;
  readonly results: readonly {
    readonly fault: string;
    readonly what: string;
    readonly heldMs: number;
    readonly proxy: string;
    readonly figures: Readonly<Partial<Record<MetricName, Figure>>>;
    /** What clients saw in place of an answer, of all rounds together. */
    readonly failures: Readonly<Record<string, number>>;
    /** What the proxy called the reason when it called the peer down. */
    readonly reasons: readonly string[];
  }[];
}

export function makeFaultReport(
  results: readonly FaultResult[],
  rounds: number,
  machine: FaultReport["machine"],
): FaultReport {
  return {
    benchmark: "faults",
    what:
      `${PER_SECOND} handshakes a second through each proxy, two proxies at a time; ` +
      `after the healing up to ${RETURN_WITHIN_MS / 1000} s for the return`,
    rounds,
    machine,
    results: results.map(({ fault, proxy, outcomes }) => ({
      fault: fault.name,
      what: fault.what,
      heldMs: fault.heldMs,
      proxy,
      figures: Object.fromEntries(
        METRICS.map(({ name }) => [name, figureOf(outcomes.map(({ values }) => values[name]))]),
      ),
      failures: sum(outcomes.map(({ failures }) => failures)),
      reasons: [...new Set(outcomes.map(({ reason }) => reason))].filter((reason) => reason !== ""),
    })),
  };
}

function figureOf(values: readonly number[]): Figure {
  const given = values.filter((value) => !Number.isNaN(value));
  if (given.length === 0) return undefined;
  const { median } = spreadOf(given);
  return median === Infinity ? "never" : median;
}

function sum(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const count of counts)
    for (const [name, times] of Object.entries(count)) total[name] = (total[name] ?? 0) + times;
  return total;
}

const NAME_WIDTH = 24;

export function printFaultReport(report: FaultReport): void {
  console.log(`${report.benchmark}: ${report.what}`);
  for (const [name, value] of Object.entries(report.machine)) console.log(`  ${name}: ${value}`);
  console.log(`  ${report.rounds} rounds; medians`);
  for (const { name, about } of METRICS) console.log(`  ${name}: ${about}`);
  let last = "";
  for (const result of report.results) {
    if (result.fault !== last) printHead(result);
    last = result.fault;
    printResult(result);
  }
}

function printHead({ fault, what, heldMs }: FaultReport["results"][number]): void {
  console.log(`\n${fault}: ${what}; for ${heldMs / 1000} s`);
  console.log(
    "  " + "".padEnd(NAME_WIDTH) + METRICS.map(({ name }) => name.padStart(widthOf(name))).join(""),
  );
}

function printResult({ proxy, figures, failures, reasons }: FaultReport["results"][number]): void {
  const shown = METRICS.map(({ name }) => show(figures[name]).padStart(widthOf(name)));
  console.log("  " + proxy.padEnd(NAME_WIDTH) + shown.join(""));
  const seen = Object.entries(failures).map(([failure, times]) => `${times} x ${failure}`);
  if (seen.length > 0) console.log(`      clients: ${seen.join("; ")}`);
  if (reasons.length > 0) console.log(`      its word: ${reasons.join("; ")}`);
}

function widthOf(name: string): number {
  return Math.max(name.length, 5) + 2;
}

function show(figure: Figure): string {
  if (typeof figure === "number") return figure.toFixed(0);
  return figure ?? "-";
}
