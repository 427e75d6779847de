import { spawnSync } from "node:child_process";
import path from "node:path";
import { Failure } from "../src/cli/failure";
import { ensurePlatform } from "../src/cli/nginx/ensure";
import { PACKAGE_ROOT } from "../src/cli/package-root";
import type { Options } from "./options";

/** Those that need no nginx: a script for LuaJIT on the built modules. */
export const LUA_BENCHMARKS: Readonly<Record<string, string>> = {
  route: "bench/route/route.lua",
  config: "bench/config/validate.lua",
};

/** They take `--json` and `--runs N`. */
export function runLuaBenchmark(script: string, { isJson, rounds }: Options): void {
  const json = isJson ? ["--json"] : [];
  const runs = rounds === undefined ? [] : ["--runs", `${rounds}`];
  const { status } = spawnSync(ensurePlatform().luajit, [script, ...json, ...runs], {
    cwd: PACKAGE_ROOT,
    env: { ...process.env, LUA_PATH: `${path.join(PACKAGE_ROOT, "dist/lua/?.lua")};;` },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) throw new Failure(`${script} failed`);
}
