import net from "node:net";
import { makeCertificates } from "../support/certificates";
import { connect } from "../support/client";
import { startFaultyBackend } from "../support/faults/faulty-backend";
import type { FaultyBackend } from "../support/faults/faulty-backend";
import { onCleanup } from "../support/cleanup";
import { handshakeBytes } from "../support/raw-request";
import { waitFor } from "../support/wait-for";
import tls from "node:tls";

/** The specs of health believe these faults: here each is met without a gateway between. */

const SILENCE_MS = 500;

/** What a client meets: how the connect and the handshake end, or that they do not. */
async function meet(backend: FaultyBackend): Promise<string> {
  const socket = net.connect(backend.port, "127.0.0.1");
  onCleanup(() => void socket.destroy());
  return new Promise((resolve) => {
    let isConnected = false;
    let said = "";
    socket.setTimeout(SILENCE_MS, () => resolve(isConnected ? `silent after "${said}"` : "not connected"));
    socket.once("connect", () => {
      isConnected = true;
      socket.write(handshakeBytes("/"));
    });
    socket.on("data", (chunk) => (said += chunk.toString("latin1").split("\r\n")[0]));
    socket.once("end", () => resolve(`closed after "${said}"`));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(`${error.code} after "${said}"`));
  });
}

const HEALTHY = 'silent after "HTTP/1.1 101 Switching Protocols"';

it("a healthy one tells its name, and serves again after every fault", async () => {
  const backend = await startFaultyBackend({ name: "b1" });
  const url = `ws://127.0.0.1:${backend.port}/`;
  const faults: Record<string, () => Promise<void>> = {
    'ECONNREFUSED after ""': () => backend.refuse(),
    "not connected": () => backend.blackhole(),
    'silent after ""': () => backend.silence(),
    'silent after "\x16\x03\x01 this is no HTTP at all"': () => backend.garbage(),
    'ECONNRESET after "HTTP/1.1 101 Switching Protocols"': () => backend.resetAfter101(),
    'closed after "HTTP/1.1 503 Status"': () => backend.status(503),
  };
  for (const [met, fault] of Object.entries(faults)) {
    const open = await connect(url);
    await fault();
    expect(await meet(backend)).toBe(met);
    expect(await open.ask("still there?")).toBe("b1: still there?");
    await backend.heal();
    expect(await meet(backend)).toBe(HEALTHY);
  }
});

it("a slow one answers late", async () => {
  const backend = await startFaultyBackend();
  await backend.slow(2 * SILENCE_MS);
  expect(await meet(backend)).toBe('silent after ""');
  const client = await connect(`ws://127.0.0.1:${backend.port}/`);
  expect(await client.ask("x")).toBe("backend: x");
});

it("a mute one upgrades and answers nobody, and catches up", async () => {
  const backend = await startFaultyBackend();
  const open = await connect(`ws://127.0.0.1:${backend.port}/`);
  await backend.mute();
  const answered = open.ask("late");
  expect(await meet(backend)).toBe(HEALTHY);
  await expect(Promise.race([answered, sleepFor(SILENCE_MS)])).resolves.toBe("nothing");
  await backend.heal();
  expect(await answered).toBe("backend: late");
});

function sleepFor(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, ms, "nothing"));
}

it("a stopped one takes connections and answers them when it goes on", async () => {
  const backend = await startFaultyBackend();
  await backend.stop();
  expect(await meet(backend)).toBe('silent after ""');
  await expect(backend.arrivals()).rejects.toThrow("does not run");
  await backend.heal();
  expect(await meet(backend)).toBe(HEALTHY);
});

it("a killed one cuts its sockets, refuses, and comes back as another process", async () => {
  const backend = await startFaultyBackend();
  const { pid } = backend;
  const open = await connect(`ws://127.0.0.1:${backend.port}/`);
  await backend.kill();
  expect((await open.nextClose()).code).toBe(1006);
  expect(await meet(backend)).toBe('ECONNREFUSED after ""');
  await backend.heal();
  expect(await meet(backend)).toBe(HEALTHY);
  expect(backend.pid).not.toBe(pid);
});

it("killed with a full queue, it leaves nobody on its port", async () => {
  const backend = await startFaultyBackend();
  await backend.blackhole();
  await backend.kill();
  await waitFor(async () => (await meet(backend)).startsWith("ECONNREFUSED"), { what: "a free port" });
});

it("over TLS it shows the certificate that it is told to", async () => {
  const identityOf = (name: string): { key: string; cert: string } => {
    const { keyText, certText } = makeCertificates([name]);
    return { key: keyText, cert: certText };
  };
  const backend = await startFaultyBackend({
    tls: { right: identityOf("right.test"), wrong: identityOf("wrong.test") },
  });
  expect(await nameOf(backend)).toBe("right.test");
  await backend.wrongName();
  expect(await nameOf(backend)).toBe("wrong.test");
  await backend.heal();
  expect(await nameOf(backend)).toBe("right.test");
});

function nameOf(backend: FaultyBackend): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port: backend.port, host: "127.0.0.1", rejectUnauthorized: false });
    onCleanup(() => void socket.destroy());
    socket.once("error", reject);
    socket.once("secureConnect", () => resolve(String(socket.getPeerCertificate().subject.CN)));
  });
}

it("counts what reaches it, and says what it is told to", async () => {
  const backend = await startFaultyBackend();
  await backend.say({ "Switchboard-Peer": "drain" });
  const client = await connect(`ws://127.0.0.1:${backend.port}/room`);
  const response = await fetch(`http://127.0.0.1:${backend.port}/health`);
  expect(response.headers.get("switchboard-peer")).toBe("drain");
  expect((await backend.arrivals()).map(({ path, isUpgrade }) => [path, isUpgrade])).toEqual([
    ["/room", true],
    ["/health", false],
  ]);
  expect((await backend.open()).webSockets).toBe(1);
  await backend.cut();
  await client.nextClose();
  await backend.forget();
  expect(await backend.arrivals()).toEqual([]);
});
