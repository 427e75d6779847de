import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { onCleanup } from "../cleanup";
import { freePort } from "../free-port";
import { waitFor } from "../wait-for";
import type { Arrival, BackendMethods, Setup } from "./backend-process";
import type { Behaviour } from "./behaviour";

/** Its own compiled form where this one is compiled, else the TypeScript. */
const PROCESS_FILE = require.resolve("./backend-process");
const RUN_TYPESCRIPT = path.join(__dirname, "run-typescript.cjs");

export interface FaultyBackendOptions extends Partial<Pick<Setup, "host" | "port" | "tls">> {
  /** Told by the header `Backend` of each 101, and before each echo: `NAME: what was said`. */
  readonly name?: string;
}

const TRIES = 5;

/** A WebSocket server in a process of its own. It stops at the end of the test, or of the file if a `beforeAll` started it. */
export async function startFaultyBackend(options: FaultyBackendOptions = {}): Promise<FaultyBackend> {
  const { name = "backend", host = "127.0.0.1", tls } = options;
  for (let tries = 1; ; tries += 1) {
    const port = options.port ?? (await freePort());
    const backend = new FaultyBackend({ name, host, port, tls });
    onCleanup(() => backend.close());
    try {
      await backend.start();
      return backend;
    } catch (error) {
      await backend.close();
      // Until a process has begun, somebody else may have taken the port that was free.
      const isTaken = options.port === undefined && String(error).includes("EADDRINUSE");
      if (!isTaken || tries === TRIES) throw error;
    }
  }
}

/**
 * A backend that breaks when told to. Each of the faults resolves when it is in force, replaces the one before, and leaves open
 * sockets as they are if it does not say otherwise; `heal` ends whichever it is.
 */
export class FaultyBackend {
  private child: ChildProcess | undefined;
  private isStopped = false;
  private asked = 0;

  constructor(private readonly setup: Setup) {}

  get name(): string {
    return this.setup.name;
  }

  get port(): number {
    return this.setup.port;
  }

  /** For a config: `HOST:PORT`. */
  get address(): string {
    return `${this.setup.host}:${this.setup.port}`;
  }

  get isRunning(): boolean {
    return this.child !== undefined && !this.isStopped;
  }

  /** Another one after `kill` and `heal`. */
  get pid(): number {
    if (this.child?.pid === undefined) throw new Error(`${this.name} does not run`);
    return this.child.pid;
  }

  async start(): Promise<void> {
    const execArgv = PROCESS_FILE.endsWith(".ts") ? ["--require", RUN_TYPESCRIPT] : [];
    this.child = fork(PROCESS_FILE, { execArgv });
    await this.ask("begin", this.setup);
  }

  /** The port is closed: a connect is refused. */
  refuse(): Promise<void> {
    return this.ask("listen", "closed");
  }

  /** SYNs are dropped: a connect gets no answer. */
  blackhole(): Promise<void> {
    return this.ask("listen", "full");
  }

  /** Takes connections, reads the request, and says nothing. */
  silence(): Promise<void> {
    return this.behave({ kind: "silent" });
  }

  /** Answers with what is no HTTP. */
  garbage(): Promise<void> {
    return this.behave({ kind: "garbage" });
  }

  /** A good 101, then a TCP reset. */
  resetAfter101(): Promise<void> {
    return this.behave({ kind: "reset" });
  }

  /** A good 101, then nothing, not even a pong; open sockets get no answers either. */
  mute(): Promise<void> {
    return this.behave({ kind: "mute" });
  }

  /** Answers handshakes and requests as it should, so much later. */
  slow(delayMs: number): Promise<void> {
    return this.behave({ kind: "slow", delayMs });
  }

  /** Answers every handshake and request with this status. */
  status(status: number): Promise<void> {
    return this.behave({ kind: "status", status });
  }

  /** Over TLS: shows the certificate of somebody else. */
  wrongName(): Promise<void> {
    return this.ask("identify", "wrong");
  }

  /** SIGSTOP: the kernel takes connections until the queue is full, and nobody answers. */
  async stop(): Promise<void> {
    process.kill(this.pid, "SIGSTOP");
    this.isStopped = true;
    const stat = `/proc/${this.pid}/stat`;
    await waitFor(() => readFileSync(stat, "utf8").includes(") T "), { what: `${this.name} to stop` });
  }

  /** SIGCONT: it answers what came meanwhile. */
  cont(): void {
    process.kill(this.pid, "SIGCONT");
    this.isStopped = false;
  }

  /** SIGKILL: the kernel closes the port and every socket. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    this.child = undefined;
    this.isStopped = false;
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    if (!hasEnded) await ended;
  }

  /** Ends the fault, whichever it is; resolves when it serves again. One that was killed is started anew on its port. */
  async heal(): Promise<void> {
    if (this.child === undefined) return this.start();
    if (this.isStopped) this.cont();
    await this.ask("listen", "open");
    await this.behave({ kind: "healthy" });
    await this.ask("identify", "right");
  }

  /** Further headers of every 101 and 200, e.g. what an agent says. */
  say(headers: Readonly<Record<string, string>>): Promise<void> {
    return this.ask("say", headers);
  }

  /** The requests that reached it since it was started or made to forget, probes too, in order. */
  arrivals(): Promise<readonly Arrival[]> {
    return this.ask("arrivals", undefined);
  }

  forget(): Promise<void> {
    return this.ask("forget", undefined);
  }

  /** How many connections it has, and how many healthy WebSockets among them. */
  open(): Promise<{ connections: number; webSockets: number }> {
    return this.ask("open", undefined);
  }

  /** Cuts everything that is open. */
  cut(): Promise<void> {
    return this.ask("cut", undefined);
  }

  /** Ends its process. A second call does nothing. */
  close(): Promise<void> {
    return this.kill();
  }

  private behave(behaviour: Behaviour): Promise<void> {
    return this.ask("behave", behaviour);
  }

  private async ask<K extends keyof BackendMethods>(
    method: K,
    argument: Parameters<BackendMethods[K]>[0],
  ): Promise<Awaited<ReturnType<BackendMethods[K]>>> {
    const { child } = this;
    if (child === undefined || this.isStopped)
      throw new Error(`${this.name} cannot ${method}: it does not run`);
    this.asked += 1;
    const reply = replyTo(child, this.asked);
    child.send({ id: this.asked, method, argument });
    const { result, error } = await reply;
    if (error !== undefined) throw new Error(`${this.name} cannot ${method}: ${error}`);
    return result as Awaited<ReturnType<BackendMethods[K]>>;
  }
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

function replyTo(child: ChildProcess, id: number): Promise<Reply> {
  return new Promise((resolve) => {
    const end = (reply: Reply): void => {
      child.off("message", read).off("exit", lose);
      resolve(reply);
    };
    const read = (reply: unknown): void => {
      if ((reply as Reply).id === id) end(reply as Reply);
    };
    const lose = (): void => end({ id, error: "its process has ended" });
    child.on("message", read).once("exit", lose);
  });
}
