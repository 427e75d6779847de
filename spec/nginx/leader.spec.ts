import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { writeReadable } from "../../src/cli/nginx/run-directory";
import { getStatus } from "../support/admin-calls";
import { adminRequest } from "../support/admin-request";
import { EventStreamClient } from "../support/event-stream";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";

const CONFIG = {
  upstreams: {
    chat: {
      peers: [
        { id: "a", address: "127.0.0.1:9" },
        { id: "b", address: "127.0.0.1:10" },
      ],
    },
  },
  routes: [{ id: "all", upstream: "chat" }],
};

/** Takes the lock of publishers in the name of a process. */
const LOCK = `location = /lock {
  content_by_lua_block {
    local line = assert(io.open("/proc/" .. ngx.var.arg_pid .. "/stat")):read("*l")
    local fields = {}
    for field in line:match(".*%)%s(.*)"):gmatch("%S+") do table.insert(fields, field) end
    local holder = ngx.var.arg_pid .. "." .. fields[20] .. ":1"
    -- The leader may hold it for a moment.
    while not ngx.shared.switchboard:safe_add("1:publisher", holder, tonumber(ngx.var.arg_ttl or 5)) do ngx.sleep(0.01) end
  }
}`;

/** Publishes another config file as a master does at a reload. */
const PUBLISH_OTHER = `location = /publish-other {
  content_by_lua_block {
    local settings = require("resty.switchboard.ngx.settings").settingsInUse()
    local other = setmetatable({ configFile = ngx.config.prefix() .. "conf/other.json" }, { __index = settings })
    local log = require("resty.switchboard.ngx.world").log
    local publish = require("resty.switchboard.ngx.startup").publishAtStart
    ngx.print(publish(ngx.shared.switchboard, other, log) or "")
  }
}`;

interface Upstream {
  readonly peers: readonly { readonly id: string; readonly weight: number }[];
}

/** @param other one that does not lead any more */
function waitForLeader(gateway: Gateway, other = 0): Promise<number> {
  return waitFor(async () => {
    // A worker that is killed takes its connections with it.
    const status = await getStatus(gateway).catch(() => undefined);
    return status !== undefined && status.leader !== other && status.leader;
  });
}

it("a config file that another document stands in for keeps being validated, also at a reload", async () => {
  const gateway = await startGateway({
    config: CONFIG,
    allowedErrors: [/init_by_lua error: switchboard: .*"peeers"/],
  });
  const etag = (await adminRequest(gateway, "GET", "/v1/config")).headers.get("etag")!;
  const put = await adminRequest(gateway, "PUT", "/v1/config", {
    body: CONFIG,
    headers: { "If-Match": etag },
  });
  expect(put.status).toBe(200);
  gateway.writeConfig({ upstreams: { chat: { peeers: [] } }, routes: [] });
  await waitFor(async () => (await getStatus(gateway)).config_error.includes("peeers"));
  gateway.signal("SIGHUP");
  await waitFor(async () => (await getStatus(gateway)).last_reload_error.includes("peeers"));
  expect((await getStatus(gateway)).config_error).toContain("peeers");
});

it.each<[string, (gateway: Gateway, leader: number) => string]>([
  ["died with it holds up its successor's changes no longer than it leads", (_, leader) => `pid=${leader}`],
  // A process that exists, and does nothing with it.
  ["is stopped is waited for", ({ masterPid }) => `pid=${masterPid}&ttl=2`],
])("a publisher that has the lock and %s, and no error stays behind", async (_what, holder) => {
  const gateway = await startGateway({
    config: CONFIG,
    workers: 2,
    serverExtra: LOCK,
    allowedErrors: [/exited on signal 9/],
  });
  const leader = await waitForLeader(gateway);
  await fetch(`http://127.0.0.1:${gateway.port}/lock?${holder(gateway, leader)}`);
  process.kill(leader, "SIGKILL");
  await waitForLeader(gateway, leader);
  const change = await adminRequest(gateway, "PATCH", "/v1/upstreams/chat/peers/a", { body: { weight: 3 } });
  expect(change.status).toBeLessThan(300);
  expect((await getStatus(gateway)).state_error).toBe("");
});

it("a change stands on what a master has published meanwhile, and takes nothing of it back", async () => {
  const gateway = await startGateway({ config: CONFIG, serverExtra: PUBLISH_OTHER });
  await waitForLeader(gateway);
  const change = await adminRequest(gateway, "PATCH", "/v1/upstreams/chat/peers/b", { body: { weight: 2 } });
  expect(change.status).toBe(200);
  const peers = [...CONFIG.upstreams.chat.peers, { id: "c", address: "127.0.0.1:11" }];
  const other = { ...CONFIG, upstreams: { chat: { peers } } };
  writeReadable(path.join(gateway.directory, "conf/other.json"), JSON.stringify(other));
  const published = await fetch(`http://127.0.0.1:${gateway.port}/publish-other`);
  expect(await published.text()).toBe("");
  const second = await adminRequest(gateway, "PATCH", "/v1/upstreams/chat/peers/a", { body: { weight: 3 } });
  expect(second.status).toBe(200);
  const { json } = await adminRequest<Upstream>(gateway, "GET", "/v1/upstreams/chat");
  expect(json.peers.map(({ id, weight }) => `${id} ${weight}`)).toEqual(["a 3", "b 2", "c 1"]);
});

it("a dry run, and a change that changes nothing, are no events", async () => {
  const gateway = await startGateway({ config: CONFIG });
  const events = await EventStreamClient.open(`http://127.0.0.1:${gateway.adminPort}/v1/events?type=config`);
  await adminRequest(gateway, "PUT", "/v1/config?dry_run=1", { body: CONFIG });
  await adminRequest(gateway, "POST", "/v1/upstreams/chat/peers/a/ready");
  await adminRequest(gateway, "PATCH", "/v1/upstreams/chat/peers/a", { body: { weight: 7 } });
  await events.next(({ data }) => data["source"] === "api");
  expect(events.events).toHaveLength(1);
  expect(events.events[0]!.data["generation"]).toBe(2);
});

it("a change is kept also where somebody has removed the state file meanwhile", async () => {
  const gateway = await startGateway({ config: CONFIG });
  const file = path.join(gateway.directory, "state/switchboard.jsonl");
  const target = "/v1/upstreams/chat/peers/a";
  expect((await adminRequest(gateway, "PATCH", target, { body: { weight: 3 } })).status).toBe(200);
  rmSync(file);
  expect((await adminRequest(gateway, "PATCH", target, { body: { max_conns: 4 } })).status).toBe(200);
  expect(readFileSync(file, "utf8")).toMatch(/"weight":3.*"max_conns":4|"max_conns":4.*"weight":3/s);
  await gateway.reload();
  const { json } = await adminRequest<Upstream>(gateway, "GET", "/v1/upstreams/chat");
  expect(json.peers[0]).toMatchObject({ weight: 3, max_conns: 4 });
});
