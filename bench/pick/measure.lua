-- What `npm run bench -- pick` measures, in LuaJIT or in nginx, which differ in where the counts are.
--
-- Between two picks a session ends at random, so that each pick meets counts that have changed, and each has a key of its
-- own. Every pick is timed alone, less what reading the clock takes, in two ways: "warm" with nothing else in between, and
-- "cold" after 4 MB have been read, which is more than the level 1 and 2 caches hold, so that all that a pick needs comes
-- from level 3 or from memory.
local ffi = require("ffi")
local BalancerRegistry = require("resty.switchboard.core.balance.registry").BalancerRegistry
local Ledger = require("resty.switchboard.core.pool.ledger").Ledger
local new = require("resty.switchboard.lualib").__TS__New
require("resty.switchboard.ngx.jit-limits").raiseJitLimits()

local SIZES = { 10, 100, 1000, 10000 }
local SESSIONS_PER_PEER = 20
local WARM_PICKS, COLD_PICKS, COUNTED_PICKS = 20000, 1000, 5000
local ENOUGH_NS = 4e8 -- of the slowest balancers there are fewer picks
local COLD_BYTES, LINE_BYTES = 4 * 1024 * 1024, 64

pcall(ffi.cdef, "struct bench_time { long s; long ns; }; int clock_gettime(int, struct bench_time *);")
local time, MONOTONIC = ffi.new("struct bench_time"), 1
local memory = ffi.new("uint8_t[?]", COLD_BYTES)

local function now_ns()
  ffi.C.clock_gettime(MONOTONIC, time)
  return tonumber(time.s) * 1e9 + tonumber(time.ns)
end

local touched = 0
local function cool()
  for at = 0, COLD_BYTES - 1, LINE_BYTES do touched = (touched + memory[at]) % 256 end
end

