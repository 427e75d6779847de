import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure";
import type { Nginx } from "./find";
import { canConnect } from "./ports";
import { childrenOf, isAlive, signal } from "./processes";
import type { ProcessInfo } from "./processes";

export interface ServerOptions {
  readonly nginx: Nginx;
  /** The prefix, as `makeRunDirectory` made it. */
  readonly directory: string;
  /** It has started when each of these answers on 127.0.0.1. They must be free before. */
  readonly ports: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
}

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 10;

/** A running nginx in the foreground, master and workers. */
export class NginxServer {
  private output = "";
  private readonly ended: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly ports: readonly number[],
  ) {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    this.ended = new Promise((resolve) => {
      child.once("close", () => resolve());
      child.once("error", (error) => {
        this.output += `${error.message}\n`;
        resolve();
      });
    });
  }

  /** Starts it and returns at once. */
  static launch(options: ServerOptions): NginxServer {
    return new NginxServer(spawnNginx(options), options.ports);
  }

  /** @throws Failure with nginx's own reason if it does not start */
  async whenReady(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (const port of this.ports) {
      while (this.isRunning && !(await canConnect(port))) {
        if (Date.now() >= deadline) throw new Failure(`nginx does not answer on port ${port}`);
        await sleep(POLL_MS);
      }
    }
    if (this.isRunning) return;
    await this.ended;
    throw new Failure(`nginx did not start: ${firstError(this.output)}`);
  }

  get pid(): number {
    return this.child.pid!;
  }

  get isRunning(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it wrote to the standard error output. */
  get stderr(): string {
    return this.output;
  }

  /** Resolves when the master has ended, for whatever reason. */
  whenEnded(): Promise<void> {
    return this.ended;
  }

  /** Workers and nginx's other helpers, those that are shutting down too. */
  children(): ProcessInfo[] {
    return this.isRunning ? childrenOf(this.pid) : [];
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) signal(this.pid, name);
  }

  /** Ends it and everything it started, by force after the grace. Open connections are cut. */
  async stop(graceMs = 1_000): Promise<void> {
    if (!this.isRunning) return;
    const pids = [this.pid, ...this.children().map((child) => child.pid)];
    this.signal("SIGTERM");
    if (!(await areGone(pids, graceMs))) {
      for (const pid of pids.filter(isAlive)) signal(pid, "SIGKILL");
      if (!(await areGone(pids, graceMs)))
        throw new Error(`nginx is left running: ${pids.filter(isAlive).join(", ")}`);
    }
    await this.ended;
  }
}

/**
 * In a session of its own, so that Ctrl-C in the terminal reaches the parent alone, and tied to the parent's life where
 * the system's `setpriv` can do that: a parent that is killed leaves no nginx behind on its port.
 */
function spawnNginx({ nginx, directory, env }: ServerOptions): ChildProcess {
  const command = [nginx.executable, "-p", directory, "-c", "conf/nginx.conf", "-g", "daemon off;"];
  const [file, ...args] = canTieToParent() ? ["setpriv", "--pdeathsig", "TERM", "--", ...command] : command;
  return spawn(file!, args, {
    cwd: directory,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
}

function canTieToParent(): boolean {
  return spawnSync("setpriv", ["--pdeathsig", "TERM", "--", "true"]).status === 0;
}

async function areGone(pids: readonly number[], timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (pids.some(isAlive)) {
    if (Date.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** The first line that nginx marks as an error, without its prefix; init_by_lua's message is one. */
function firstError(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const marked = lines.find((line) => /\[(emerg|alert|crit|error)\]/.test(line));
  return (marked ?? lines.at(-1) ?? "no reason given").replace(/^nginx: /, "");
}
