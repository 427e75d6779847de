import { parseArgs } from "node:util";
import { Failure } from "../src/cli/failure";

export interface Options {
  readonly benchmark: string;
  readonly isJson: boolean;
  /** Each benchmark has a number of its own for where none is given. */
  readonly rounds?: number;
}

export function readOptions(args: string[], benchmarks: readonly string[]): Options {
  const usage = `npm run bench -- ${benchmarks.join("|")} [--json] [--rounds N]`;
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { json: { type: "boolean", default: false }, rounds: { type: "string" } },
    });
    const [benchmark = "", ...more] = positionals;
    if (!benchmarks.includes(benchmark) || more.length > 0) throw new Error("name one benchmark");
    return { benchmark, isJson: values.json, rounds: readRounds(values.rounds) };
  } catch (error) {
    throw new Failure(`${(error as Error).message}: ${usage}`);
  }
}

function readRounds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error("--rounds takes a whole number from 1 to 9999");
  return Number(text);
}
