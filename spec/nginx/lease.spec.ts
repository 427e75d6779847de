import { LuaNginx } from "../support/lua-nginx";

/** A clock to be set, and a dict that goes by it. */
const INIT = `
local Lease = require("resty.switchboard.ngx.lease").Lease
local log = require("resty.switchboard.ngx.world").log
local entry
local function living()
  if entry and entry.ends <= ngx.now() then entry = nil end
  return entry
end
local dict = {
  get = function() return living() and entry.holder end,
  delete = function() entry = nil end,
  safe_set = function(_, _, holder, ttl) entry = { holder = holder, ends = ngx.now() + ttl } return true end,
}
function dict.safe_add(_, key, ...)
  if key:find("takeover") then return true end
  if living() then return false, "exists" end
  return dict:safe_set(key, ...)
end
function steps(run)
  local now = ngx.now
  local lease = setmetatable({}, Lease.prototype)
  lease:____constructor(dict, log)
  local held = {}
  entry = nil
  run(function(time) ngx.now = function() return time end held[#held + 1] = lease:hold() end,
    function(time, holder) entry = { holder = holder or "another", ends = time } end)
  ngx.now = now
  ngx.print(require("cjson.safe").encode { held = held, ends = entry.ends })
end`;

interface Outcome {
  readonly held: readonly boolean[];
  /** When the lease ends. */
  readonly ends: number;
}

let nginx: LuaNginx;

beforeAll(async () => {
  nginx = await LuaNginx.start({
    init: INIT,
    locations: {
      "/renew": "steps(function(at) at(1000) at(1000.3) at(1000.5) end)",
      "/set-back": "steps(function(at) at(1000) at(400) end)",
      "/taken": "steps(function(at, lose) at(1000) lose(1003) at(1000.5) at(1000.6) end)",
      // No process has so high an id.
      "/gone": "steps(function(at, lose) lose(1003, '4194305.7') at(1000) end)",
      "/lost": "steps(function(at, lose) at(1000) lose(1003) at(1002) at(1000.1) at(1000.5) end)",
    },
  });
});

it("is held on, and renewed before it ends", async () => {
  expect(await nginx.call<Outcome>("/renew")).toEqual({ held: [true, true, true], ends: 1002 });
});

it("ends as soon as ever after its holder, though the clock was set back", async () => {
  expect(await nginx.call<Outcome>("/set-back")).toEqual({ held: [true, true], ends: 401.5 });
});

it("that another took is not held again because the clock was set back", async () => {
  expect(await nginx.call<Outcome>("/lost")).toEqual({ held: [true, false, false, false], ends: 1003 });
});

it("is not renewed by one who has lost it and does not know", async () => {
  expect(await nginx.call<Outcome>("/taken")).toEqual({ held: [true, false, false], ends: 1003 });
});

it("passes on at once when the process that held it is gone", async () => {
  expect(await nginx.call<Outcome>("/gone")).toEqual({ held: [true], ends: 1001.5 });
});
