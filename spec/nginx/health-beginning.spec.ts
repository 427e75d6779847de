import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { routedByName } from "../support/documents";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import type { FaultyBackend } from "../support/faults/faulty-backend";
import { ASK_WORKERS, healthOf, whenAllKnow } from "../support/peer-health";
import { waitFor } from "../support/wait-for";
import { allWorkers, probe } from "../support/worker-probe";

/** What a peer is before its first probe. */

const PATH = "/chat/";

let a: FaultyBackend;
let b: FaultyBackend;

beforeAll(async () => {
  [a, b] = await Promise.all([startFaultyBackend({ name: "a" }), startFaultyBackend({ name: "b" })]);
});

function documentOf(active: object): object {
  const peers = [
    { id: "a", address: a.address },
    { id: "b", address: b.address },
  ];
  return routedByName({
    chat: {
      peers,
      retries: 0,
      panic_threshold: 0,
      health: { active: { type: "http", path: "/alive", ...active } },
    },
  });
}

async function start(active: object, files: Record<string, string> = {}): Promise<Gateway> {
  const gateway = await startGateway({
    config: documentOf(active),
    workers: 2,
    files,
    serverExtra: ASK_WORKERS,
  });
  await allWorkers(gateway);
  return gateway;
}

const OFTEN = { interval: "200ms", fast_interval: "200ms" };
const NEVER = { interval: "1h", fast_interval: "1h" };

async function heal(): Promise<void> {
  await Promise.all([a.heal(), b.heal()]);
}

describe("initial: down", () => {
  it("gives no session to a peer until its first good probe", async () => {
    await heal();
    await a.forget();
    await Promise.all([a.silence(), b.silence()]);
    const gateway = await start({ ...OFTEN, timeout: "30s", initial: "down" });
    await whenAllKnow(gateway, { a: { health: "down", health_reason: "not probed yet" }, b: "down" });
    expect((await probe(gateway, PATH)).status).toBe(503);
    const isProbed = async (): Promise<boolean> =>
      (await a.arrivals()).some(({ path: asked }) => asked === "/alive");
    await waitFor(isProbed, { what: "a probe" });
    await a.cut();
    await whenAllKnow(gateway, { a: { health: "down", health_reason: "closed before it answered" } });
    expect((await probe(gateway, PATH)).status).toBe(503);
    await heal();
    // Another probe may wait for an answer since then.
    await a.cut();
    await whenAllKnow(gateway, { a: "up" });
    expect((await probe(gateway, PATH)).backend).toBe("a");
  });
});

describe("initial: last", () => {
  it("has a peer down after a full stop that was down before it, as long as it has that address", async () => {
    await heal();
    await a.status(503);
    const gateway = await start({ ...OFTEN, initial: "last" });
    const file = path.join(gateway.directory, "state/health.json");
    await waitFor(() => existsSync(file) && readFileSync(file, "utf8").includes("answered 503"), {
      what: file,
    });
    await gateway.stop();
    await a.heal();
    // From now on nobody is probed.
    gateway.writeConfig(documentOf({ ...NEVER, initial: "last" }));
    await gateway.start();
    await whenAllKnow(gateway, { a: { health: "down", health_reason: "answered 503" }, b: "up" });
    for (let nth = 0; nth < 6; nth += 1) expect((await probe(gateway, PATH)).backend).toBe("b");
    gateway.writeConfig(documentOf({ ...OFTEN, initial: "last" }));
    await whenAllKnow(gateway, { a: "up", b: "up" });
    await waitFor(() => !readFileSync(file, "utf8").includes("answered 503"), { what: "a file without a" });
  });

  it.each([
    ["is damaged", '{"version":1,"down":[{"upstream":"chat","peer":'],
    [
      "is of another kind",
      '{"version":1,"down":[{"upstream":"chat","peer":"a","address":7,"reason":"","since":1}]}',
    ],
  ])("a file that %s is told of and ignored", async (_what, text) => {
    await heal();
    const gateway = await start({ ...NEVER, initial: "last" }, { "state/health.json": text });
    expect(gateway.errorLog()).toMatch(/\[warn\].*how peers were is not known: .*state\/health\.json: /);
    expect(await healthOf(gateway)).toMatchObject({ a: { health: "up" }, b: { health: "up" } });
    expect((await probe(gateway, PATH)).status).toBe(101);
  });

  it("a peer with another address than it had begins as up", async () => {
    await heal();
    const elsewhere = `127.0.0.1:${await freePort()}`;
    const down = { upstream: "chat", peer: "a", address: elsewhere, reason: "answered 503", since: 1 };
    const gateway = await start(
      { ...NEVER, initial: "last" },
      {
        "state/health.json": JSON.stringify({
          version: 1,
          down: [down, { ...down, peer: "b", address: b.address }],
        }),
      },
    );
    await whenAllKnow(gateway, { a: "up", b: { health: "down", health_reason: "answered 503" } });
  });
});
