import net from "node:net";
import { startGateway, type Gateway } from "../support/gateway";
import { onCleanup } from "../support/cleanup";
import { say, startRawBackend, staySilent, type Behaviour } from "../support/raw-backend";
import { handshakeBytes, rawRequest } from "../support/raw-request";
import { waitFor } from "../support/wait-for";

const ACCEPT = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

/** Sends a request for `/first` on to `/second`, inside nginx. */
const sendOn: Behaviour = (socket, head) => {
  const redirect = head.startsWith("GET /first ") ? "X-Accel-Redirect: /second\r\n" : "";
  socket.end(`HTTP/1.1 200 OK\r\n${redirect}Content-Length: 6\r\n\r\nserved`);
};

let gateway: Gateway;

async function active(upstream: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/upstreams/${upstream}`);
  return ((await response.json()) as { active: number }).active;
}

beforeAll(async () => {
  const [accepting, redirecting, silent] = [
    await startRawBackend(say(ACCEPT)),
    await startRawBackend(sendOn),
    await startRawBackend(staySilent),
  ];
  const upstream = (address: string) => ({ handshake_timeout: "300ms", peers: [{ address }] });
  gateway = await startGateway({
    config: {
      upstreams: {
        accepting: upstream(accepting.address),
        redirecting: upstream(redirecting.address),
        silent: upstream(silent.address),
      },
      routes: [
        { id: "accepting", path: "/*", upstream: "accepting" },
        { id: "first", path: "/first", upstream: "redirecting" },
        { id: "second", path: "/second", upstream: "redirecting" },
        { id: "silent", path: "/silent", upstream: "silent" },
      ],
    },
  });
});

it("a request that a backend sends to another location holds one slot, and gives it back", async () => {
  const answer = await rawRequest(
    gateway.port,
    "GET /first HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  );
  expect([answer.status, answer.body]).toEqual([200, "served"]);
  await waitFor(async () => (await active("redirecting")) === 0, { what: "no slot is held" });
});

describe("an Upgrade that nginx may see and the gateway may not", () => {
  it("is refused where there are two", async () => {
    for (const other of ["h2c", "", "websocket"]) {
      const second = handshakeBytes("/", { "X-Last": "1" }).replace("X-Last: 1", `Upgrade: ${other}`);
      const first = second.replace("Upgrade: websocket\r\n", `Upgrade: ${other}\r\n`);
      const swapped = first.replace(new RegExp(`Upgrade: ${other}\r\n\r\n$`), "Upgrade: websocket\r\n\r\n");
      for (const bytes of [second, swapped]) {
        const answer = await rawRequest(gateway.port, bytes);
        expect([answer.status, answer.headers["switchboard-error"]]).toEqual([400, "bad_handshake"]);
      }
    }
  });

  it("is refused behind more fields than the gateway reads", async () => {
    const fields = Object.fromEntries(Array.from({ length: 260 }, (_, index) => [`X-${index}`, "1"]));
    const hidden = handshakeBytes("/", { Upgrade: undefined, ...fields, "X-Last": "1" });
    const answer = await rawRequest(gateway.port, hidden.replace("X-Last: 1", "Upgrade: websocket"));
    expect([answer.status, answer.headers["switchboard-error"]]).toEqual([400, "bad_handshake"]);
  });
});

it("a handshake whose body comes late has its whole time from the connect on", async () => {
  const socket = net.connect(gateway.port, "127.0.0.1");
  onCleanup(() => void socket.destroy());
  let received = "";
  socket.on("data", (chunk) => (received += chunk.toString("latin1")));
  socket.write(handshakeBytes("/silent", { "Content-Length": "1" }));
  // The other one came later and is over: so is the time that the first would have had from its first byte on.
  const other = await rawRequest(gateway.port, handshakeBytes("/silent"));
  expect(other.status).toBe(504);
  expect(received).toBe("");
  socket.write("x");
  await waitFor(() => received.startsWith("HTTP/1.1 504 "), { what: "the answer" });
  expect(gateway.errorLog()).not.toContain("is late");
});
