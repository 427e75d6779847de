import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { BalancerRegistry } from "../../core/balance/registry";
import { CONFIG_LIMIT_BYTES } from "../../core/config/defaults";
import { validate } from "../../core/config/validate";
import type { ConfigError } from "../../core/config/validate";
import { Failure } from "../failure";
import { PACKAGE_ROOT } from "../package-root";
import { withExamples } from "./arguments";
import { note, print, withContext } from "./context";
import type { Context } from "./context";

interface CheckOptions {
  readonly schema?: boolean;
  readonly balancer?: readonly string[];
}

/** `check`: the gateway's own validator, without the gateway. */
export function addCheckCommand(program: Command): void {
  withExamples(
    program
      .command("check")
      .description("check a configuration file as the gateway would, before it is put in place")
      .argument("[file]", "for instance conf/switchboard.json")
      .option(
        "--balancer <name>",
        "accept one of your own, with any options; repeatable",
        (name: string, others: readonly string[] = []) => [...others, name],
      )
      .option("--schema", "print the JSON Schema of the configuration instead")
      .action(
        withContext((context, file: string | undefined, options: CheckOptions, command: Command) => {
          if (options.schema === true) return print(schema());
          if (file === undefined) return command.error("error: which file?");
          checkFile(context, file, registryWith(options.balancer ?? []));
        }),
      ),
    "switchboard check new.json && mv new.json switchboard.json",
  );
}

/** @throws Failure with one line for each error */
function checkFile(context: Context, file: string, registry: BalancerRegistry): void {
  const { errors, warnings } = validate(parse(file), registry);
  const document = { valid: errors.length === 0, errors, warnings };
  if (context.isJson) context.show(document, () => "");
  if (errors.length > 0) throw new Failure(describe(file, errors));
  if (context.isJson) return;
  if (warnings.length > 0) note(describe(file, warnings));
  print(`${file}: valid\n`);
}

/** What a balancer in Lua needs and takes is not to be known here. */
function registryWith(names: readonly string[]): BalancerRegistry {
  const registry = new BalancerRegistry();
  const { create } = registry.fallback;
  for (const name of names) {
    const refusal = registry.register({ name, needs: [], validate: () => undefined, create });
    if (refusal !== undefined) throw new Failure(refusal);
  }
  return registry;
}

/** For editors. */
function schema(): string {
  return readFileSync(path.join(PACKAGE_ROOT, "dist/switchboard.schema.json"), "utf8");
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
