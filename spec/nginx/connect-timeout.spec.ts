import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import net from "node:net";
import { onCleanup } from "../support/cleanup";
import { connectRefused } from "../support/client";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import { whenNothingIsCounted } from "../support/admin";
import { waitFor } from "../support/wait-for";

const LISTEN = `require("node:net").createServer().listen({ port: +process.argv[1], host: "127.0.0.1", backlog: 1 })`;

/** A port whose queue is full because the process that listens on it is stopped: a connect to it gets no answer. */
async function startStuckPort(): Promise<number> {
  const port = await freePort();
  const listener = spawn(process.execPath, ["-e", LISTEN, `${port}`], { stdio: "ignore" });
  onCleanup(() => void listener.kill("SIGKILL"));
  await waitFor(() => canConnect(port), { what: "the listener" });
  listener.kill("SIGSTOP");
  await waitFor(() => isStopped(listener), { what: "the listener to be stopped" });
  await waitFor(async () => !(await canConnect(port)), { what: "the queue to be full" });
  return port;
}

function isStopped(child: ChildProcess): boolean {
  return /\) T /.test(readFileSync(`/proc/${child.pid}/stat`, "utf8"));
}

/** Leaves the connection in the queue. */
function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    onCleanup(() => void socket.destroy());
    socket.setTimeout(200, () => resolve(false));
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
}

it("a connect that is not answered ends as 504 handshake_timeout after connect_timeout", async () => {
  const port = await startStuckPort();
  const gateway = await startGateway({
    config: {
      upstreams: {
        stuck: {
          connect_timeout: "300ms",
          handshake_timeout: "10s",
          peers: [{ address: `127.0.0.1:${port}` }],
        },
      },
      routes: [{ id: "all", upstream: "stuck" }],
    },
  });
  const startedAt = performance.now();
  const { status, headers } = await connectRefused(gateway.url());
  const tookMs = performance.now() - startedAt;
  expect([status, headers["switchboard-error"]]).toEqual([504, "handshake_timeout"]);
  expect(tookMs).toBeGreaterThanOrEqual(290);
  expect(tookMs).toBeLessThan(3000);
  await whenNothingIsCounted(gateway);
});
