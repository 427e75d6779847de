import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import * as ts from "typescript";
import * as tstl from "typescript-to-lua";
import { Failure, runEntry } from "../cli/failure";

/** In one process: hundreds of them would take longer than the compiling before. */
const COMPILE_EACH = "for _, file in ipairs({...}) do assert(loadfile(file)) end";

/**
 * Compiles a TSTL project and byte-compiles every file it emitted. Any diagnostic is fatal, warnings too: TSTL emits
 * nothing after a warning and still reports success.
 * @param project path of the tstl.json to build
 * @throws Failure
 * @returns the absolute paths of the Lua files
 */
export function buildLua(project: string): string[] {
  const configPath = path.resolve(project);
  const parsed = tstl.parseConfigFileWithSystem(configPath);
  const outDir = parsed.options.outDir;
  if (outDir === undefined) throw new Error(`${project}: no outDir`);
  rmSync(outDir, { recursive: true, force: true });
  const { diagnostics } = tstl.transpileProject(configPath);
  const all = [...parsed.errors, ...diagnostics];
  if (all.length > 0) {
    throw new Failure(
      ts.formatDiagnostics(all, {
        getCurrentDirectory: () => process.cwd(),
        getCanonicalFileName: (name) => name,
        getNewLine: () => "\n",
      }),
    );
  }
  const files = luaFiles(outDir);
  if (files.length === 0) throw new Failure(`${project}: nothing was emitted`);
  execFileSync("luajit", ["-", ...files], { input: COMPILE_EACH, stdio: ["pipe", "inherit", "inherit"] });
  return files;
}

function luaFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".lua"))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

if (require.main === module) {
  void runEntry(() => {
    console.log(`${buildLua(process.argv[2] ?? "tstl.json").length} Lua modules`);
  });
}
