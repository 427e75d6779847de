import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { LuaNginx } from "../support/lua-nginx";

const POLL = `
local polls = tonumber(ngx.var.arg_polls)
local changes = {}
for nth = 1, polls do if watch:poll() then changes[#changes + 1] = nth end end
ngx.print("[" .. table.concat(changes, ",") .. "]")`;

const WATCH = `
local lualib = require "resty.switchboard.lualib"
local module = require "resty.switchboard.ngx.config-file"
watch = lualib.__TS__New(module.FileWatch, ngx.config.prefix() .. "data/watched", {
  write = function(_, level, message) ngx.log(ngx.NOTICE, level, " ", message) end,
})`;

/** Stands in for a C library that has not got the call, and for a sandbox that refuses it. */
const WITHOUT_STATX = `
local ffi = require "ffi"
local C = setmetatable({}, { __index = function(_, name)
  if name == "statx" then error("undefined symbol: statx") end
  return ffi.C[name]
end })
package.loaded.ffi = setmetatable({ C = C }, { __index = ffi })`;
const REFUSED_STATX = WITHOUT_STATX.replace(/error\(.*?\) end/, "return function() return -1 end end");

describe.each([
  ["with statx", "", 0],
  ["without statx in the C library", WITHOUT_STATX, 1],
  ["with a statx that is refused", REFUSED_STATX, 1],
])("FileWatch %s", (_how, before, notices) => {
  let nginx: LuaNginx;
  let file: string;

  beforeEach(async () => {
    nginx = await LuaNginx.start(
      { init: before + WATCH, locations: { "/poll": POLL } },
      { "data/watched": "first" },
    );
    file = path.join(nginx.directory, "data/watched");
  });

  /** Which of so many polls said that the file is to be read. */
  function poll(polls: number): Promise<number[]> {
    return nginx.call("/poll", { polls: String(polls) });
  }

  it("tells of each change once, when the file has looked the same twice", async () => {
    expect(await poll(4)).toEqual([2]);
    writeFileSync(file, "other");
    expect(await poll(4)).toEqual([2]);
    writeFileSync(`${file}.new`, "third");
    renameSync(`${file}.new`, file);
    expect(await poll(4)).toEqual([2]);
    rmSync(file);
    expect(await poll(4)).toEqual([2]);
    expect(nginx.errorLog().match(/statx\(\) does not work here/g) ?? []).toHaveLength(notices);
  });
});

it("a long file whose content has to be read is looked at less often", async () => {
  const nginx = await LuaNginx.start(
    { init: WITHOUT_STATX + WATCH, locations: { "/poll": POLL } },
    { "data/watched": "x".repeat(3 * 64 * 1024) },
  );
  expect(await nginx.call("/poll", { polls: "9" })).toEqual([5]);
});
