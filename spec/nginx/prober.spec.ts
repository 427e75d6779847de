import { setTimeout } from "node:timers/promises";
import { LuaNginx } from "../support/lua-nginx";
import { startBackend } from "../support/backend";
import { startRawBackend, staySilent } from "../support/raw-backend";
import { waitFor } from "../support/wait-for";

interface State {
  /** Outcomes by peer. */
  readonly good: Readonly<Record<string, number>>;
  readonly bad: Readonly<Record<string, number>>;
  readonly reason: string;
}

/** A prober whose steps a timer makes, as its owner would. */
const INIT = `
local lualib = require "resty.switchboard.lualib"
local module = require "resty.switchboard.ngx.health.prober"
local tasks = require "resty.switchboard.core.health.probe-task"
local world = require "resty.switchboard.ngx.world"
state = { good = {}, bad = {}, reason = "" }
isLeading = true
prober = lualib.__TS__New(module.Prober, {
  clock = world.clock, rng = world.rng, log = world.log,
  pace = function() return "steady" end,
  done = function(task, outcome)
    local counts = outcome.isGood and state.good or state.bad
    counts[task.key] = (counts[task.key] or 0) + 1
    if not outcome.isGood then state.reason = outcome.reason end
    if task.key == "fatal" then error("a defect of the owner") end
  end,
})
function use(peers, timeoutMs)
  local upstream = { name = "chat", peers = {}, hostHeader = "$http_host", health = { active = {
    type = "websocket", path = "/", host = "", port = 0, headers = {}, expectStatus = "200-399", expectBody = "",
    intervalMs = 100, fastIntervalMs = 100, idleIntervalMs = 0, jitter = 0.1, timeoutMs = timeoutMs,
    rise = 1, fall = 2, initial = "up" } } }
  local list = {}
  for key, port in peers:gmatch("(%S+)=(%d+)") do
    table.insert(list, tasks.probeTask(upstream, {
      id = key, key = key, host = "127.0.0.1", port = tonumber(port), address = "127.0.0.1:" .. port }))
  end
  prober:use(list, function() end)
end`;

const INIT_WORKER = `
ngx.timer.at(0, function()
  while not ngx.worker.exiting() do
    if isLeading then prober:step() else prober:stop() end
    ngx.sleep(0.05)
  end
end)`;

const LOCATIONS = {
  "/use": `local args = ngx.req.get_uri_args() use(args.peers, tonumber(args.timeout)) ngx.print("true")`,
  "/lead": `isLeading = ngx.req.get_uri_args().lead == "true" ngx.print("true")`,
  "/state": `ngx.print(require("cjson.safe").encode(state))`,
};

let nginx: LuaNginx;

beforeEach(async () => {
  nginx = await LuaNginx.start({ init: INIT, initWorker: INIT_WORKER, locations: LOCATIONS }, {}, [
    /a defect of the owner/,
  ]);
});

function use(peers: Readonly<Record<string, number>>, timeoutMs = 5_000): Promise<unknown> {
  const list = Object.entries(peers).map(([key, port]) => `${key}=${port}`);
  return nginx.call("/use", { peers: list.join(" "), timeout: `${timeoutMs}` });
}

function stateWhere(isReached: (state: State) => boolean): Promise<State> {
  return waitFor(async () => {
    const state = await nginx.call<State>("/state");
    return isReached(state) ? state : undefined;
  });
}

it("probes every peer again and again, whatever becomes of the others", async () => {
  const well = await startBackend();
  const silent = await startRawBackend(staySilent);
  await use({ a: well.port, b: well.port, silent: silent.port }, 500);
  const { reason, bad } = await stateWhere(
    ({ good, bad }) => good["a"]! >= 5 && good["b"]! >= 5 && bad["silent"]! >= 2,
  );
  expect(reason).toBe("handshake timeout");
  expect(Object.keys(bad)).toEqual(["silent"]);
});

it("has one probe of a peer at a time", async () => {
  const silent = await startRawBackend(staySilent);
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, silent.connections.size)), 1);
  await use({ silent: silent.port }, 300);
  await stateWhere(({ bad }) => bad["silent"]! >= 3);
  clearInterval(timer);
  expect(most).toBe(1);
});

it("probes on when its owner fails", async () => {
  const well = await startBackend();
  await use({ fatal: well.port, a: well.port });
  await stateWhere(({ good }) => good["fatal"]! >= 3 && good["a"]! >= 3);
  await waitFor(() => nginx.errorLog().includes("a defect of the owner"));
});

it("forgets what is under way when it stops, and begins anew", async () => {
  const well = await startBackend();
  const silent = await startRawBackend(staySilent);
  await use({ silent: silent.port }, 1_000);
  await waitFor(() => silent.connections.size === 1);
  await nginx.call("/lead", { lead: "false" });
  await waitFor(() => silent.connections.size === 0);
  await use({ silent: silent.port, a: well.port }, 1_000);
  expect(await nginx.call<State>("/state")).toMatchObject({ bad: {}, good: {} });
  await nginx.call("/lead", { lead: "true" });
  await stateWhere(({ good, bad }) => good["a"]! >= 2 && bad["silent"]! >= 1);
});

it("leaves peers alone that it is not asked to probe any more", async () => {
  const [first, second] = [await startBackend(), await startBackend()];
  await use({ a: first.port });
  await stateWhere(({ good }) => good["a"]! >= 2);
  await use({ b: second.port });
  await stateWhere(({ good }) => good["b"]! >= 1);
  const count = first.requests.length;
  await stateWhere(({ good }) => good["b"]! >= 6);
  expect(first.requests.length).toBe(count);
});

it("leaves timers to others, however many peers are silent", async () => {
  const http = "lua_socket_log_errors off; lua_max_running_timers 50;";
  nginx = await LuaNginx.start({ init: INIT, initWorker: INIT_WORKER, http, locations: LOCATIONS });
  const well = await startBackend();
  const silent = await startRawBackend(staySilent);
  /** More than timers may run. */
  const SILENT = 65;
  const all: Record<string, number> = { well: well.port };
  for (let number = 1; number <= SILENT; number += 1) {
    all[`silent-${number}`] = silent.port;
    await use(all, 60_000);
    await setTimeout(60);
  }
  await waitFor(() => silent.connections.size === SILENT);
  const { good } = await nginx.call<State>("/state");
  await stateWhere((state) => state.good["well"]! >= good["well"]! + 2);
  expect(nginx.errorLog()).not.toContain("lua_max_running_timers");
});
