import { routedByName } from "../support/documents";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import type { FaultyBackend } from "../support/faults/faulty-backend";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { ASK_WORKERS, whenAllKnow } from "../support/peer-health";
import { handshakeBytes, rawRequest } from "../support/raw-request";
import type { RawAnswer } from "../support/raw-request";
import { waitFor } from "../support/wait-for";
import { allWorkers, probe } from "../support/worker-probe";

/** With nobody left, a client is told so at once, and when somebody is back it is served. */

const PATH = "/chat/";
const ACTIVE = { path: "/alive", interval: "200ms", fast_interval: "200ms", timeout: "500ms" };
/** Far less than the timeouts of the peers, far more than it takes. */
const AT_ONCE_MS = 1_000;

let a: FaultyBackend;
let b: FaultyBackend;

beforeAll(async () => {
  [a, b] = await Promise.all([startFaultyBackend({ name: "a" }), startFaultyBackend({ name: "b" })]);
});

async function start(fieldsOfB: object, active: object = ACTIVE): Promise<Gateway> {
  const peers = [
    { id: "a", address: a.address },
    { id: "b", address: b.address, ...fieldsOfB },
  ];
  const gateway = await startGateway({
    config: routedByName({
      chat: { peers, connect_timeout: "10s", handshake_timeout: "10s", health: { active } },
    }),
    workers: 2,
    serverExtra: ASK_WORKERS,
  });
  await allWorkers(gateway);
  return gateway;
}

async function handshake({ port }: Gateway): Promise<RawAnswer & { tookMs: number }> {
  const startedAt = performance.now();
  const answer = await rawRequest(port, handshakeBytes(PATH));
  return { ...answer, tookMs: performance.now() - startedAt };
}

it("each is refused at once, with a time to come back, also after a reload, until a peer is back", async () => {
  const gateway = await start({});
  await Promise.all([a.stop(), b.stop()]);
  await whenAllKnow(gateway, { a: "down", b: "down" });
  const delays = new Set<string>();
  for (let nth = 0; nth < 20; nth += 1) {
    const { status, headers, body, tookMs } = await handshake(gateway);
    expect([status, headers["switchboard-error"]]).toEqual([503, "no_live_peer"]);
    expect(body).toContain("no_live_peer");
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    delays.add(headers["retry-after"]!);
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
  }
  expect(delays.size).toBeGreaterThan(1);
  await gateway.reload();
  expect((await handshake(gateway)).status).toBe(503);
  await Promise.all([a.heal(), b.heal()]);
  await waitFor(async () => (await probe(gateway, PATH)).status === 101, { what: "a peer to be back" });
});

it("backups take over, and give back", async () => {
  const gateway = await start({ backup: true });
  for (let nth = 0; nth < 6; nth += 1) expect((await probe(gateway, PATH)).backend).toBe("a");
  await a.kill();
  await whenAllKnow(gateway, { a: { health: "down", health_reason: "connect refused" }, b: "up" });
  for (let nth = 0; nth < 6; nth += 1) {
    const { status, headers, tookMs } = await handshake(gateway);
    expect([status, headers["backend"]]).toEqual([101, "b"]);
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
  }
  await a.heal();
  await whenAllKnow(gateway, { a: "up" });
  for (let nth = 0; nth < 6; nth += 1) expect((await probe(gateway, PATH)).backend).toBe("a");
});
