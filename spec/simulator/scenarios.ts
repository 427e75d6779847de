import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Outcome } from "../../src/simulator/run/outcome";
import { simulate } from "../../src/simulator/run/simulation";
import { readScenario } from "../../src/simulator/scenario/read";
import type { Scenario } from "../../src/simulator/scenario/scenario";
import { makeVariants } from "../../src/simulator/scenario/timeline";

const SHIPPED = path.join(__dirname, "../../src/simulator/scenarios");

/** One session a second for 4.5 s each, over two peers in turn. */
export const TINY = {
  title: "tiny",
  duration_s: 100,
  upstream: { peers: { count: 2 }, balancer: { type: "round_robin", start: 0 } },
  compare: [{ label: "in turn", upstream: {} }],
  arrivals: { process: "even", phases: [{ rate: 1 }] },
  length: { type: "fixed", seconds: 4.5 },
};

export function runAll(scenario: Scenario): readonly Outcome[] {
  return makeVariants(scenario).map((variant) => simulate(scenario, variant));
}

/** The first variant of a tiny scenario with other fields. */
export function runTiny(fields: object = {}): Outcome {
  return runAll(readScenario({ ...TINY, ...fields }))[0]!;
}

/** How many sessions are open on each peer at the end. */
export function activeAtEnd({ series, peerIds }: Outcome): number[] {
  const from = (series.count - 1) * peerIds.length;
  return [...series.active.slice(from, from + peerIds.length)];
}

export function shippedScenarios(): readonly string[] {
  return readdirSync(SHIPPED).map((file) => path.basename(file, ".json"));
}

export function shipped(name: string): object {
  return JSON.parse(readFileSync(path.join(SHIPPED, `${name}.json`), "utf8")) as object;
}

const TIMES = ["duration_s", "sample_s", "warmup_s", "at_s", "for_s", "every_s", "close_over_s", "down_s"];

/** The same in a fraction of the time, and so with as many fewer sessions. */
export function shortened<T>(value: T, factor: number): T {
  if (Array.isArray(value)) return value.map((item: unknown) => shortened(item, factor)) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, field]: [string, unknown]) => [
    name,
    TIMES.includes(name) ? (field as number) / factor : shortened(field, factor),
  ]);
  return Object.fromEntries(entries) as T;
}
