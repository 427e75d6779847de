import { readUpstream, whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { connect, connectRefused } from "../support/client";
import { IN_ORDER, routedByName } from "../support/documents";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { acceptWrongly, answer, closeAtOnce, startRawBackend, staySilent } from "../support/raw-backend";
import type { Behaviour, RawBackend } from "../support/raw-backend";
import { rawRequest } from "../support/raw-request";

/** How late the sweep that ends late attempts may be, and what the answers need besides. */
const SWEEP_MS = 100;
const SLACK_MS = 300;

let gateway: Gateway;
let good: Backend;

/** One gateway serves all cases: each is an upstream of its own. */
const cases: Record<string, object> = {};
const raw: Record<string, RawBackend[]> = {};

/** An upstream whose peers behave as told, one after the other in this order, and then perhaps a good one. */
async function addCase(
  name: string,
  behaviours: readonly Behaviour[],
  options: Readonly<Record<string, unknown>> & { readonly endsWell?: boolean } = {},
): Promise<void> {
  const { endsWell = true, ...policy } = options;
  raw[name] = await Promise.all(behaviours.map((behaviour) => startRawBackend(behaviour)));
  const addresses = raw[name].map(({ address }) => address);
  if (endsWell) addresses.push(good.address);
  cases[name] = { balancer: IN_ORDER, peers: inOrder(addresses), ...policy };
}

/** The first one has such a weight that it would be picked again and again, were it not for having been tried. */
function inOrder(addresses: readonly string[]): object[] {
  return addresses.map((address, index) => ({ address, weight: index === 0 ? 100 : 1 }));
}

/** The handshakes that reached each of the raw backends. */
function attempts(name: string): number[] {
  return raw[name]!.map(({ requestHeads }) => requestHeads.length);
}

async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function post(name: string): ReturnType<typeof rawRequest> {
  const head = `POST /${name}/ HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n`;
  return rawRequest(gateway.port, `${head}body`);
}

const failing = [closeAtOnce, closeAtOnce, closeAtOnce, closeAtOnce];

beforeAll(async () => {
  good = await startBackend();
  const refusing = `127.0.0.1:${await freePort()}`;
  cases["refused"] = { balancer: IN_ORDER, peers: inOrder([refusing, good.address]) };
  await addCase("closed", [closeAtOnce]);
  for (const status of [502, 503, 504]) await addCase(`http-${status}`, [answer(status)]);
  await addCase("no-retries", failing, { endsWell: false, retries: 0 });
  await addCase("two-retries", failing, { endsWell: false, retries: 2 });
  await addCase("many-retries", failing, { endsWell: false, retries: 10 });
  await addCase("errors-only", [answer(503, "busy")], { retry_on: ["error"] });
  await addCase("timeouts-only", [answer(504, "late")], { retry_on: ["timeout"] });
  await addCase("never", [closeAtOnce], { retry_on: [] });
  await addCase("502-only", [closeAtOnce], { retry_on: ["http_502"] });
  await addCase("504-only", [staySilent], { handshake_timeout: "300ms", retry_on: ["http_504"] });
  await addCase("last", [answer(503, "first"), answer(503, "second")], { endsWell: false });
  await addCase("alone", [answer(502, "alone")], { endsWell: false });
  await addCase("refuses-client", [answer(403, "no entry")]);
  await addCase("dies-after-101", [
    (socket, head) => {
      acceptWrongly(socket, head);
      socket.end();
    },
  ]);
  await addCase("silent", [staySilent], { handshake_timeout: "1s" });
  await addCase("all-silent", [staySilent, staySilent, staySilent, staySilent], {
    endsWell: false,
    handshake_timeout: "400ms",
    retries: 2,
  });
  await addCase("patient", [], { handshake_timeout: "300ms", idle_timeout: "2s" });
  gateway = await startGateway({ config: routedByName(cases) });
});

beforeEach(() => {
  good.requests.length = 0;
});

afterEach(() => whenNothingIsCounted(gateway));

describe("a handshake goes on to the next peer", () => {
  it.each(["refused", "closed", "http-502", "http-503", "http-504"])("after a failure: %s", async (name) => {
    const client = await connect(gateway.url(`/${name}/`));
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    const { peers } = await readUpstream(gateway, name);
    expect(peers.map(({ active }) => active)).toEqual([0, 1]);
  });

  it("at most `retries` times and never to the same peer twice", async () => {
    for (const name of ["no-retries", "two-retries", "many-retries"]) {
      const { status, body } = await connectRefused(gateway.url(`/${name}/`));
      expect(status).toBe(502);
      expect(JSON.parse(body)).toMatchObject({ error: { code: "bad_upstream" } });
    }
    expect(attempts("no-retries")).toEqual([1, 0, 0, 0]);
    expect(attempts("two-retries")).toEqual([1, 1, 1, 0]);
    expect(attempts("many-retries")).toEqual([1, 1, 1, 1]);
  });

  it("after one that stays silent for the handshake timeout", async () => {
    const took = await elapsedMs(() => connect(gateway.url("/silent/")));
    expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(2000);
    expect(attempts("silent")).toEqual([1]);
  });

  it("within the handshake timeout for each attempt, however many stay silent", async () => {
    const took = await elapsedMs(async () => {
      const { status, headers } = await connectRefused(gateway.url("/all-silent/"));
      expect(status).toBe(504);
      expect(headers["switchboard-error"]).toBe("handshake_timeout");
    });
    expect(took).toBeGreaterThan(3 * 400 - SLACK_MS);
    expect(took).toBeLessThan(3 * (400 + SWEEP_MS) + SLACK_MS);
    expect(attempts("all-silent")).toEqual([1, 1, 1, 0]);
  });
});

describe("a handshake is not tried again", () => {
  it.each([
    ["errors-only", 503],
    ["timeouts-only", 504],
  ])("after an answer that `retry_on` leaves out: %s", async (name, answered) => {
    const { status, headers, body } = await connectRefused(gateway.url(`/${name}/`));
    expect(status).toBe(502);
    expect(headers["switchboard-error"]).toBe("bad_upstream");
    expect(body).toContain(`the backend answered ${answered}`);
    expect(good.requests).toHaveLength(0);
  });

  it.each([
    ["never", 502],
    ["502-only", 502],
    ["504-only", 504],
  ])("after a failure or a silence that `retry_on` leaves out: %s", async (name, status) => {
    expect((await connectRefused(gateway.url(`/${name}/`))).status).toBe(status);
    expect(good.requests).toHaveLength(0);
  });

  it("when no peer is left: the last one's own answer reaches the client", async () => {
    expect(await connectRefused(gateway.url("/last/"))).toMatchObject({ status: 503, body: "second" });
    expect(await connectRefused(gateway.url("/alone/"))).toMatchObject({ status: 502, body: "alone" });
    expect(attempts("last")).toEqual([1, 1]);
  });

  it("after any other answer, which reaches the client", async () => {
    const refusal = await connectRefused(gateway.url("/refuses-client/"));
    expect(refusal).toMatchObject({ status: 403, body: "no entry" });
    expect(refusal.headers["switchboard-error"]).toBeUndefined();
    expect(good.requests).toHaveLength(0);
  });

  it("after the 101: a peer that dies then takes its sessions with it", async () => {
    const head =
      "GET /dies-after-101/ HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    expect((await rawRequest(gateway.port, head + key)).status).toBe(101);
    await whenNothingIsCounted(gateway);
    expect(attempts("dies-after-101")).toEqual([1]);
    expect(good.requests).toHaveLength(0);
  });
});

describe("a request that is not idempotent", () => {
  it("goes on to the next peer while nothing of it was sent", async () => {
    expect(await post("refused")).toMatchObject({
      status: 200,
      body: "plain POST /refused/",
    });
  });

  it("is not tried again once it was sent", async () => {
    expect((await post("closed")).status).toBe(502);
    expect((await post("http-503")).status).toBe(503);
    expect(good.requests).toHaveLength(0);
  });
});

describe("handshake_timeout and idle_timeout", () => {
  it("both hold: an idle socket lives on long after the first and ends at the second", async () => {
    const client = await connect(gateway.url("/patient/"));
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    const idle = await elapsedMs(() => client.nextClose());
    expect(idle).toBeGreaterThan(1900);
    expect(idle).toBeLessThan(2000 + SWEEP_MS + SLACK_MS);
  });
});
