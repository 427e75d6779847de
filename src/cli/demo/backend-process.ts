import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { Failure } from "../failure";

/** One backend of the demo. What it prints is shown with its port in front. */
export class BackendProcess {
  private readonly child: ChildProcess;
  private readonly started: Promise<void>;
  private isStopping = false;

  constructor(readonly port: number) {
    // Detached: Ctrl-C reaches the demo alone, which then stops everything in order.
    const options = { detached: true, stdio: ["ignore", "pipe", "inherit", "ipc"] as const };
    this.child = fork(path.join(__dirname, "backend.js"), [`${port}`], {
      ...options,
      stdio: [...options.stdio],
    });
    this.started = new Promise((resolve, reject) => {
      createInterface({ input: this.child.stdout! }).on("line", (line) => {
        console.log(`[${port}] ${line}`);
        resolve();
      });
      this.child.once("exit", () => {
        reject(new Failure(`the backend on port ${port} did not start`));
        if (!this.isStopping) console.log(`[${port}] ended`);
      });
    });
  }

  whenStarted(): Promise<void> {
    return this.started;
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }
}
