import { readFileSync } from "node:fs";
import http from "node:http";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { onCleanup } from "../support/cleanup";
import { connect } from "../support/client";
import { routedByName } from "../support/documents";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { temporaryFolder } from "../support/temporary-folder";
import { waitFor } from "../support/wait-for";

const KEEPALIVE = "02";
const TICKS_PER_S = 100;

let backend: Backend;
let gateway: Gateway;
let held: http.ServerResponse | undefined;

beforeAll(async () => {
  backend = await startBackend({ onHttp: (_request, response) => (held = response) });
  const unix = await startBackend({ socketPath: `${temporaryFolder()}/backend.sock` });
  const peers = [{ id: "a", address: backend.address }];
  gateway = await startGateway({
    config: routedByName({
      minute: { peers, tcp_timeout: "60s" },
      hours: { peers, tcp_timeout: "3h" },
      never: { peers, tcp_timeout: "0s" },
      unix: { peers: [{ id: "a", address: unix.address }] },
    }),
  });
});

/**
 * When the kernel asks next whether the far side of a connection is there, as `/proc/net/tcp` has it; `undefined` where it is not to
 * ask, 0 while something is under way.
 */
function keepaliveS(localPort: number, remotePort: number): number | undefined {
  const ends = [localPort, remotePort].map((port) => `:${port.toString(16).toUpperCase().padStart(4, "0")}`);
  for (const line of readFileSync("/proc/net/tcp", "latin1").split("\n")) {
    const [, local = "", remote = "", state, , timer = ""] = line.trim().split(/\s+/);
    if (state === "01" && local.endsWith(ends[0]!) && remote.endsWith(ends[1]!)) {
      const [kind, ticks = "0"] = timer.split(":");
      if (kind === "00") return undefined;
      return kind === KEEPALIVE ? Number.parseInt(ticks, 16) / TICKS_PER_S : 0;
    }
  }
  return 0;
}

/** Of the connection to the backend of an open WebSocket, as soon as nothing is under way. */
async function keepaliveOfSession(path: string): Promise<number | undefined> {
  const before = backend.requests.length;
  const client = await connect(gateway.url(path));
  await client.ask("hello");
  const { remotePort } = backend.requests[before]!.socket;
  const upstream = await waitFor(() => settled(keepaliveS(remotePort!, backend.port)), { what: "silence" });
  await client.close();
  return upstream.seconds;
}

function settled(seconds: number | undefined): { seconds?: number } | undefined {
  return seconds === 0 ? undefined : { seconds };
}

it("asks the backend of an open WebSocket after a third of tcp_timeout", async () => {
  const upstream = await keepaliveOfSession("/minute/");
  expect(upstream).toBeGreaterThan(10);
  expect(upstream).toBeLessThanOrEqual(23);
});

it("asks nothing where it is 0s", async () => {
  expect(await keepaliveOfSession("/never/")).toBeUndefined();
});

it("asks as often as the upstream of the session says, whichever had one before", async () => {
  expect(await keepaliveOfSession("/hours/")).toBeGreaterThan(3000);
  expect(await keepaliveOfSession("/minute/")).toBeLessThan(30);
});

it("leaves the connection of a plain request as it is", async () => {
  const before = backend.requests.length;
  const request = http.get({ port: gateway.port, host: "127.0.0.1", path: "/minute/" });
  request.on("error", () => undefined);
  onCleanup(() => void request.destroy());
  await waitFor(() => held !== undefined, { what: "the request to arrive" });
  const { remotePort } = backend.requests[before]!.socket;
  const { seconds } = await waitFor(() => settled(keepaliveS(remotePort!, backend.port)), {
    what: "silence",
  });
  expect(seconds).toBeUndefined();
});

it("says nothing of a unix socket, which has no network to lose", async () => {
  const client = await connect(gateway.url("/unix/"));
  expect(await client.ask("hello")).toContain("hello");
  expect(gateway.errorLog()).not.toContain("tcp_timeout");
});
