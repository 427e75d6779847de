import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as tstl from "typescript-to-lua";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { runCommand } from "../support/command";
import { temporaryFolder } from "../support/temporary-folder";

/** Somebody else's TypeScript, with a helper library of its own beside it. */
const PROGRAM = `
class Doubler {
  constructor(private readonly factor: number) {}
  run(numbers: number[]): number[] { return [0, ...numbers].map((number) => number * this.factor); }
}
export function program(this: void): string { return new Doubler(2).run([1, 2]).join(","); }
`;

/** Runs their program, then has Switchboard read a configuration; both take classes, lists and more from a helper library. */
const BOTH = `
local function theirs() print("theirs " .. require("program").program()) end
local function ours()
    local registry = require("resty.switchboard.core.balance.registry").BalancerRegistry
    local New = require("resty.switchboard.lualib").__TS__New
    local validate = require("resty.switchboard.core.config.validate").validate
    local document = { upstreams = { chat = { peers = { { address = "127.0.0.1:8010" } } } } }
    print("ours " .. validate(document, New(registry)).snapshot.upstreams[1].peers[1].id)
end
`;
const THEIRS_WORKS = "theirs 0,2,4\n";
const OURS_WORKS = "ours 127.0.0.1:8010\n";

/** A helper library in which everything fails that is called. */
const POISON = `return setmetatable({}, { __index = function(_, name) return function() error("poisoned " .. name) end end })`;

/** Compiles a program as anybody would who never heard of Switchboard. */
function compile(folder: string): void {
  const { diagnostics } = tstl.transpileFiles([path.join(folder, "program.ts")], {
    luaTarget: tstl.LuaTarget.LuaJIT,
    luaLibImport: tstl.LuaLibImportKind.Require,
    rootDir: folder,
    outDir: folder,
    types: [],
  });
  expect(diagnostics).toEqual([]);
  expect(readdirSync(folder).sort()).toEqual(["lualib_bundle.lua", "program.lua", "program.ts"]);
}

/** Both trees on one path, theirs first: it would win any name that both have. */
async function runLua(theirFolder: string, script: string): Promise<string> {
  const folders = [theirFolder, path.join(PACKAGE_ROOT, "dist/lua")];
  const LUA_PATH = folders.map((folder) => `${folder}/?.lua`).join(";");
  const { output } = await runCommand("luajit", ["-e", script], { env: { LUA_PATH } });
  return output;
}

describe("beside another TypeScriptToLua program on the same lua_package_path", () => {
  let theirFolder: string;
  beforeEach(() => {
    theirFolder = temporaryFolder({ "program.ts": PROGRAM });
    compile(theirFolder);
  });

  it("both work, whichever is loaded first", async () => {
    expect(await runLua(theirFolder, `${BOTH} theirs() ours()`)).toBe(THEIRS_WORKS + OURS_WORKS);
    expect(await runLua(theirFolder, `${BOTH} ours() theirs()`)).toBe(OURS_WORKS + THEIRS_WORKS);
  });

  it("uses nothing of the other's helper library", async () => {
    writeFileSync(path.join(theirFolder, "lualib_bundle.lua"), POISON);
    expect(await runLua(theirFolder, `${BOTH} print(pcall(theirs)) ours()`)).toMatch(
      /^false\t.*poisoned __TS__\w+\nours 127\.0\.0\.1:8010\n$/,
    );
  });

  it("puts nothing where the other looks for its own", async () => {
    const names = `for name in pairs(package.loaded) do if name:find("lualib") then print(name) end end`;
    expect(await runLua(theirFolder, `${BOTH} ours() ${names}`)).toBe(
      `${OURS_WORKS}resty.switchboard.lualib\n`,
    );
  });
});

it("every Lua file of the build is the entry or stands under it", () => {
  const files = readdirSync(path.join(PACKAGE_ROOT, "dist/lua"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      path.relative(path.join(PACKAGE_ROOT, "dist/lua"), path.join(entry.parentPath, entry.name)),
    );
  expect(files).toContain("resty/switchboard.lua");
  expect(files.filter((file) => !/^resty\/switchboard(\.lua$|\/)/.test(file))).toEqual([]);
});
