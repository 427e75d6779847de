import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { PACKAGE_ROOT } from "../../../src/cli/package-root";
import { onCleanup } from "../cleanup";

/** It answers messages, and plain requests as those of a health check are; its name and then its port are told by `startChildBackend`. */
const PROGRAM = `
const { WebSocketServer } = require("ws");
const server = require("node:http").createServer((request, response) => response.end());
new WebSocketServer({ server }).on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data) => socket.send(process.argv[1] + ": " + data));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().once("end", () => process.exit());
`;

/** A backend that is a process of its own, so that it can be killed or stopped. */
export interface ChildBackend {
  readonly address: string;
  signal(name: NodeJS.Signals): void;
}

export async function startChildBackend(name: string): Promise<ChildBackend> {
  const child: ChildProcess = spawn(process.execPath, ["-e", PROGRAM, name], {
    cwd: PACKAGE_ROOT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  onCleanup(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  const [port] = (await once(child.stdout!, "data")) as [Buffer];
  return {
    address: `127.0.0.1:${String(port).trim()}`,
    signal: (signal) => {
      child.kill(signal);
    },
  };
}
