import path from "node:path";
import { ensurePlatform } from "../cli/nginx/ensure";
import type { Platform } from "../cli/nginx/ensure";
import { buildLua } from "./build-lua";
import { Failure } from "../cli/failure";
import { runTool } from "./run-tool";
import type { Refresh } from "./refresh";

const LUA_SOURCES = [
  ...["core", "admin", "relay", "ngx", "phases", "types", "build"].map((folder) => `src/${folder}`),
  "src/switchboard.ts",
  "tsconfig.json",
  "tstl.json",
];

/** Finds or installs nginx and LuaJIT and makes everything in `dist` that is not what its sources say. */
export function build(refresh: Refresh): Platform {
  const platform = ensurePlatform();
  process.env["PATH"] = `${path.dirname(platform.luajit)}${path.delimiter}${process.env["PATH"] ?? ""}`;
  refresh("dist/lua", LUA_SOURCES, () => void buildLua("tstl.json"));
  refresh("dist/switchboard.schema.json", ["src/core", "src/build"], () => {
    if (!runTool(process.execPath, ["dist/node/build/json-schema.js"]))
      throw new Failure("no JSON Schema was made");
  });
  return platform;
}

/** The specs of what compiles to Lua, compiled as it is. */
export function buildLuaSpecs(refresh: Refresh): void {
  build(refresh);
  refresh(
    "dist/spec-lua",
    [...LUA_SOURCES, "spec/lua", "spec/core", "spec/admin", "spec/relay"],
    () => void buildLua("spec/lua/tstl.json"),
  );
}
