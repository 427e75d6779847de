import { LuaNginx } from "../support/lua-nginx";

/** A keeper of two upstreams, `first` and `second`, with a peer `a` each, whose lease and pauses are in the hands of the spec. */
const INIT = `
local lualib = require "resty.switchboard.lualib"
local world = require "resty.switchboard.ngx.world"
local cjson = require "cjson.safe"
local keeping = require "resty.switchboard.ngx.health.keeper"
local storing = require "resty.switchboard.ngx.health.record-store"
dict = ngx.shared.switchboard
lease = { term = 1, isHeld = true, hold = function(self) return self.isHeld end }
version = 1
store = lualib.__TS__New(storing.RecordStore, dict)
local passive = { maxFails = 1, windowMs = 10000, maxFailurePercent = 50, minAttempts = 20, ejectMs = 30000,
  maxEjectMs = 300000, maxEjectedPercent = 50, earlyCloseMs = 0 }
local pools = {}
for index, name in ipairs({ "first", "second" }) do
  local peers = {}
  for place, key in ipairs({ "a", "b" }) do
    peers[place] = { key = key, id = key, upstream = name, address = key .. ":80", state = "ready", isBackup = false,
      configuredWeight = 1 }
  end
  pools[index] = { peers = peers, active = function() return 0 end,
    config = { name = name, peers = {}, health = { passive = passive, hasAgent = false, onDown = "keep" } } }
end
local metrics = { probed = function() end, healthChanged = function() end }
keeper = lualib.__TS__New(keeping.HealthKeeper, {
  dict = dict, lease = lease, store = store, clock = world.clock, rng = world.rng, log = world.log,
  gateway = { metrics = metrics, allPools = function() return pools end },
  lastHealth = { begin = function() end, note = function() end, step = function() end },
  version = function() return version end, tell = function() end, tellOthers = function() end,
})
function step(pause)
  if keeper:isDue() then keeper:work(pause or function() end) end
end
function report(upstream, key)
  dict:rpush("1:health-reports", cjson.encode({ { upstream = upstream, key = key, address = key .. ":80",
    attempts = 1, failures = 1, failuresInRow = 1, reason = "connect refused" } }))
end
function down(upstream, key)
  local record = store:record(upstream, key)
  return record ~= nil and not record.isUp
end
function ejected(reason)
  return { address = "a:80", isUp = false, reason = reason, sinceS = ngx.time(), isOnTrial = false,
    memory = { falls = 0, ejections = 1, ejectedUntilS = ngx.time() + 30, atS = ngx.time() } }
end`;

const LOCATIONS = {
  "/resign": `
    step()
    report("first", "a") report("second", "a")
    step()
    local before = down("first", "a") and down("second", "a")
    version = 2
    local pauses = 0
    step(function() pauses = pauses + 1 if pauses == 1 then keeper:resign() end end)
    local kept = down("first", "a") and down("second", "a")
    step()
    ngx.print(tostring(before and kept and down("first", "a") and down("second", "a")))`,
  "/stopped": `
    step()
    version = 2
    report("second", "a")
    step(function() lease.isHeld = false end)
    ngx.print(tostring(not down("second", "a") and dict:llen("1:health-reports") == 1))`,
  "/again": `
    step()
    store:write("first", "a", ejected("ejected by another one"))
    lease.term = 2
    step()
    report("first", "b")
    step()
    ngx.print(tostring(down("first", "a") and not down("first", "b")))`,
};

let nginx: LuaNginx;

beforeEach(async () => {
  nginx = await LuaNginx.start({ init: INIT, locations: LOCATIONS });
});

describe("the leader's health", () => {
  it("forgets nobody when the worker begins to exit in the middle of a step", async () => {
    expect(await nginx.call("/resign")).toBe(true);
  });

  it("leaves to the next leader what comes while this one was stopped", async () => {
    expect(await nginx.call("/stopped")).toBe(true);
  });

  it("takes up what another leader found while this one was stopped", async () => {
    expect(await nginx.call("/again")).toBe(true);
  });
});
