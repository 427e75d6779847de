import path from "node:path";
import type * as ts from "typescript";
import type { CompilerOptions, EmitFile, EmitHost, Plugin } from "typescript-to-lua";

/**
 * Places everything TSTL emits under one Lua module path. `src/switchboard.ts` becomes `resty.switchboard`, any other
 * file `resty.switchboard.<folder>.<file>`, and TSTL's helper library `resty.switchboard.lualib`, where no other TSTL
 * program on the same `lua_package_path` can collide with it.
 */
const ROOT = "resty.switchboard";
const ENTRY = "switchboard";
const REQUIRE = /\brequire\("([^"]+)"\)/g;

function moduleName(emitted: string): string {
  if (emitted === "lualib_bundle") return `${ROOT}.lualib`;
  return emitted === ENTRY ? ROOT : `${ROOT}.${emitted}`;
}

function layout(plan: EmitFile[], outDir: string): void {
  const own = new Set(plan.map((file) => emittedName(file.outputPath, outDir)));
  for (const file of plan) {
    file.code = file.code.replace(REQUIRE, (call, name: string) =>
      own.has(name) ? `require("${moduleName(name)}")` : call,
    );
    const name = moduleName(emittedName(file.outputPath, outDir));
    file.outputPath = path.join(outDir, `${name.replaceAll(".", "/")}.lua`);
  }
}

function emittedName(outputPath: string, outDir: string): string {
  return path
    .relative(outDir, outputPath)
    .replace(/\.lua$/, "")
    .replaceAll(path.sep, ".");
}

const plugin: Plugin = {
  beforeEmit(_program: ts.Program, options: CompilerOptions, _host: EmitHost, plan: EmitFile[]) {
    layout(plan, options.outDir ?? ".");
  },
};

export default plugin;
