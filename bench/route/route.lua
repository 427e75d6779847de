-- Measures one match of the router: luajit bench/route/route.lua [--json] [--runs N], after a build.
-- Requests are drawn at random from all routes and used once per run, so that neither a string nor a branch is warm.
package.path = "dist/lua/?.lua;" .. package.path
local Router = require("resty.switchboard.core.route.router").Router

local as_json, runs = false, 9
for index, option in ipairs(arg) do
  if option == "--json" then as_json = true end
  if option == "--runs" then runs = tonumber(arg[index + 1]) end
end

local SIZES = { 10, 1000, 10000 }
local REQUESTS = 20000

local request = { host = "", path = "" }
function request:header() return nil end
function request:query() return nil end
function request:subprotocols() return "" end

-- Each case: the route with a number, and a request for it that no other request repeats.
local cases = {
  {
    name = "hosts",
    route = function(n) return { "h" .. n .. ".example.com" }, "/rooms/{room}/*" end,
    ask = function(n, unique) return "h" .. n .. ".example.com", "/rooms/" .. unique .. "/messages" end,
  },
  {
    name = "prefixes",
    route = function(n) return { "chat.example.com" }, "/app" .. n .. "/socket/*" end,
    ask = function(n, unique) return "chat.example.com", "/app" .. n .. "/socket/" .. unique end,
  },
  {
    name = "wildcards",
    route = function(n) return { "*.t" .. n .. ".example.com" }, "/*" end,
    ask = function(n, unique) return "u" .. unique .. ".t" .. n .. ".example.com", "/socket" end,
  },
  {
    name = "parameters",
    route = function(n) return { "chat.example.com" }, "/{tenant}/app" .. n .. "/{room}" end,
    ask = function(n, unique) return "chat.example.com", "/t" .. unique .. "/app" .. n .. "/r" .. unique end,
  },
}

local function build(case, size)
  local router = Router.prototype and setmetatable({}, Router.prototype)
  Router.prototype.____constructor(router)
  for n = 1, size do
    local hosts, path = case.route(n)
    router:add({
      config = {
        id = tostring(n), hosts = hosts, path = path, headers = {}, query = {}, subprotocols = {}, priority = 0,
      },
    })
  end
  return router
end

-- Strings made by concatenation exist before the clock starts, as nginx's variables do; what a match cuts out of
-- them is interned during the measurement.
local unique = 0
local function draw(case, size)
  local hosts, paths = {}, {}
  for index = 1, REQUESTS do
    unique = unique + 1
    hosts[index], paths[index] = case.ask(math.random(size), unique)
  end
  return hosts, paths
end

local function match_all(router, hosts, paths)
  local found = 0
  for index = 1, REQUESTS do
    request.host, request.path = hosts[index], paths[index]
    if router:match(request) then found = found + 1 end
  end
  assert(found == REQUESTS, "a request found no route")
end

local function median(values)
  table.sort(values)
  return values[math.floor((#values + 1) / 2)]
end

local function measure(case, size)
  local router = build(case, size)
  match_all(router, draw(case, size))
  local times = {}
  for run = 1, runs do
    local hosts, paths = draw(case, size)
    collectgarbage()
    local start = os.clock()
    match_all(router, hosts, paths)
    times[run] = (os.clock() - start) / REQUESTS * 1e9
  end
  local hosts, paths = draw(case, size)
  collectgarbage()
  collectgarbage("stop")
  local before = collectgarbage("count")
  match_all(router, hosts, paths)
  local bytes = (collectgarbage("count") - before) * 1024 / REQUESTS
  collectgarbage("restart")
  return {
    case = case.name, routes = size, ns_median = median(times), ns_min = times[1], ns_max = times[#times],
    bytes_per_match = bytes,
  }
end

math.randomseed(1)
local results = {}
for _, case in ipairs(cases) do
  for _, size in ipairs(SIZES) do results[#results + 1] = measure(case, size) end
end

if as_json then
  local rows = {}
  for index, row in ipairs(results) do
    rows[index] = string.format(
      '{"case":"%s","routes":%d,"ns_median":%.0f,"ns_min":%.0f,"ns_max":%.0f,"bytes_per_match":%.0f}',
      row.case, row.routes, row.ns_median, row.ns_min, row.ns_max, row.bytes_per_match
    )
  end
  print(string.format('{"benchmark":"route","runs":%d,"requests":%d,"results":[%s]}', runs, REQUESTS, table.concat(rows, ",")))
else
  print(string.format("%d runs of %d requests, each request once", runs, REQUESTS))
  print("case          routes   ns (median)   min     max   bytes/match")
  for _, row in ipairs(results) do
    print(string.format("%-12s %7d %13.0f %5.0f %7.0f %13.0f",
      row.case, row.routes, row.ns_median, row.ns_min, row.ns_max, row.bytes_per_match))
  end
end
