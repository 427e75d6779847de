import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import type { EventStreamClient, StreamedEvent } from "../support/event-stream";
import { eventLocations, openEvents } from "../support/events";
import { FULL_DICT } from "../support/full-dict";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { LuaNginx } from "../support/lua-nginx";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER } from "../support/worker-probe";

let backend: Backend;

beforeAll(async () => {
  backend = await startBackend();
});

/** @param states of the peers, by their ids */
function chat(states: Readonly<Record<string, string>>): object {
  const peers = Object.entries(states).map(([id, state]) => ({ id, state, address: backend.address }));
  return { upstreams: { chat: { peers } }, routes: [{ id: "all", path: "/*", upstream: "chat" }] };
}

async function start(workers = 1): Promise<{ gateway: Gateway; all: EventStreamClient }> {
  const gateway = await startGateway({
    config: chat({ a: "ready", b: "drain" }),
    workers,
    locationExtra: NAME_WORKER,
    serverExtra: eventLocations("10s"),
    allowedErrors: [/worker process \d+ exited on signal 9/, /init_by_lua error: switchboard: .*"rotes"/],
  });
  await allWorkers(gateway);
  return { gateway, all: await openEvents(gateway.port, "?after=0") };
}

function has(fields: Readonly<Record<string, unknown>>): (event: StreamedEvent) => boolean {
  return ({ data }) => Object.entries(fields).every(([name, value]) => data[name] === value);
}

it("tells of a config from the file that is applied and of one that is refused", async () => {
  const { gateway, all } = await start();
  await all.next(has({ type: "config", result: "applied", source: "file", generation: 1 }));
  gateway.writeConfig({ ...chat({ a: "ready" }), rotes: [] });
  const refused = await all.next(has({ type: "config", result: "refused", source: "file", generation: 1 }));
  expect(refused.type).toBe("config");
  expect(refused.data["id"]).toBe(refused.id);
  expect(refused.data["reason"]).toMatch(/\/rotes: .*did you mean "routes"/);
  const time = String(refused.data["time"]);
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(20_000);
  gateway.writeConfig(chat({ a: "ready" }));
  await all.next(has({ type: "config", result: "applied", source: "file", generation: 2 }));
});

it("tells of a reload with a config that is refused, and of one with a new config", async () => {
  const { gateway, all } = await start();
  // The leader sees the file as well: which of them is first differs.
  gateway.writeConfig({ ...chat({ a: "ready" }), rotes: [] });
  gateway.signal("SIGHUP");
  await all.next(has({ type: "config", result: "refused", source: "reload" }));
  gateway.writeConfig(chat({ a: "ready" }));
  await gateway.reload();
  await all.whenEnded();
  const after = await openEvents(gateway.port, "", all.lastEventId);
  // Which of the two streams has it depends on when the worker of the first one exits.
  const applied = (): StreamedEvent[] =>
    [...all.events, ...after.events].filter(has({ result: "applied", generation: 2 }));
  await waitFor(() => applied().length > 0, { what: "the new config" });
  expect(applied()).toHaveLength(1);
});

it("tells which worker leads, and which is gone", async () => {
  const { gateway, all } = await start(2);
  const first = await all.next(has({ type: "leader" }));
  // A worker is known by the sessions that it has counted.
  const clients: Client[] = [];
  const worker = (client: Client): number => Number(client.response.headers["worker"]);
  await waitFor(async () => {
    clients.push(await connect(gateway.url()));
    return clients.some((client) => worker(client) === first.data["pid"]);
  });
  process.kill(Number(first.data["pid"]), "SIGKILL");
  await waitFor(() => !gateway.workerPids().includes(Number(first.data["pid"])));
  // The stream may have been that worker's.
  const after = await openEvents(gateway.port, "?after=0");
  const next = await after.next(({ type, id }) => type === "leader" && id > first.id);
  expect(next.data["pid"]).not.toBe(first.data["pid"]);
  await after.next(has({ type: "worker", change: "gone", pid: first.data["pid"] }));
});

it("tells how a drain comes along, also after another worker has become the leader", async () => {
  const { gateway, all } = await start();
  const drain = (stream: EventStreamClient, fields: object): Promise<StreamedEvent> =>
    stream.next(has({ type: "drain", upstream: "chat", ...fields }));
  await drain(all, { peer: "b", phase: "started", state: "drain", left: 0 });
  await drain(all, { peer: "b", phase: "done", left: 0 });
  const clients = [await connect(gateway.url()), await connect(gateway.url()), await connect(gateway.url())];
  gateway.writeConfig(chat({ a: "drain", b: "ready" }));
  await drain(all, { peer: "a", phase: "started", left: 3 });
  clients[0]!.socket.terminate();
  await drain(all, { peer: "a", phase: "progress", left: 2 });

  await gateway.reload();
  await all.whenEnded();
  const after = await openEvents(gateway.port, "", all.lastEventId);
  clients[1]!.socket.terminate();
  await drain(after, { peer: "a", phase: "progress", left: 1 });
  gateway.writeConfig(chat({ a: "ready" }));
  await drain(after, { peer: "a", phase: "cancelled", left: 1 });
  gateway.writeConfig(chat({ a: "maint" }));
  await drain(after, { peer: "a", phase: "started", state: "maint" });
  expect((await clients[2]!.nextClose()).code).toBe(1006);
  await drain(after, { peer: "a", phase: "done", left: 0 });
  const phases = [...all.events, ...after.events]
    .filter(has({ type: "drain", peer: "a" }))
    .map(({ data }) => data["phase"])
    // Whether it is seen depends on when the look falls.
    .filter((phase) => phase !== "closing");
  expect(phases).toEqual(["started", "progress", "progress", "cancelled", "started", "done"]);
});

interface Told {
  readonly refusals: number;
  readonly kept: readonly string[];
}

it("is dropped and counted where there is no room, which the log says once, and nothing else makes way", async () => {
  const nginx = await LuaNginx.start({
    init: `${FULL_DICT}
      local module = require "resty.switchboard.ngx.events"
      dict:set("other", "kept")
      local store = setmetatable({}, module.EventDict.prototype)
      store:____constructor(dict)
      store:reserve()
      function tell()
        for nth = 1, 3 do module.events.tell("worker", { nth = nth, text = ("x"):rep(500) }) end
        local kept = {}
        for number = store:first(), store:last() do table.insert(kept, store:get(number)) end
        assert(dict:get("other") == "kept")
        ngx.print(require("cjson.safe").encode { refusals = store:refusals(), kept = kept })
      end`,
    locations: { "/tell": "tell()", "/fill": "fill() ngx.print('{}')", "/empty": "empty() ngx.print('{}')" },
  });
  expect(await nginx.call<Told>("/tell")).toMatchObject({ refusals: 0, kept: { length: 3 } });
  await nginx.call("/fill");
  expect(await nginx.call<Told>("/tell")).toMatchObject({ refusals: 3, kept: { length: 3 } });
  expect(await nginx.call<Told>("/tell")).toMatchObject({ refusals: 6 });
  expect(nginx.errorLog().match(/the shared dict is full: events are dropped/g)).toHaveLength(1);
  await nginx.call("/empty");
  expect(await nginx.call<Told>("/tell")).toMatchObject({ refusals: 6, kept: { length: 6 } });
});
