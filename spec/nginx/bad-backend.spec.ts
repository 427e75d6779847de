import { whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import {
  acceptWrongly,
  answer as answerWith,
  closeAtOnce,
  drip,
  say,
  sayAndClose,
  startRawBackend,
  staySilent,
} from "../support/raw-backend";
import type { Behaviour } from "../support/raw-backend";
import { handshakeBytes, rawRequest } from "../support/raw-request";
import type { RawAnswer } from "../support/raw-request";
import { waitFor } from "../support/wait-for";

const TIMEOUT_MS = 400;
/** The sweep for late handshakes comes ten times a second; the rest is for a busy machine. */
const GRACE_MS = 1_000;

const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const LARGE_HEAD = `HTTP/1.1 101 Switching Protocols\r\nX-Large: ${"x".repeat(40_000)}\r\n\r\n`;

/** What can be wrong with a backend, by the name of its upstream. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  silent: staySilent,
  drips: drip(SWITCHING, 1_000),
  drips_fast: drip(SWITCHING.repeat(100), 20),
  closes: closeAtOnce,
  closes_midway: sayAndClose("HTTP/1.1 101 Switch"),
  garbage: say("\x00\x01\x02 not HTTP at all\n\n"),
  garbage_closed: sayAndClose("220 mail.example ESMTP\r\n"),
  large_head: say(LARGE_HEAD),
  interim: say("HTTP/1.1 103 Early Hints\r\n\r\n"),
  drips_body: (socket) => {
    socket.write("HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n");
    drip("x".repeat(1_000), 100)(socket, "");
  },
  switches: say(SWITCHING),
  plain: answerWith(200, "hello"),
  wrong_accept: acceptWrongly,
  busy: answerWith(503, "busy"),
};

let gateway: Gateway;
let workers: number[];

beforeAll(async () => {
  const good = await startBackend();
  const upstreams: Record<string, object> = { good: { peers: [{ address: good.address }] } };
  const policy = {
    handshake_timeout: `${TIMEOUT_MS}ms`,
    connect_timeout: "1s",
    balancer: { type: "round_robin", start: 0 },
  };
  for (const [name, behaviour] of Object.entries(BEHAVIOURS)) {
    const [first, second] = [await startRawBackend(behaviour), await startRawBackend(behaviour)];
    const peer = { address: first.address };
    upstreams[name] = { ...policy, peers: [peer] };
    upstreams[`${name}_twice`] = { ...policy, peers: [peer, { address: second.address }] };
    upstreams[`${name}_then_good`] = { ...policy, peers: [peer, { address: good.address }] };
  }
  gateway = await startGateway({
    config: {
      upstreams,
      routes: Object.keys(upstreams).map((name) => ({ id: name, path: `/${name}`, upstream: name })),
    },
  });
  workers = await waitFor(() => gateway.workerPids().length > 0 && gateway.workerPids(), {
    what: "the worker",
  });
});

afterEach(async () => {
  expect(gateway.workerPids()).toEqual(workers);
  await whenNothingIsCounted(gateway);
  const client = await connect(gateway.url("/good"));
  expect(await client.ask("Hello")).toBe("Server received from client: Hello");
  await client.close();
});

async function timed(name: string): Promise<{ answer: RawAnswer; elapsedMs: number }> {
  const start = performance.now();
  const answer = await rawRequest(gateway.port, handshakeBytes(`/${name}`));
  return { answer, elapsedMs: performance.now() - start };
}

async function codeOf(name: string): Promise<[number, string | undefined]> {
  const { answer } = await timed(name);
  return [answer.status, answer.headers["switchboard-error"]];
}

describe("a backend that does not answer the handshake", () => {
  it.each(["silent", "drips", "drips_fast"])("in time: it %s, and the client gets 504", async (name) => {
    const { answer, elapsedMs } = await timed(name);
    expect([answer.status, answer.headers["switchboard-error"]]).toEqual([504, "handshake_timeout"]);
    expect(elapsedMs).toBeGreaterThan(TIMEOUT_MS - 50);
    expect(elapsedMs).toBeLessThan(TIMEOUT_MS + GRACE_MS);
  });

  it.each(["silent", "drips"])(
    "nor does the other: each has its time, and no more, where it %s",
    async (name) => {
      const { answer, elapsedMs } = await timed(`${name}_twice`);
      expect(answer.headers["switchboard-error"]).toBe("handshake_timeout");
      expect(elapsedMs).toBeGreaterThan(2 * TIMEOUT_MS - 50);
      expect(elapsedMs).toBeLessThan(2 * TIMEOUT_MS + GRACE_MS);
    },
  );

  it.each(["closes", "closes_midway"])("but %s, is a bad upstream", async (name) => {
    expect(await codeOf(name)).toEqual([502, "bad_upstream"]);
  });
});

describe("a backend that begins an answer", () => {
  it("and drips its body is cut off when the handshake's time is up", async () => {
    const { elapsedMs } = await timed("drips_body");
    expect(elapsedMs).toBeGreaterThan(TIMEOUT_MS - 50);
    expect(elapsedMs).toBeLessThan(TIMEOUT_MS + GRACE_MS);
  });

  it("with an interim one has not answered: 502", async () => {
    expect(await codeOf("interim")).toEqual([502, "bad_upstream"]);
  });

  it.each([
    ["plain HTTP", undefined],
    ["h2c", "h2c"],
  ])("with an upgrade where the client asked for %s has not either", async (_what, upgrade) => {
    const bytes = handshakeBytes("/switches", { Upgrade: upgrade });
    const answer = await rawRequest(gateway.port, bytes);
    expect([answer.status, answer.headers["switchboard-error"]]).toEqual([502, "bad_upstream"]);
  });
});

describe("a backend that answers what is no HTTP", () => {
  it.each(["garbage", "garbage_closed", "large_head"])("%s: 502, and none of its bytes", async (name) => {
    const { answer } = await timed(name);
    expect([answer.status, answer.headers["switchboard-error"]]).toEqual([502, "bad_upstream"]);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: "bad_upstream" } });
    expect(answer.raw).not.toMatch(/not HTTP|ESMTP|xxxx/);
  });
});

describe("a backend's answer that is HTTP reaches the client as it is", () => {
  it("a 200 with a body in place of the 101", async () => {
    const { answer } = await timed("plain");
    expect(answer).toMatchObject({ status: 200, body: "hello" });
    expect(answer.headers).not.toHaveProperty("switchboard-error");
  });

  it("a 101 with a wrong Sec-WebSocket-Accept, which is the client's to judge", async () => {
    const { answer } = await timed("wrong_accept");
    expect(answer.status).toBe(101);
    expect(answer.headers["sec-websocket-accept"]).toBe("wrong");
  });

  it("a 503 of the only peer, and of the last that there is", async () => {
    for (const name of ["busy", "busy_twice"]) {
      const { answer } = await timed(name);
      expect(answer).toMatchObject({ status: 503, body: "busy" });
      expect(answer.headers).not.toHaveProperty("switchboard-error");
    }
  });
});

describe("garbage", () => {
  it("is not made up for by a good peer: nginx has taken it for an answer", async () => {
    expect(await codeOf("garbage_then_good")).toEqual([502, "bad_upstream"]);
  });
});
