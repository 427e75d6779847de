-- Measures the balancers with the counts in a table, after a build, and prints JSON:
--   LUA_PATH="bench/pick/?.lua;dist/lua/?.lua;;" luajit bench/pick/pick.lua RUNS
local store = { values = {} }

function store:add(key, delta)
  local value = (self.values[key] or 0) + delta
  self.values[key] = value
  return value
end

function store:read(key) return self.values[key] or 0 end

print(require("measure")(store, tonumber(arg[1])))
