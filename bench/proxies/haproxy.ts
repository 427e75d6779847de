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

export const haproxy = haproxyWith({ name: "haproxy", threads: 1, balance: "roundrobin" });

interface Setup {
  readonly name: string;
  readonly threads: number;
  /** The name of its algorithm. */
  readonly balance: string;
}

export function haproxyWith(setup: Setup): Proxy {
  return {
    name: setup.name,
    async start(_, backendPorts) {
      const port = await freePort();
      return launch(port, conf(port, setup, backendPorts));
    },
  };
}

async function launch(port: number, config: string): Promise<RunningProxy> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "switchboard-bench-"));
  const file = path.join(directory, "haproxy.cfg");
  writeFileSync(file, config);
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
}

function conf(port: number, { threads, balance }: Setup, backendPorts: readonly number[]): string {
  const servers = backendPorts.map((backendPort, index) => `    server s${index} 127.0.0.1:${backendPort}`);
  return `
global
    nbthread ${threads}
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
    balance ${balance}
${servers.join("\n")}
`;
}