local function median(values)
  table.sort(values)
  return values[math.ceil(#values / 2)]
end

local function clock_cost()
  local costs = {}
  for index = 1, 10000 do
    local start = now_ns()
    costs[index] = now_ns() - start
  end
  return median(costs)
end

local function make_peer(name, n)
  local key = "p" .. n
  local weight = 1 + n % 3
  return {
    key = key, id = key, upstream = name, host = "10.0.0.1", port = n, address = "10.0.0.1:" .. n, weight = weight,
    fullWeight = weight, configuredWeight = weight, maxConns = 0, isBackup = false, zone = "", state = "ready", isUp = true,
    readySinceS = 0, family = {}, shareKey = "share/" .. name .. "/" .. key, totalKey = "total/" .. name .. "/" .. key,
    isRemoved = false,
  }
end

local Rig = {}
Rig.__index = Rig

-- An upstream with a balancer as a pool has it, and open sessions.
function Rig.new(case, store)
  local name = case.label .. case.size
  local rig = setmetatable({ peers = {}, open = {}, keys = {}, serial = 0, seconds = 1e9 }, Rig)
  rig.ledger = new(Ledger, store, { write = function(_, _, message) error(message) end })
  for n = 1, case.size do
    local peer = make_peer(name, n)
    peer.isUp = n > case.size * case.down
    rig.peers[n] = peer
    for _ = 1, math.random(SESSIONS_PER_PEER * 2) do
      rig.ledger:take(peer)
      rig.open[#rig.open + 1] = peer
    end
  end
  for index = 1, WARM_PICKS do rig.keys[index] = "user-" .. math.random(1e9) end
  rig.input = {
    key = "",
    active = function(peer) return rig.ledger:active(peer) end,
    eligible = function(peer) return peer.state == "ready" and peer.isUp and peer.weight > 0 end,
  }
  rig.sample = { kind = "handshake", latencyMs = 1, isFailed = false }
  rig.balancer = case.factory:create({
    rng = { integer = function(_, limit) return math.random(limit) end },
    clock = { now = function() return rig.seconds end },
  }, case.options)
  return rig
end

-- Times in ms of the update, of what is left to settle, and of its longest piece.
function Rig:update(peers)
  local start = now_ns()
  self.balancer:update(peers)
  local updated = now_ns()
  local longest, piece = 0, updated
  local function pause()
    longest = math.max(longest, now_ns() - piece)
    piece = now_ns()
  end
  if self.balancer.settle then
    self.balancer:settle(pause)
    pause()
  end
  return { (updated - start) / 1e6, (now_ns() - updated) / 1e6, longest / 1e6 }
end

-- One of the peers is another than before.
function Rig:change()
  local peers = {}
  for index, peer in ipairs(self.peers) do peers[index] = peer end
  local copy = {}
  local changed = math.random(#peers)
  for field, value in pairs(peers[changed]) do copy[field] = value end
  peers[changed] = copy
  for index, peer in ipairs(self.open) do if peer == self.peers[changed] then self.open[index] = copy end end
  self.peers = peers
  return self:update(peers)
end

function Rig:next_key()
  self.serial = self.serial % #self.keys + 1
  self.input.key = self.keys[self.serial]
  self.seconds = self.seconds + 0.0005
end

-- The session just picked begins, and another one ends.
function Rig:go_on(peer)
  local balancer, open = self.balancer, self.open
  self.ledger:take(peer)
  if balancer.observe then
    self.sample.latencyMs = math.random() * 10
    balancer:observe(peer, self.sample)
  end
  local ended = math.random(#open)
  local gone = open[ended]
  open[ended] = peer
  self.ledger:release(gone)
  if balancer.refresh then balancer:refresh(gone) end
end

-- The median, the mean and the 99th percentile of a pick, in ns.
function Rig:time_picks(count, between, overhead)
  local times, total, made = {}, 0, 0
  for index = 1, count do times[index] = 0 end
  local deadline = now_ns() + ENOUGH_NS
  repeat
    self:next_key()
    if between then between() end
    local start = now_ns()
    local peer = self.balancer:pick(self.input)
    local stop = now_ns()
    local took = stop - start - overhead
    made = made + 1
    times[made] = took
    total = total + took
    self:go_on(peer)
  until made == count or stop > deadline
  for index = made + 1, count do times[index] = nil end
  table.sort(times)
  return { times[math.ceil(made * 0.5)], total / made, times[math.ceil(made * 0.99)] }
end

function Rig:count_bytes()
  local function pick_all()
    for _ = 1, COUNTED_PICKS do
      self:next_key()
      self.balancer:pick(self.input)
    end
  end
  local least = math.huge
  for _ = 1, 3 do -- what LuaJIT allocates for traces is not the pick's
    pick_all()
    collectgarbage()
    collectgarbage("stop")
    local before = collectgarbage("count")
    pick_all()
    least = math.min(least, (collectgarbage("count") - before) * 1024 / COUNTED_PICKS)
    collectgarbage("restart")
  end
  return least
end

-- Of several measurements of the same, the median of each figure.
local function medians(runs)
  local result = {}
  for figure = 1, #runs[1] do
    local column = {}
    for index, run in ipairs(runs) do column[index] = run[figure] end
    result[figure] = median(column)
  end
  return result
end

local function repeated(runs, measure)
  local results = {}
  for run = 1, runs do
    collectgarbage()
    results[run] = measure()
  end
  return medians(results)
end

local function measure(case, store, runs)
  local rig = Rig.new(case, store)
  local first = rig:update(rig.peers)
  local overhead = clock_cost()
  local function warm() return rig:time_picks(WARM_PICKS, nil, overhead) end
  local function cold() return rig:time_picks(COLD_PICKS, cool, overhead) end
  warm()
  warm()
  local warm_ns, cold_ns = repeated(runs, warm), repeated(runs, cold)
  local updated = repeated(runs, function() return rig:change() end)
  local bytes = rig:count_bytes()
  for _, peer in ipairs(rig.open) do rig.ledger:release(peer) end
  return {
    balancer = case.label, peers = case.size, down = case.size * case.down,
    warm_ns = warm_ns[1], warm_mean_ns = warm_ns[2], warm_p99_ns = warm_ns[3],
    cold_ns = cold_ns[1], cold_mean_ns = cold_ns[2], cold_p99_ns = cold_ns[3], bytes_per_pick = bytes,
    first_update_ms = first[1], first_settle_ms = first[2], first_longest_ms = first[3],
    update_ms = updated[1], settle_ms = updated[2], longest_ms = updated[3],
  }
end

-- The registered balancers; one that has several kinds of table is measured with each.
local VARIANTS = { hash = { ["hash maglev"] = { table = "maglev" }, ["hash ring"] = { table = "ring" } } }

local function cases()
  local registry = new(BalancerRegistry)
  local found = {}
  for _, name in ipairs(registry:names()) do
    local factory = registry:find(name)
    local labels = {}
    local variants = VARIANTS[name] or { [name] = {} }
    for label in pairs(variants) do labels[#labels + 1] = label end
    table.sort(labels)
    for _, label in ipairs(labels) do
      local function add(size, down)
        found[#found + 1] = { label = label, factory = factory, options = variants[label], size = size, down = down }
      end
      for _, size in ipairs(SIZES) do add(size, 0) end
      add(SIZES[#SIZES], 0.5)
    end
  end
  return found
end

local function encode(row)
  local fields = {}
  for name, value in pairs(row) do
    local shown = type(value) == "string" and '"' .. value .. '"' or string.format("%.4f", value)
    fields[#fields + 1] = '"' .. name .. '":' .. shown
  end
  return "{" .. table.concat(fields, ",") .. "}"
end

-- A list in JSON, of figures for each balancer and number of peers. `store` is a CounterStore.
return function(store, runs)
  math.randomseed(1)
  local rows = {}
  for index, case in ipairs(cases()) do rows[index] = encode(measure(case, store, runs)) end
  return "[" .. table.concat(rows, ",") .. "]"
end
