import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { startBackend } from "../support/backend";
import { makeCertificates } from "../support/certificates";
import type { Certificates } from "../support/certificates";
import { freePort } from "../support/free-port";
import { acceptance, serverFrame, upgraded } from "../support/half-websocket";
import { onCleanup } from "../support/cleanup";
import { ProbeNginx } from "../support/probe-nginx";
import type { ProbeOptions } from "../support/probe-nginx";
import {
  acceptWrongly,
  answer,
  closeAtOnce,
  drip,
  say,
  sayAndClose,
  startRawBackend,
  staySilent,
} from "../support/raw-backend";
import type { Behaviour } from "../support/raw-backend";
import { temporaryFolder } from "../support/temporary-folder";

const PING = 9;
const CLOSE = 8;
const SHORT_MS = 300;
const GOOD = { isGood: true, reason: "" };

let nginx: ProbeNginx;
let certificates: Certificates;

beforeAll(async () => {
  certificates = makeCertificates(["backend.example"]);
  nginx = await ProbeNginx.start(certificates.ca, [/connect\(\) to unix:\/nowhere/]);
});

/** Why a probe of a peer that behaves so fails; `""` if it is good. */
async function reasonOf(behaviour: Behaviour, options: ProbeOptions = {}): Promise<string> {
  const backend = await startRawBackend(behaviour);
  const { outcome, trouble } = await nginx.probe(backend.address, options);
  expect(trouble).toBeUndefined();
  expect(outcome!.isGood).toBe(outcome!.reason === "");
  return outcome!.reason;
}

describe("a peer that is well", () => {
  it.each(["tcp", "http", "websocket"] as const)("passes a %s probe", async (type) => {
    const backend = await startBackend();
    expect((await nginx.probe(backend.address, { type })).outcome).toEqual(GOOD);
  });

  it("passes over IPv6 and a unix socket, whose host is localhost", async () => {
    const ipv6 = await startBackend({ host: "::1" });
    const unix = await startBackend({ socketPath: path.join(temporaryFolder({}), "s") });
    expect((await nginx.probe(ipv6.address)).outcome).toEqual(GOOD);
    expect((await nginx.probe(unix.address)).outcome).toEqual(GOOD);
    expect(ipv6.requests[0]!.headers.host).toBe(ipv6.address);
    expect(unix.requests[0]!.headers.host).toBe("localhost");
  });

  it("is asked for what the config says, with its own port, host and headers", async () => {
    const backend = await startBackend();
    await nginx.probe("127.0.0.1:1", {
      port: backend.port,
      path: "/health?deep=1",
      host: "chat.example",
      headers: { "x-probe": "yes" },
    });
    const [request] = backend.requests;
    expect(request!.url).toBe("/health?deep=1");
    expect(request!.headers).toMatchObject({ host: "chat.example", "x-probe": "yes" });
  });

  it("is told by its name where the config has one, and by a host header without variables", async () => {
    const backend = await startBackend();
    await nginx.probe(backend.address, { name: `app.example:${backend.port}` });
    await nginx.probe(backend.address, { hostHeader: "fixed.example" });
    expect(backend.requests.map(({ headers }) => headers.host)).toEqual([
      `app.example:${backend.port}`,
      "fixed.example",
    ]);
  });

  it("gets a normal close", async () => {
    const codes: number[] = [];
    const listener = upgraded((socket, opcode, payload) => {
      if (opcode === CLOSE) codes.push(payload.readUInt16BE(0));
      socket.write(serverFrame(opcode === PING ? 10 : CLOSE, payload));
    });
    expect(await reasonOf(listener)).toBe("");
    expect(codes).toEqual([1000]);
  });

  it("may say what it can take", async () => {
    const backend = await startBackend({
      headers: ["Switchboard-Peer: weight=50", "Switchboard-Peer: drain"],
    });
    expect((await nginx.probe(backend.address)).outcome).toEqual({ ...GOOD, agent: "weight=50,drain" });
    expect(await agentOf(503)).toEqual({ isGood: false, reason: "answered 503", agent: "drain" });
  });

  async function agentOf(status: number) {
    const backend = await startRawBackend(
      sayAndClose(`HTTP/1.1 ${status} Status\r\nSwitchboard-Peer: drain\r\nContent-Length: 0\r\n\r\n`),
    );
    return (await nginx.probe(backend.address, { type: "http" })).outcome;
  }

  it("may be slow, if each step is in time", async () => {
    const late: Behaviour = (socket, head) =>
      void setTimeout(() => {
        upgraded((to, opcode, payload) => {
          setTimeout(() => to.write(serverFrame(opcode === PING ? 10 : CLOSE, payload)), 200);
        })(socket, head);
      }, 200);
    expect(await reasonOf(late)).toBe("");
  });

  it("may speak first, with data, pings and a pong that nobody asked for", async () => {
    const talkative = upgraded(
      (socket, opcode, payload) => {
        socket.write(serverFrame(1, "still talking"));
        socket.write(serverFrame(opcode === PING ? 10 : CLOSE, payload));
      },
      (socket) => {
        socket.write(
          Buffer.concat([Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]), Buffer.alloc(70_000)]),
        );
        socket.write(Buffer.concat([serverFrame(PING, "you?"), serverFrame(10), serverFrame(1, "hello")]));
      },
    );
    expect(await reasonOf(talkative)).toBe("");
  });

  it("may end the connection in place of a Close", async () => {
    const brief = upgraded((socket, opcode, payload) => {
      if (opcode === PING) socket.write(serverFrame(10, payload));
      else socket.end();
    });
    expect(await reasonOf(brief)).toBe("");
  });
});

