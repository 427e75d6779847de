import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { Failure } from "../../failure";

export interface BackendSettings {
  readonly name: string;
  readonly port: number;
  /** How often it says something by itself to each of its clients, in milliseconds. */
  readonly ownEveryMs: number;
  /** In how many frames it sends every seventh message. */
  readonly pieces: number;
  /** For the Node that runs it. */
  readonly execArgv?: readonly string[];
}

/** A connection that has begun or, with how many messages it sent there, ended. */
interface VisitReport {
  readonly visit: string;
  readonly sent?: number;
}

const PROCESS_FILE = path.join(
  __dirname,
  path.basename(__filename).replace("restartable-backend", "backend"),
);

/** A backend whose process can be ended and started again on the same port. */
export class RestartableBackend {
  private child: ChildProcess | undefined;
  private isClosed = false;
  restarts = -1;
  /** By the visit: what it sent. A process that is killed tells nothing of the visits it had then. */
  readonly sentOnVisits = new Map<string, number>();
  /** Those of the process that runs. */
  readonly openVisits = new Set<string>();

  constructor(readonly settings: BackendSettings) {}

  get name(): string {
    return this.settings.name;
  }

  get address(): string {
    return `127.0.0.1:${this.settings.port}`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    if (this.isClosed) throw new Failure(`backend ${this.name} is closed`);
    const { port, name, ownEveryMs, pieces, execArgv = [] } = this.settings;
    // Detached: Ctrl-C reaches whoever started it alone.
    const child = fork(PROCESS_FILE, [`${port}`, name, `${ownEveryMs}`, `${pieces}`], {
      detached: true,
      execArgv: [...execArgv],
    });
    this.child = child;
    this.openVisits.clear();
    await new Promise<void>((resolve, reject) => {
      child.on("message", (message: { readonly isListening: true } | VisitReport) => {
        if ("visit" in message) this.note(message);
        else resolve();
      });
      child.once("exit", () => reject(new Failure(`backend ${name} did not start on port ${port}`)));
      child.once("error", reject);
    });
    this.restarts += 1;
  }

  /** Ends its process; the kernel closes the port and resets what is open. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  private note({ visit, sent }: VisitReport): void {
    if (sent === undefined) {
      this.openVisits.add(visit);
      return;
    }
    this.openVisits.delete(visit);
    this.sentOnVisits.set(visit, sent);
  }

  /** For good. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.kill();
  }
}
