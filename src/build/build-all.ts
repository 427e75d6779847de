import path from "node:path";
import { Failure } from "../cli/failure";
import { ensurePlatform } from "../cli/nginx/ensure";
import type { Platform } from "../cli/nginx/ensure";
import { buildLua } from "./build-lua";
import type { Refresh } from "./refresh";
import { runTool } from "./run-tool";

const LUA_SOURCES = [
  ...["core", "admin", "relay", "ngx", "phases", "types", "build"].map((folder) => `src/${folder}`),
  "src/switchboard.ts",
  "tsconfig.json",
  "tstl.json",
];

/** Finds or installs nginx and LuaJIT and makes everything in `dist` that is not what its sources say. */
export function build(refresh: Refresh): Platform {
  const platform = ensurePlatform();
  putOnPath(path.dirname(platform.luajit));
  refresh("dist/lua", LUA_SOURCES, () => void buildLua("tstl.json"));
  refresh("dist/switchboard.schema.json", ["src/core", "src/build"], () => {
    if (!runTool(process.execPath, ["dist/node/build/json-schema.js"]))
      throw new Failure("no JSON Schema was made");
  });
  return platform;
}

/** For the tools that call `luajit` by its name. */
function putOnPath(folder: string): void {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  if (!folders.includes(folder)) process.env["PATH"] = [...folders, folder].join(path.delimiter);
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