describe("a peer that is not there", () => {
  it("refuses, or has no such socket", async () => {
    expect((await nginx.probe(`127.0.0.1:${await freePort()}`)).outcome!.reason).toBe("connect refused");
    expect((await nginx.probe("unix:/nowhere/s")).outcome!.reason).toContain("connect: ");
  });

  it("lets its connections wait", async () => {
    const address = await fullBacklog();
    expect((await nginx.probe(address, { timeoutMs: SHORT_MS })).outcome!.reason).toBe("connect timeout");
  });
});

describe("a peer that does not open a WebSocket", () => {
  it.each<[string, Behaviour, ProbeOptions?]>([
    ["handshake timeout", staySilent, { timeoutMs: SHORT_MS }],
    ["closed before it answered", closeAtOnce],
    ["closed in mid-answer", sayAndClose("HTTP/1.1 101 Swi")],
    ["answered 503", answer(503)],
    ["answered 200", answer(200)],
    ["malformed answer", say("SSH-2.0-OpenSSH_9.2\r\n\r\n")],
    ["malformed answer", say("HTTP/1.1 101 Switching Protocols\r\nno field\r\n\r\n")],
    ["wrong Sec-WebSocket-Accept", acceptWrongly],
    [
      "101 without Upgrade: websocket",
      say("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n"),
    ],
    [
      "101 without Connection: Upgrade",
      say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"),
    ],
    ["too large a head", say(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(17_000)}\r\n\r\n`)],
  ])("%s", async (reason, behaviour, options = {}) => {
    expect(await reasonOf(behaviour, options)).toBe(reason);
  });

  it("cannot prolong a step byte by byte", async () => {
    const backend = await startRawBackend(drip("HTTP/1.1 101 Switching Protocols\r\n", 50));
    const { outcome, elapsedS } = await nginx.probe(backend.address, { timeoutMs: SHORT_MS });
    expect(outcome!.reason).toBe("handshake timeout");
    expect(elapsedS).toBeLessThan(1.5);
  });
});

describe("a peer that opens a WebSocket and then fails", () => {
  it.each<[string, Behaviour, ProbeOptions?]>([
    [
      "closed before the pong",
      (socket, head) => socket.write(acceptance(head), () => socket.resetAndDestroy()),
    ],
    ["closed before the pong", upgraded((socket) => socket.write(serverFrame(CLOSE)))],
    ["pong timeout", upgraded(() => undefined), { timeoutMs: SHORT_MS }],
    ["wrong pong", upgraded((socket) => socket.write(serverFrame(10, "another"))), { timeoutMs: SHORT_MS }],
    ["malformed frame", upgraded((socket) => socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0])))],
    [
      "it sends too much",
      upgraded((socket) =>
        socket.write(
          Buffer.concat([Buffer.from([0x82, 127, 0, 0, 0, 9, 0, 0, 0, 0]), Buffer.alloc(1_100_000)]),
        ),
      ),
    ],
    [
      "close timeout",
      upgraded((socket, opcode, payload) => {
        if (opcode === PING) socket.write(serverFrame(10, payload));
      }),
      { timeoutMs: SHORT_MS },
    ],
  ])("%s", async (reason, behaviour, options = {}) => {
    expect(await reasonOf(behaviour, options)).toBe(reason);
  });
});

describe("a page", () => {
  const http = { type: "http" } as const;

  it("has the status that is expected", async () => {
    expect(await reasonOf(answer(204), { ...http, expectStatus: "204" })).toBe("");
    expect(await reasonOf(answer(404), http)).toBe("answered 404");
    expect(await reasonOf(staySilent, { ...http, timeoutMs: SHORT_MS })).toBe("answer timeout");
  });

  it("has the text that is expected in it, whole or in chunks", async () => {
    const expected = { ...http, expectBody: "all is well" };
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect(await reasonOf(answer(200, "today all is well"), expected)).toBe("");
    expect(await reasonOf(say(`${chunked}b\r\nall is well\r\n0\r\n\r\n`), expected)).toBe("");
    expect(await reasonOf(say(`${chunked}3\r\nbad\r\n0\r\n\r\n`), expected)).toBe(
      "answered without the expected body",
    );
    expect(await reasonOf(answer(200, "bad"), expected)).toBe("answered without the expected body");
    expect(await reasonOf(say("HTTP/1.1 200 OK\r\n\r\n..."), { ...expected, timeoutMs: SHORT_MS })).toBe(
      "body timeout",
    );
    expect(
      await reasonOf(sayAndClose(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(70_000)}all is well`), expected),
    ).toBe("answered without the expected body");
  });
});

