--- A worker that does nothing but probe: `count` peers over `ports`, every `interval_ms`.
local lualib = require "resty.switchboard.lualib"
local tasks = require "resty.switchboard.core.health.probe-task"
local prober = require "resty.switchboard.ngx.health.prober"
local world = require "resty.switchboard.ngx.world"

local TICK_S = 0.05

return function(kind, count, ports, interval_ms)
  math.randomseed(ngx.worker.pid())
  local figures = { good = 0, bad = 0, reason = "" }
  local upstream = {
    name = "chat", peers = {}, hostHeader = "$http_host",
    health = { active = {
      type = kind, path = "/", host = "", port = 0, headers = {}, expectStatus = "200-399", expectBody = "",
      intervalMs = interval_ms, fastIntervalMs = interval_ms, idleIntervalMs = 0, jitter = 0.1, timeoutMs = 1000,
      rise = 1, fall = 2, initial = "up",
    } },
  }
  local list = {}
  for index = 1, count do
    local port = ports[index % #ports + 1]
    -- Each peer has an address of its own on the loopback network, as in a fleet.
    local host = "127.1." .. math.floor(index / 250) .. "." .. (index % 250 + 1)
    list[index] = tasks.probeTask(upstream, {
      id = "p" .. index, key = "p" .. index, host = host, port = port, address = host .. ":" .. port,
    })
  end
  local probes = lualib.__TS__New(prober.Prober, {
    clock = world.clock, rng = world.rng, log = world.log,
    pace = function() return "steady" end,
    done = function(_, outcome)
      if outcome.isGood then figures.good = figures.good + 1 else figures.bad, figures.reason = figures.bad + 1, outcome.reason end
    end,
  })
  probes:use(list, function() end)
  ngx.timer.at(0, function()
    while not ngx.worker.exiting() do
      probes:step()
      ngx.sleep(TICK_S)
    end
  end)
  return figures
end
