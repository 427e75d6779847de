-- How long LuaJIT takes to validate 10,000 peers in 1,000 upstreams and 10,000 routes, and to tell two such snapshots
-- apart: luajit bench/config/validate.lua [--json] [--runs N]. Each run decodes its documents anew, as a gateway does; what decoding
-- takes is shown apart. Build first (npm run build).
package.path = "dist/lua/?.lua;" .. package.path

local cjson = require "cjson"
local config = require "resty.switchboard.core.config.validate"
local balance = require "resty.switchboard.core.balance.registry"
local lualib = require "resty.switchboard.lualib"

local UPSTREAMS, PEERS, ROUTES = 1000, 10, 10000
local as_json, runs = false, 15
for index, option in ipairs(arg) do
   if option == "--json" then as_json = true end
   if option == "--runs" then runs = tonumber(arg[index + 1]) end
end

local function upstream(number)
   local peers = {}
   for peer = 1, PEERS do
      peers[peer] = {
         id = ("peer-%d"):format(peer),
         address = ("10.%d.%d.%d:8010"):format(number % 256, math.floor(number / 256), peer),
         weight = peer, max_conns = 1000, zone = "a",
      }
   end
   return { peers = peers, balancer = "round_robin", connect_timeout = "2s", retries = 2 }
end

local function route(number)
   return {
      id = ("route-%d"):format(number),
      hosts = { ("site-%d.example.com"):format(number % 2000) },
      path = ("/rooms/%d/{room}/*"):format(number),
      headers = { ["X-Tenant"] = ("tenant-%d"):format(number) },
      upstream = ("upstream-%d"):format(number % UPSTREAMS),
      rewrite = "/ws/{room}",
   }
end

local function document()
   local upstreams, routes = {}, {}
   for number = 0, UPSTREAMS - 1 do upstreams[("upstream-%d"):format(number)] = upstream(number) end
   for number = 1, ROUTES do routes[number] = route(number) end
   return cjson.encode({ upstreams = upstreams, routes = routes })
end

local function timed(work)
   collectgarbage()
   local start = os.clock()
   local result = work()
   return (os.clock() - start) * 1000, result
end

local function report(name, times)
   local shown = {}
   for index, time in ipairs(times) do shown[index] = ("%.0f"):format(time) end
   local sorted = { unpack(times) }
   table.sort(sorted)
   print(("%-8s first %4.0f ms, median %4.0f ms, worst %4.0f ms; all: %s"):format(
      name, times[1], sorted[math.ceil(#sorted / 2)], sorted[#sorted], table.concat(shown, " ")))
end

local text = document()
local registry = lualib.__TS__New(balance.BalancerRegistry)
local times = { decode = {}, validate = {} }
for run = 1, runs do
   local decoded, result
   times.decode[run], decoded = timed(function() return cjson.decode(text) end)
   times.validate[run], result = timed(function() return config.validate(decoded, registry) end)
   assert(#result.errors == 0, result.errors[1] and (result.errors[1].pointer .. " " .. result.errors[1].message))
   assert(#result.snapshot.upstreams == UPSTREAMS and #result.snapshot.routes == ROUTES)
end
if as_json then
   print(cjson.encode({ benchmark = "config", runs = runs, milliseconds = times }))
else
   print(("%d upstreams of %d peers, %d routes, %.1f MB, %s"):format(
      UPSTREAMS, PEERS, ROUTES, #text / 1e6, jit.version))
   for _, name in ipairs({ "decode", "validate" }) do report(name, times[name]) end
end
