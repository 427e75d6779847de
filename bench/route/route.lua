-- Measures one match of the router, after a build:
--   LUA_PATH="dist/lua/?.lua;;" luajit bench/route/route.lua [--json] [--runs N]
-- Each request is for a route drawn at random and is made once, so that neither a string nor a branch is warm.
local Router = require("resty.switchboard.core.route.router").Router
local new = require("resty.switchboard.lualib").__TS__New

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

-- The host and path of route number n, and of a request for it; `unique` makes the request like no other.
local CASES = {
  {
    name = "hosts", -- every route under a host of its own
    route = function(n) return { "h" .. n .. ".example.com" }, "/rooms/{room}/*" end,
    ask = function(n, unique) return "h" .. n .. ".example.com", "/rooms/" .. unique .. "/messages" end,
  },
  {
    name = "prefixes", -- one host, a literal prefix for each route
    route = function(n) return { "chat.example.com" }, "/app" .. n .. "/socket/*" end,
    ask = function(n, unique) return "chat.example.com", "/app" .. n .. "/socket/" .. unique end,
  },
  {
    name = "wildcards", -- a wildcard host for each route
    route = function(n) return { "*.t" .. n .. ".example.com" }, "/*" end,
    ask = function(n, unique) return "u" .. unique .. ".t" .. n .. ".example.com", "/socket" end,
  },
  {
    name = "parameters", -- one host, a parameter before the literal and one after it
    route = function(n) return { "chat.example.com" }, "/{tenant}/app" .. n .. "/{room}" end,
    ask = function(n, unique) return "chat.example.com", "/t" .. unique .. "/app" .. n .. "/r" .. unique end,
  },
  {
    name = "fallback", -- a prefix that no route has, so that the request goes to any host's /*
    route = function(n)
      if n == 1 then return {}, "/*" end
      return { "chat.example.com" }, "/app" .. n .. "/socket/*"
    end,
    ask = function(_, unique) return "chat.example.com", "/n" .. unique .. "/socket/x" end,
  },
  {
    name = "worst", -- every segment a literal and a parameter: 8 KB of path lead through all routes to none
    sizes = { 8192 },
    requests = 50,
    finds = 0,
    route = function(n)
      local path = ""
      for level = 0, 12 do path = path .. (math.floor((n - 1) / 2 ^ level) % 2 == 0 and "/x" or "/{p}") end
      return { "chat.example.com" }, path .. "/end" .. n
    end,
    ask = function(_, unique) return "chat.example.com", string.rep("/x", 4000) .. unique end,
  },
}

local function build(case, size)
  local router = new(Router)
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

-- A request's own strings exist before the clock starts, as nginx's do; what a match cuts out of them is made in the
-- measured time.
local unique = 0
local function draw(case, size)
  local hosts, paths = {}, {}
  for index = 1, case.requests or REQUESTS do
    unique = unique + 1
    hosts[index], paths[index] = case.ask(math.random(size), unique)
  end
  return hosts, paths
end

local function match_all(router, hosts, paths)
  local found = 0
  for index = 1, #hosts do
    request.host, request.path = hosts[index], paths[index]
    if router:match(request) then found = found + 1 end
  end
  return found
end

local function measure(case, size)
  local router = build(case, size)
  local times = {}
  for run = 0, runs do -- the first only warms up
    local hosts, paths = draw(case, size)
    collectgarbage()
    local start = os.clock()
    local found = match_all(router, hosts, paths)
    times[run] = (os.clock() - start) / #hosts * 1e9
    assert(found == (case.finds or #hosts), case.name .. " found other routes than it should")
  end
  table.sort(times)

  local hosts, paths = draw(case, size)
  collectgarbage()
  collectgarbage("stop")
  local before = collectgarbage("count")
  match_all(router, hosts, paths)
  local bytes = (collectgarbage("count") - before) * 1024 / #hosts
  collectgarbage("restart")
  return {
    case = case.name, routes = size, median = times[math.floor((runs + 1) / 2)], min = times[1], max = times[runs],
    bytes = bytes,
  }
end

math.randomseed(1)
local rows = {}
for _, case in ipairs(CASES) do
  for _, size in ipairs(case.sizes or SIZES) do rows[#rows + 1] = measure(case, size) end
end

if as_json then
  local results = {}
  for index, row in ipairs(rows) do
    results[index] = string.format(
      '{"case":"%s","routes":%d,"ns_median":%.0f,"ns_min":%.0f,"ns_max":%.0f,"bytes_per_match":%.0f}',
      row.case, row.routes, row.median, row.min, row.max, row.bytes
    )
  end
  print(string.format('{"benchmark":"route","runs":%d,"results":[%s]}', runs, table.concat(results, ",")))
else
  print(string.format("median of %d runs", runs))
  print("case        routes    ns/match       min       max   bytes/match")
  for _, row in ipairs(rows) do
    print(string.format("%-10s %7d %11.0f %9.0f %9.0f %13.0f",
      row.case, row.routes, row.median, row.min, row.max, row.bytes))
  end
end
