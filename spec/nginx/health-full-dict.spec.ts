import { routedByName } from "../support/documents";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import type { FaultyBackend } from "../support/faults/faulty-backend";
import { FULL_DICT } from "../support/full-dict";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { ASK_WORKERS, healthOf, whenAllKnow } from "../support/peer-health";
import { waitFor } from "../support/wait-for";
import { allWorkers, probe } from "../support/worker-probe";

/** A shared dict without room: what has its place in it goes on, and the log says what does not. */

const PATH = "/chat/";
const FILL = `
location = /fill { content_by_lua_block { local fill, empty ${FULL_DICT} fill() ngx.print("full") } }
location = /empty { content_by_lua_block { local fill, empty ${FULL_DICT} empty() ngx.print("free") } }`;

let backends: Record<"a" | "b", FaultyBackend>;

async function start(health: object): Promise<Gateway> {
  const [a, b] = await Promise.all([startFaultyBackend({ name: "a" }), startFaultyBackend({ name: "b" })]);
  backends = { a, b };
  const peers = [
    { id: "a", address: a.address },
    { id: "b", address: b.address },
  ];
  const gateway = await startGateway({
    config: routedByName({ chat: { peers, panic_threshold: 0, health } }),
    workers: 2,
    serverExtra: ASK_WORKERS + FILL,
  });
  await allWorkers(gateway);
  return gateway;
}

async function call(gateway: Gateway, path: "/fill" | "/empty"): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`, {
    headers: { connection: "close" },
  });
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
}

it("a peer whose health was told before goes up and down for all workers as before", async () => {
  const active = {
    type: "http",
    path: "/alive",
    interval: "100ms",
    fast_interval: "100ms",
    fall: 1,
    rise: 1,
  };
  const gateway = await start({ active });
  await backends.a.status(503);
  await whenAllKnow(gateway, { a: "down", b: "up" });
  await backends.a.heal();
  await whenAllKnow(gateway, { a: "up", b: "up" });
  await call(gateway, "/fill");
  await backends.a.status(500);
  await whenAllKnow(gateway, { a: { health: "down", health_reason: "answered 500" } });
  await backends.a.heal();
  await whenAllKnow(gateway, { a: "up" });
});

it("of one that was never told, workers hear when there is room, and the log says so until then", async () => {
  const active = {
    type: "http",
    path: "/alive",
    interval: "100ms",
    fast_interval: "100ms",
    fall: 1,
    rise: 1,
  };
  const gateway = await start({ active });
  await waitFor(async () => (await backends.a.arrivals()).length > 1, { what: "probes" });
  await call(gateway, "/fill");
  await backends.a.status(503);
  await waitFor(
    () => gateway.errorLog().includes("what is found of peers' health does not reach the workers"),
    {
      what: "a word in the log",
    },
  );
  expect((await probe(gateway, PATH)).status).toBe(101);
  await call(gateway, "/empty");
  await whenAllKnow(gateway, { a: { health: "down", health_reason: "answered 503" }, b: "up" });
  expect(gateway.errorLog().match(/what is found of peers' health does not reach/g)).toHaveLength(1);
});

it("what workers' handshakes show does not reach the one that judges, and the log says so", async () => {
  const gateway = await start({ passive: { max_fails: 2 } });
  await call(gateway, "/fill");
  await backends.a.status(503);
  await waitFor(
    async () => {
      expect((await probe(gateway, PATH)).backend).toBe("b");
      return gateway.errorLog().includes("what handshakes show of peers' health does not reach the leader");
    },
    { what: "a word in the log" },
  );
  await call(gateway, "/empty");
  await waitFor(async () => {
    expect((await probe(gateway, PATH)).backend).toBe("b");
    return (await healthOf(gateway))["a"]!.health === "down";
  });
  await whenAllKnow(gateway, { a: "down", b: "up" });
});