/** Where the handshake ends without a wait, OpenSSL's words are lost. */
const orLost = (words: string): RegExp => new RegExp(`^tls: (${words}|certificate not accepted)$`);

describe("a peer that speaks TLS", () => {
  const named = { tls: { serverName: "backend.example" } };

  it.each(["tcp", "http", "websocket"] as const)("passes a %s probe if it has the name", async (type) => {
    const backend = await startBackend({ tls: { key: certificates.keyText, cert: certificates.certText } });
    expect((await nginx.probe(backend.address, { ...named, type })).outcome).toEqual(GOOD);
    const other = await nginx.probe(backend.address, { tls: { serverName: "other.example" }, type });
    expect(other.outcome!.isGood).toBe(false);
    expect(other.outcome!.reason).toMatch(orLost("certificate host mismatch"));
  });

  it("is asked for the probe's host, or the host header, before the address", async () => {
    const backend = await startBackend({ tls: { key: certificates.keyText, cert: certificates.certText } });
    const tls = { serverName: "$http_host" };
    for (const options of [
      { tls, host: "backend.example:443" },
      { tls, hostHeader: "backend.example" },
      { tls, name: "backend.example:1" },
    ])
      expect((await nginx.probe(backend.address, options)).outcome).toEqual(GOOD);
  });

  it("has a certificate of a CA that is trusted", async () => {
    const stranger = makeCertificates(["backend.example"]);
    const unknown = await startBackend({ tls: { key: stranger.keyText, cert: stranger.certText } });
    expect((await nginx.probe(unknown.address, named)).outcome!.reason).toMatch(
      orLost(".*its CA is not in lua_ssl_trusted_certificate.*"),
    );
    const selfSigned = await startBackend({ tls: selfSignedPair() });
    expect((await nginx.probe(selfSigned.address, named)).outcome!.reason).toMatch(
      orLost("self[- ]signed certificate"),
    );
  });

  it("speaks it", async () => {
    const plain = await startBackend();
    expect((await nginx.probe(plain.address, named)).outcome!.reason).toMatch(/^tls: /);
    const silent = await silentServer();
    const { outcome } = await nginx.probe(silent, { ...named, timeoutMs: SHORT_MS });
    expect(outcome!.reason).toBe("tls: handshake timeout");
  });

  it("is trusted only where nginx.conf has a CA file for probes", async () => {
    const bare = await ProbeNginx.start();
    const backend = await startBackend({ tls: { key: certificates.keyText, cert: certificates.certText } });
    const { outcome } = await bare.probe(backend.address, named);
    expect(outcome!.reason).toMatch(orLost(".*lua_ssl_trusted_certificate.*"));
  });
});

it("leaves it to its owner to tell of a peer that refuses", async () => {
  const port = await freePort();
  expect((await nginx.probe(`127.0.0.1:${port}`)).outcome!.isGood).toBe(false);
  expect(nginx.errorLog()).not.toContain(`:${port}`);
});

/** Accepts nothing, and has no room for another connection that waits. */
async function fullBacklog(): Promise<string> {
  const script = `import socket,time
s=socket.socket(); s.bind(("127.0.0.1",0)); s.listen(0)
c=[]
for _ in range(3):
  n=socket.socket(); n.setblocking(False); n.connect_ex(s.getsockname()); c.append(n)
time.sleep(0.2)
print(s.getsockname()[1],flush=True); time.sleep(60)`;
  const child = spawn("python3", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  onCleanup(() => void child.kill("SIGKILL"));
  const [port] = await new Promise<Buffer[]>((resolve) =>
    child.stdout.once("data", (data: Buffer) => resolve([data])),
  );
  return `127.0.0.1:${Number(String(port))}`;
}

async function silentServer(): Promise<string> {
  const server = net.createServer((socket) => void socket.on("error", () => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanup(() => void server.close());
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

function selfSignedPair(): { key: string; cert: string } {
  const folder = temporaryFolder({});
  const args =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout k.pem -out c.pem -days 2 -subj /CN=backend.example";
  execFileSync("openssl", args.split(" "), { cwd: folder, stdio: "pipe" });
  const read = (name: string): string => readFileSync(path.join(folder, name), "utf8");
  return { key: read("k.pem"), cert: read("c.pem") };
}
