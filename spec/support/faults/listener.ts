import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readSync } from "node:fs";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** `open` accepts, `closed` refuses, `full` drops every SYN: a connect to it gets no answer at all. */
export type ListenerState = "open" | "closed" | "full";

const OPEN_BACKLOG = 4096;
/** The kernel queues one more than this, then drops. Node takes 0 for its default. */
const FULL_BACKLOG = 1;
const LISTEN = "0A";
const POLL_MS = 5;
const FILL_MS = 15_000;
const CHUNK_BYTES = 65_536;

/** A port that can be closed and filled up while the connections that came through it stay as they are. */
export class Listener {
  private state: ListenerState = "closed";
  private server: net.Server | undefined;
  /** Has the full queue's socket and never accepts from it. */
  private holder: ChildProcess | undefined;
  private fillers: net.Socket[] = [];

  constructor(
    private readonly port: number,
    private readonly host: string,
    private readonly onConnection: (socket: net.Socket) => void,
  ) {}

  /** Resolves when it is so. */
  async turn(state: ListenerState): Promise<void> {
    if (state === this.state) return;
    await this.end();
    if (state === "open") this.server = await this.listen(OPEN_BACKLOG, this.onConnection);
    if (state === "full") await this.fill();
    this.state = state;
  }

  private async listen(backlog: number, onConnection?: (socket: net.Socket) => void): Promise<net.Server> {
    const server = net.createServer({ noDelay: true }, onConnection);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: this.port, host: this.host, backlog }, resolve);
    });
    return server;
  }

  /**
   * Gives the listening socket to a process that does not know of it, before this one has accepted anything, and fills its
   * queue. The process ends with its standard input, so that it cannot outlive this one.
   */
  private async fill(): Promise<void> {
    const server = await this.listen(FULL_BACKLOG);
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    this.holder = spawn("cat", [], { stdio: ["pipe", "ignore", "ignore", fd] });
    server.close();
    await once(this.holder, "spawn");
    const deadline = Date.now() + FILL_MS;
    while (this.queued() <= FULL_BACKLOG) {
      if (Date.now() > deadline) throw new Error(`the queue of port ${this.port} does not fill up`);
      this.fillers = this.fillers.filter((filler) => !filler.destroyed);
      if (this.fillers.length <= FULL_BACKLOG) this.addFiller();
      await sleep(POLL_MS);
    }
  }

  private addFiller(): void {
    const filler = net.connect(this.port, this.host);
    filler.on("error", () => filler.destroy());
    this.fillers.push(filler);
  }

  /** Connections that wait to be accepted: of a socket that listens, the kernel shows them as its receive queue. */
  private queued(): number {
    const local = `${hexOf(this.host)}:${this.port.toString(16).toUpperCase().padStart(4, "0")}`;
    const own = listeners().find(([, address]) => address === local);
    return own === undefined ? 0 : Number.parseInt(own[4]!.split(":")[1]!, 16);
  }

  private async end(): Promise<void> {
    this.server?.close();
    this.server = undefined;
    const { holder } = this;
    this.holder = undefined;
    if (holder !== undefined) {
      holder.kill("SIGKILL");
      await once(holder, "exit");
    }
    for (const filler of this.fillers) filler.destroy();
    this.fillers = [];
  }
}

/**
 * The fields of each socket that listens. The kernel lists these first; of the others, which may be a hundred thousand after a
 * load, nothing is read.
 */
function listeners(): string[][] {
  const file = openSync("/proc/net/tcp", "r");
  try {
    let text = "";
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const bytes = readSync(file, chunk);
      text += chunk.toString("latin1", 0, bytes);
      const sockets = text
        .split("\n")
        .slice(1, -1)
        .map((line) => line.trim().split(/\s+/));
      if (bytes === 0 || sockets.some(([, , , state]) => state !== LISTEN))
        return sockets.filter(([, , , state]) => state === LISTEN);
    }
  } finally {
    closeSync(file);
  }
}

/** As `/proc/net/tcp` writes an address: the bytes in the order of this machine, which is taken to be a little-endian one. */
function hexOf(host: string): string {
  const bytes = host.split(".").map(Number).reverse();
  return Buffer.from(bytes).toString("hex").toUpperCase();
}
