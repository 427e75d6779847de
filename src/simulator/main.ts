import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { drawChart } from "./report/chart";
import { figuresOf } from "./report/figures";
import { renderTable } from "./report/table";
import { simulate } from "./run/simulation";
import { BadScenario } from "./scenario/errors";
import { readScenario } from "./scenario/read";
import { makeVariants } from "./scenario/timeline";

interface Options {
  readonly out?: string;
  readonly seed?: number;
  readonly json?: boolean;
}

const SHIPPED = "src/simulator/scenarios";

new Command("simulate")
  .description("run a scenario through the gateway's own balancers, in simulated time")
  .argument("<scenario>", "a JSON file, or the name of one that ships")
  .option("--out <file>", "draw the open sessions of each peer over time as SVG")
  .option("--seed <number>", "other chances than those of the scenario", wholeNumber)
  .option("--json", "print the figures as JSON instead of a table")
  .action((name: string, options: Options) => run(name, options))
  .parse();

function run(name: string, { out, seed, json }: Options): void {
  try {
    const given = JSON.parse(readFileSync(find(name), "utf8")) as Record<string, unknown>;
    const scenario = readScenario(seed === undefined ? given : { ...given, seed });
    const outcomes = makeVariants(scenario).map((variant) => simulate(scenario, variant));
    const figures = outcomes.map((outcome) => figuresOf(scenario, outcome));
    const { title, seed: used } = scenario;
    if (json === true) console.log(JSON.stringify({ title, seed: used, figures }, undefined, 2));
    else console.log(`${title} (seed ${used})\n${renderTable(figures)}`);
    if (out !== undefined) writeFileSync(out, drawChart(scenario, outcomes));
  } catch (error) {
    console.error(`${name}: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}

/** A file that is there goes before a scenario that ships. */
function find(name: string): string {
  const shipped = path.join(SHIPPED, `${name}.json`);
  return !existsSync(name) && existsSync(shipped) ? shipped : name;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError("It must be a whole number.");
  return value;
}

function messageOf(error: unknown): string {
  if (error instanceof BadScenario) return `not a scenario that can be run\n${error.message}`;
  if (error instanceof SyntaxError) return `not JSON: ${error.message}`;
  // A defect keeps its stack.
  const { code, message, stack } = error as NodeJS.ErrnoException;
  return code === undefined ? (stack ?? message) : message;
}
