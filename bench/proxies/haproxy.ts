import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../src/cli/failure";
import { canConnect } from "../../src/cli/nginx/ports";
import { freePort } from "../../spec/support/free-port";
import type { Proxy, RunningProxy } from "./proxy";

const POLL_MS = 10;

/** HAProxy's version; `undefined` where it is not installed. */
export function haproxyVersion(): string | undefined {
  const { status, stdout } = spawnSync("haproxy", ["-v"], { encoding: "utf8" });
  return status === 0 ? /version (\S+)/.exec(stdout)?.[1] : undefined;
}

export const haproxy: Proxy = {
  name: "haproxy",
  async start(backendPort) {
    const port = await freePort();
    const directory = mkdtempSync(path.join(os.tmpdir(), "switchboard-bench-"));
    const file = path.join(directory, "haproxy.cfg");
    writeFileSync(file, conf(port, backendPort));
    const child = spawn("haproxy", ["-db", "-q", "-f", file], { stdio: ["ignore", "inherit", "inherit"] });
    const ended = once(child, "exit");
    const stop: RunningProxy["stop"] = async () => {
      child.kill("SIGKILL");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    };
    while (!(await canConnect(port))) {
      if (child.exitCode !== null) {
        await stop();
        throw new Failure("haproxy did not start");
      }
      await sleep(POLL_MS);
    }
    return { port, workerPid: child.pid!, stop };
  },
};

function conf(port: number, backendPort: number): string {
  return `
global
    nbthread 1
    maxconn 9000
defaults
    mode http
    timeout connect 2s
    timeout client 1h
    timeout server 1h
    timeout tunnel 1h
frontend clients
    bind 127.0.0.1:${port}
    default_backend websocket
backend websocket
    server a 127.0.0.1:${backendPort}
`;
}
