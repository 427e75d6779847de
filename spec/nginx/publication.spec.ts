import { LuaNginx } from "../support/lua-nginx";

interface Outcome {
  readonly generation?: number;
  readonly err?: string;
  /** The published one. */
  readonly current: number;
  /** The names of the upstreams in it that can be read. */
  readonly upstreams: string;
  readonly lock?: string;
  /** How many keys of parts, manifests and journals there are. */
  readonly parts: number;
}

/**
 * `publish` publishes a config with upstreams of the given names; while it writes its first part, `interlude` is called,
 * as what happens while a publisher stalls.
 */
const INIT = `
local New = require "resty.switchboard.lualib".__TS__New
local DictPublisher = require "resty.switchboard.ngx.publication".DictPublisher
local reading = require "resty.switchboard.ngx.parts"
local dict = ngx.shared.switchboard

local function peer(id)
  return { id = id, address = "127.0.0.1:80", weight = 1, maxConns = 0, isBackup = false, zone = "", state = "ready" }
end

local function snapshot(names)
  local upstreams = {}
  for name in names:gmatch("%S+") do table.insert(upstreams, { name = name, peers = { peer(name) } }) end
  return { isWhole = true, stateSeq = 0, resolver = { addresses = {}, ttlMinMs = 0, ttlMaxMs = 0 }, upstreams = upstreams, routes = {} }
end

function publish(names, interlude)
  local watched = setmetatable({}, { __index = function(_, method)
    return function(_, key, ...)
      if method == "safe_add" and interlude and key:find(":upstream:", 1, true) then
        local now = interlude
        interlude = nil
        now()
      end
      return dict[method](dict, key, ...)
    end
  end })
  local prepared, err = New(DictPublisher, watched):prepare(snapshot(names), function() end)
  if not prepared then return nil, err end
  local isCurrent, commitErr = prepared:commit()
  if not isCurrent then return nil, commitErr end
  return prepared.generation
end

function loseLock(holder)
  dict:delete("1:publisher")
  if holder then dict:set("1:publisher", holder) end
end

function clear() dict:flush_all() end

function outcome(generation, err)
  local current = reading.currentGeneration(dict)
  local manifest = reading.readManifest(dict, current)
  local names = {}
  for index, generation in ipairs(manifest and manifest.directories or {}) do
    for _, entry in ipairs(reading.readDirectory(dict, index - 1, generation)) do
      local peers = reading.readPeers(dict, entry.name, entry.chunks[1])
      if reading.readHead(dict, entry.name, entry.head) and peers[1].id == entry.name then
        table.insert(names, entry.name)
      end
    end
  end
  table.sort(names)
  local parts = 0
  for _, key in ipairs(dict:get_keys(0)) do
    if key:find("^1:%a+:.*%d$") then parts = parts + 1 end
  end
  ngx.print(require("cjson.safe").encode {
    generation = generation, err = err, current = current, upstreams = table.concat(names, " "),
    lock = dict:get("1:publisher"), parts = parts,
  })
end`;

const BUSY = "another process is publishing";

let nginx: LuaNginx;

beforeAll(async () => {
  nginx = await LuaNginx.start({
    init: INIT,
    locations: {
      "/clear": "clear() outcome()",
      "/publish": 'outcome(publish((ngx.var.arg_names:gsub("+", " "))))',
      "/overtaken": `outcome(publish("a slow", function() loseLock() publish("a quick") end))`,
      "/waited-for": `outcome(publish("a slow", function() loseLock("somebody") end))`,
      "/killed": `pcall(publish, "a c", function() error("killed") end) loseLock() outcome()`,
    },
  });
});

beforeEach(() => nginx.call("/clear"));

function publish(...names: string[]): Promise<Outcome> {
  return nginx.call("/publish", { names: names.join(" ") });
}

it("counts up where something differs", async () => {
  expect(await publish("a")).toEqual({ generation: 1, current: 1, upstreams: "a", parts: 4 });
  expect(await publish("a")).toEqual({ generation: 1, current: 1, upstreams: "a", parts: 4 });
  expect(await publish("a", "b")).toEqual({ generation: 2, current: 2, upstreams: "a b", parts: 7 });
});

it("gives up where another one has published while it stalled", async () => {
  await publish("a");
  expect(await nginx.call("/overtaken")).toEqual({ err: BUSY, current: 3, upstreams: "a quick", parts: 7 });
});

it("leaves the lock to another one that has taken it while it stalled", async () => {
  await publish("a");
  expect(await nginx.call("/waited-for")).toEqual({
    err: BUSY,
    current: 1,
    upstreams: "a",
    parts: 4,
    lock: "somebody",
  });
});

it("clears away what one that died in the middle has left", async () => {
  await publish("a");
  await nginx.call("/killed");
  expect(await publish("a", "b")).toEqual({ generation: 3, current: 3, upstreams: "a b", parts: 7 });
});
