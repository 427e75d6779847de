import { parseArgs } from "node:util";
import { Failure } from "../src/cli/failure";
import type { Mode } from "./proxies/switchboard";

export interface Options {
  readonly benchmark: string;
  readonly isJson: boolean;
  /** Each benchmark has a number of its own for where none is given. */
  readonly rounds?: number;
  /** The one fault to run, for `faults`. */
  readonly only?: string;
  readonly mode: Mode;
}

export function readOptions(args: string[], benchmarks: readonly string[]): Options {
  const usage = `npm run bench -- ${benchmarks.join("|")} [--json] [--rounds N] [--mode relay]; faults [--only FAULT]`;
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        rounds: { type: "string" },
        only: { type: "string" },
        mode: { type: "string", default: "tunnel" },
      },
    });
    const [benchmark = "", ...more] = positionals;
    if (!benchmarks.includes(benchmark) || more.length > 0) throw new Error("name one benchmark");
    if (values.only !== undefined && benchmark !== "faults") throw new Error("--only is for faults");
    const [rounds, mode] = [readRounds(values.rounds), readMode(values.mode)];
    return { benchmark, isJson: values.json, rounds, only: values.only, mode };
  } catch (error) {
    throw new Failure(`${(error as Error).message}: ${usage}`);
  }
}

function readRounds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error("--rounds takes a whole number from 1 to 9999");
  return Number(text);
}

function readMode(text: string): Mode {
  if (text !== "tunnel" && text !== "relay") throw new Error("--mode takes tunnel or relay");
  return text;
}
