import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import net from "node:net";
import { onCleanup } from "./cleanup";
import { freePort } from "./free-port";
import { waitFor } from "./wait-for";

const LISTEN = `require("node:net").createServer().listen({ port: +process.argv[1], host: "127.0.0.1", backlog: 1 })`;

/** A port whose queue is full because the process that listens on it is stopped: a connect to it gets no answer. */
export async function startStuckPort(): Promise<number> {
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
