import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { build, buildLuaSpecs } from "./build-all";
import type { Refresh } from "./refresh";
import { runTool, runToolAside } from "./run-tool";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export interface PartOutcome {
  readonly isOk: boolean;
  readonly counts: Counts;
}

export interface Part {
  readonly title: string;
  run(refresh: Refresh, args: readonly string[]): PartOutcome | Promise<PartOutcome>;
}

/** Of parts that count nothing. */
export const NONE: Counts = { passed: 0, failed: 0 };

const JEST_RESULTS = "dist/jest-results.json";

function jest(title: string, project: string, ...options: string[]): Part {
  return {
    title,
    run(refresh, args) {
      if (project !== "unit") build(refresh);
      // --selectProjects takes every word up to the next option: a path behind it would be one more project.
      return runJest([...options, ...args, "--selectProjects", project]);
    },
  };
}

/** None of them keeps two cores busy. The types of what becomes Lua are checked by the build, to which each warning is an error. */
const TOOLS: readonly (readonly [name: string, ...args: string[]])[] = [
  ["tsc", "--noEmit", "-p", "tsconfig.json"],
  ["eslint", "."],
  ["prettier", "--check", "."],
];

const CHECKS: readonly Part[] = [
  { title: "Types, lint and format", run: runTools },
  {
    title: "Build",
    run(refresh) {
      build(refresh);
      return { isOk: true, counts: NONE };
    },
  },
];

/** Parts that also run by themselves. Live specs have a gateway and ports of their own each, so two files run at once. */
export const UNIT = jest("Specs in Node", "unit", "--maxWorkers=2");
export const NGINX = jest("Live specs on nginx", "nginx", "--maxWorkers=2");
export const CLI = jest("Specs of the command line", "cli", "--maxWorkers=2");
export const LUA: Part = { title: "The same specs under LuaJIT", run: runLuaSpecs };

export const EVERYTHING: readonly Part[] = [...CHECKS, UNIT, LUA, NGINX, CLI];

async function runTools(): Promise<PartOutcome> {
  const ends = await Promise.all(
    TOOLS.map(async ([name, ...args]) => {
      const { isOk, output } = await runToolAside(`node_modules/.bin/${name}`, args);
      console.log(`${name}${isOk ? "" : " failed"}\n${output}`.trimEnd());
      return isOk;
    }),
  );
  return { isOk: !ends.includes(false), counts: NONE };
}

function runJest(args: readonly string[]): PartOutcome {
  rmSync(JEST_RESULTS, { force: true });
  const isOk = runTool("node_modules/.bin/jest", ["--json", "--outputFile", JEST_RESULTS, ...args]);
  // It ends without results where it finds no specs or cannot start.
  if (!existsSync(JEST_RESULTS)) return { isOk: false, counts: NONE };
  const results = JSON.parse(readFileSync(JEST_RESULTS, "utf8")) as Record<string, number>;
  // A file that does not load has no tests; it counts as one failure.
  const failed = results["numFailedTests"]! + results["numRuntimeErrorTestSuites"]!;
  return { isOk, counts: { passed: results["numPassedTests"]!, failed } };
}

function runLuaSpecs(refresh: Refresh, args: readonly string[]): PartOutcome {
  buildLuaSpecs(refresh);
  const specs = readdirSync("dist/spec-lua/spec", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("_spec.lua"))
    .map((file) => path.join("dist/spec-lua/spec", file))
    .filter((file) => args.length === 0 || args.some((wanted) => file.includes(wanted)));
  let output = "";
  const isOk = runTool("luajit", ["dist/spec-lua/spec/lua/runner.lua", ...specs], {
    env: { LUA_PATH: "dist/lua/?.lua;dist/spec-lua/?.lua;;" },
    onOutput: (text) => (output += text),
  });
  const [, passed = "0", failed = "1"] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
  return { isOk, counts: { passed: Number(passed), failed: Number(failed) } };
}
