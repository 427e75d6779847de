import { startDemo } from "../cli/demo/demo";
import { Failure, runEntry } from "../cli/failure";
import { requestNginx } from "../cli/nginx/ensure";
import { build } from "./build-all";
import type { Refresh } from "./refresh";
import { runTool } from "./run-tool";
import { CLI, EVERYTHING, LUA, NGINX, NONE, UNIT } from "./test-parts";
import type { Part, PartOutcome } from "./test-parts";

type Task = (refresh: Refresh, args: string[]) => void | Promise<void>;

const SOAKED = [
  "spec/nginx/churn.spec.ts",
  "spec/nginx/durability.spec.ts",
  "spec/nginx/relay-backpressure.spec.ts",
  "spec/nginx/rolling-restart.spec.ts",
];

/** By the names under which package.json calls them. */
const TASKS: Readonly<Record<string, Task>> = {
  build: (refresh) => void build(refresh),
  start: (refresh, args) => startDemo(args, () => build(refresh).nginx),
  test: (refresh, args) => test(EVERYTHING, refresh, args),
  "test:unit": (refresh, args) => test([UNIT], refresh, args),
  "test:lua": (refresh, args) => test([LUA], refresh, args),
  "test:nginx": (refresh, args) => test([NGINX], refresh, args),
  "test:cli": (refresh, args) => test([CLI], refresh, args),
  soak: (refresh) => soak(refresh),
  bench,
  simulate: (_refresh, args) => simulate(args),
};

/** Called by `setup.mjs`, which has made sure that all this is compiled. */
export function runTask(name: string | undefined, args: string[], refresh: Refresh): Promise<void> {
  return runEntry(() => {
    const task = TASKS[name ?? ""];
    if (task === undefined)
      throw new Failure(`no such task: ${name}; there are ${Object.keys(TASKS).join(", ")}`);
    return task(refresh, args);
  });
}

/** Runs the parts one after the other up to the first that fails. `--nginx PATH` is ours, other arguments are theirs. */
async function test(parts: readonly Part[], refresh: Refresh, args: readonly string[]): Promise<void> {
  const startedMs = Date.now();
  const rest = takeNginx(args);
  const total = { passed: 0, failed: 0 };
  for (const part of parts) {
    console.log(`\n== ${part.title}`);
    const { isOk, counts } = await runPart(part, refresh, rest);
    total.passed += counts.passed;
    total.failed += counts.failed;
    if (isOk) continue;
    console.error(`\nFailed: ${part.title}`);
    process.exitCode = 1;
    break;
  }
  console.log(`\n${Math.round((Date.now() - startedMs) / 1000)} s`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
}

/** The long form of the specs that have one; they look at this variable. */
function soak(refresh: Refresh): Promise<void> {
  process.env["SWITCHBOARD_SOAK"] = "1";
  return test([NGINX], refresh, SOAKED);
}

/** A part that cannot even start, as when the build fails, has failed too. */
async function runPart(part: Part, refresh: Refresh, args: readonly string[]): Promise<PartOutcome> {
  try {
    return await part.run(refresh, args);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.message);
    return { isOk: false, counts: NONE };
  }
}

function takeNginx(args: readonly string[]): readonly string[] {
  const at = args.indexOf("--nginx");
  if (at < 0) return args;
  const executable = args[at + 1];
  if (executable === undefined) throw new Failure("--nginx needs the path of an nginx");
  requestNginx(executable);
  return [...args.slice(0, at), ...args.slice(at + 2)];
}

/** The benchmarks are compiled apart: they are neither shipped nor needed by anything else. */
function bench(refresh: Refresh, args: readonly string[]): void {
  build(refresh);
  refresh("dist/bench", ["bench", "src/cli", "src/core", "spec/support"], () => {
    if (!runTool("node_modules/.bin/tsc", ["-p", "bench/tsconfig.json"]))
      throw new Failure("bench does not compile");
  });
  if (!runTool(process.execPath, ["dist/bench/bench/main.js", ...args])) process.exitCode = 1;
}

/** Its part of `dist/node` is compiled already; it needs neither nginx nor Lua. */
function simulate(args: readonly string[]): void {
  const files = ["--require", "./dist/node/cli/lua-globals.js", "dist/node/simulator/main.js"];
  if (!runTool(process.execPath, [...files, ...args])) process.exitCode = 1;
}
