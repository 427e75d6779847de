import { whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { connect, connectRefused } from "../support/client";
import { IN_ORDER, routedByName } from "../support/documents";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { readMetrics } from "../support/metrics";
import { closeAtOnce, startRawBackend, staySilent } from "../support/raw-backend";
import type { Behaviour, RawBackend } from "../support/raw-backend";
import { rawRequest } from "../support/raw-request";
import { startStuckPort } from "../support/stuck-port";
import { waitFor } from "../support/wait-for";

const TOTAL_MS = 1000;

let gateway: Gateway;
let good: Backend;
let silent: readonly RawBackend[];
let slow: readonly RawBackend[];

/** Gives up on the handshake when half of the time is gone. */
const closeLate: Behaviour = (socket) => {
  const timer = setTimeout(() => socket.destroy(), 0.7 * TOTAL_MS);
  socket.once("close", () => clearTimeout(timer));
};

const backends = (count: number, behaviour: Behaviour): Promise<RawBackend[]> =>
  Promise.all(Array.from({ length: count }, () => startRawBackend(behaviour)));

beforeAll(async () => {
  good = await startBackend();
  silent = await backends(4, staySilent);
  slow = await backends(3, closeLate);
  const [closing] = await backends(1, closeAtOnce);
  const stuck = [await startStuckPort(), await startStuckPort()].map((port) => `127.0.0.1:${port}`);
  const common = { balancer: IN_ORDER, retries: 3, total_timeout: `${TOTAL_MS}ms` };
  const inOrder = (addresses: readonly string[]): object[] => addresses.map((address) => ({ address }));
  const of = (list: readonly { readonly address: string }[]): object[] =>
    inOrder(list.map(({ address }) => address));
  gateway = await startGateway({
    config: routedByName({
      silent: { ...common, peers: of(silent), handshake_timeout: "700ms" },
      slow: { ...common, peers: of(slow), handshake_timeout: "10s" },
      stuck: { ...common, peers: inOrder(stuck), connect_timeout: "700ms", handshake_timeout: "10s" },
      alone: { ...common, peers: of([silent[0]!]), handshake_timeout: "10s", retry_on: [] },
      plain: { ...common, peers: of([slow[0]!, good]), total_timeout: "100ms" },
      good: { ...common, peers: of([closing!, good]) },
    }),
  });
});

beforeEach(() => {
  for (const { requestHeads } of [...silent, ...slow]) requestHeads.length = 0;
});

afterEach(() => whenNothingIsCounted(gateway));

async function whenRefused(path: string): Promise<number> {
  const startedAt = performance.now();
  const { status, headers } = await connectRefused(gateway.url(path));
  expect([status, headers["switchboard-error"]]).toEqual([504, "handshake_timeout"]);
  return performance.now() - startedAt;
}

async function countDeadlines(upstream: string): Promise<number> {
  const labels = { upstream, why: "deadline" };
  return (await readMetrics(gateway)).value("switchboard_retries_refused_total", labels) ?? 0;
}

describe("total_timeout", () => {
  it.each([
    ["silent", () => silent, [1, 1, 0, 0]],
    ["slow", () => slow, [1, 1, 0]],
  ])("ends the try under way, and none follows: %s", async (name, list, attempts) => {
    expect(await whenRefused(`/${name}/`)).toBeGreaterThanOrEqual(TOTAL_MS - 10);
    expect(list().map(({ requestHeads }) => requestHeads.length)).toEqual(attempts);
    await waitFor(async () => (await countDeadlines(name)) === 1, { what: "the metric" });
  });

  it("cuts the connect of a further try", async () => {
    const tookMs = await whenRefused("/stuck/");
    expect(tookMs).toBeGreaterThanOrEqual(TOTAL_MS - 10);
    // Two times `connect_timeout`, were it not for it.
    expect(tookMs).toBeLessThan(1400);
  });

  it("ends the only try", async () => {
    expect(await whenRefused("/alone/")).toBeLessThan(5000);
    expect(await countDeadlines("alone")).toBe(0);
  });

  it("is nothing to a plain request", async () => {
    const answer = await rawRequest(gateway.port, "GET /plain/ HTTP/1.1\r\nHost: test\r\n\r\n");
    expect(answer.status).toBe(200);
    expect(slow[0]!.requestHeads).toHaveLength(1);
  });

  it("leaves a handshake alone that is in time, and the session it opens", async () => {
    const client = await connect(gateway.url("/good/"));
    await new Promise((resolve) => setTimeout(resolve, TOTAL_MS + 200));
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    client.socket.terminate();
  });
});
