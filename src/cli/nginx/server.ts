import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure";
import type { Nginx } from "./find";
import { canConnect } from "./ports";
import { childrenOf, processesIn, signal } from "./processes";
import type { ProcessInfo } from "./processes";

export interface ServerOptions {
  readonly nginx: Nginx;
  /** The prefix, as `makeRunDirectory` made it. */
  readonly directory: string;
  /** It has started when each of these answers on 127.0.0.1. They must be free before. */
  readonly ports: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
  /** A program that becomes nginx, with its arguments: `nsenter`, say. */
  readonly through?: readonly string[];
}

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 10;

/** A running nginx in the foreground, master and workers. */
export class NginxServer {
  private output = "";
  /** The master is gone; orphaned workers may be left. */
  private readonly ended: Promise<void>;
  /** Nobody is left who could write to `output`. */
  private readonly silent: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    private readonly ports: readonly number[],
  ) {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    child.once("error", (error) => (this.output += `${error.message}\n`));
    this.ended = new Promise((resolve) => child.once("exit", () => resolve()).once("error", () => resolve()));
    this.silent = new Promise((resolve) => child.once("close", () => resolve()));
  }

  /** Starts it and returns at once. */
  static launch(options: ServerOptions): NginxServer {
    return new NginxServer(spawnNginx(options), options.directory, options.ports);
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
    await this.silent;
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
    // Its workers run in its folder too, and so they are found even if the master was killed.
    const orphans = this.isRunning ? [] : processesIn(this.directory);
    for (const pid of orphans) signal(pid, "SIGTERM");
    this.signal("SIGTERM");
    if (await this.areAllGone(graceMs)) return;
    for (const pid of processesIn(this.directory)) signal(pid, "SIGKILL");
    if (await this.areAllGone(graceMs)) return;
    throw new Error(`nginx is left running: ${processesIn(this.directory).join(", ")}`);
  }

  private async areAllGone(timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    // It waits for its workers, and to look through all processes meanwhile would take time from them.
    const timer = new AbortController();
    await Promise.race([this.ended, sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    while (processesIn(this.directory).length > 0) {
      if (Date.now() >= deadline) return false;
      await sleep(POLL_MS);
    }
    await this.ended;
    return true;
  }
}

/**
 * In a session of its own, so that Ctrl-C in the terminal reaches the parent alone, and tied to the parent's life where
 * the system's `setpriv` can do that: a parent that is killed leaves no nginx behind on its port.
 */
function spawnNginx({ nginx, directory, env, through = [] }: ServerOptions): ChildProcess {
  const command = [
    ...through,
    nginx.executable,
    "-p",
    directory,
    "-c",
    "conf/nginx.conf",
    "-g",
    "daemon off;",
  ];
  const [file, ...args] = canTieToParent() ? ["setpriv", "--pdeathsig", "TERM", "--", ...command] : command;
  return spawn(file!, args, {
    cwd: directory,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
}

let hasSetpriv: boolean | undefined;

function canTieToParent(): boolean {
  hasSetpriv ??= spawnSync("setpriv", ["--pdeathsig", "TERM", "--", "true"]).status === 0;
  return hasSetpriv;
}

/** The first line that nginx marks as an error, without time and process; init_by_lua's message is one. */
function firstError(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const marked = lines.find((line) => /\[(emerg|alert|crit|error)\]/.test(line));
  const line = marked ?? lines.at(-1) ?? "no reason given";
  return line.replace(/^(nginx:|[\d/]+ [\d:]+) /, "").replace(/(?<=\]) \d+#\d+:/, "");
}
