import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { BalancerRegistry } from "../core/balance/registry";
import { CONFIG_LIMIT_BYTES } from "../core/config/defaults";
import { validate } from "../core/config/validate";
import type { ConfigError } from "../core/config/validate";
import { Failure } from "./failure";
import { PACKAGE_ROOT } from "./package-root";

/**
 * Checks a configuration file with the validator of the gateway and prints what it would say.
 * @throws Failure with one line for each error
 */
export function checkFile(file: string): void {
  const { errors, warnings } = validate(parse(file), new BalancerRegistry());
  if (errors.length > 0) throw new Failure(describe(file, errors));
  if (warnings.length > 0) console.error(describe(file, warnings));
  console.log(`${file}: valid`);
}

/** Prints the JSON Schema of the configuration, for editors. */
export function printSchema(): void {
  process.stdout.write(readFileSync(path.join(PACKAGE_ROOT, "dist/switchboard.schema.json"), "utf8"));
}

function parse(file: string): unknown {
  try {
    if (statSync(file).size > CONFIG_LIMIT_BYTES)
      throw new Error(`over ${CONFIG_LIMIT_BYTES / 1024 / 1024} MB`);
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Failure(
      `${file}: ${error instanceof SyntaxError ? "not JSON: " : ""}${(error as Error).message}`,
    );
  }
}

function describe(file: string, findings: readonly ConfigError[]): string {
  return findings
    .map(({ pointer, message }) => `${file}: ${pointer === "" ? "/" : pointer}: ${message}`)
    .join("\n");
}
