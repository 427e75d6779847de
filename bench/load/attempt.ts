import net from "node:net";
import { clientFrame, handshakeRequest, HEAD_END, isAccepted } from "./web-socket";

/** How a handshake with one message after it went. Times are since the epoch. */
export interface Attempt {
  readonly startMs: number;
  readonly endMs: number;
  /** Who answered, by its header `Backend`; `""`: nobody. */
  readonly backend: string;
  /** What the client saw in place of its message; absent: it came back. */
  readonly failure?: string;
}

/** By the paths of their requests, backends tell the clients of the load from probes. */
export const LOAD_PATH = "/load";

/** Until a client that waits for anything leaves. */
const PATIENCE_MS = 5_000;
const MESSAGE = clientFrame(Buffer.from("hello"));

/** A connection whose handshake is on its way; it never rejects. */
export class AttemptedSocket {
  private head = "";
  private end: (failure?: string) => void = () => undefined;
  private step = "no 101";
  backend = "";

  readonly socket: net.Socket;

  constructor(private readonly port: number) {
    this.socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("error", (error: NodeJS.ErrnoException) => this.end(`${this.step}: ${error.code}`));
    this.socket.on("close", () => this.end(`${this.step}: closed`));
  }

  /** Resolves when a message has come back, or with what came in its place. */
  async talk(): Promise<string | undefined> {
    const timer = setTimeout(() => this.end(`${this.step}: nothing for 5 s`), PATIENCE_MS);
    const failure = await new Promise<string | undefined>((resolve) => {
      this.end = resolve;
      this.socket.on("data", (chunk) => this.read(chunk));
      this.socket.write(handshakeRequest(this.port, LOAD_PATH, "program"));
    });
    clearTimeout(timer);
    this.end = () => undefined;
    this.socket.removeAllListeners("data").resume();
    return failure;
  }

  private read(chunk: Buffer): void {
    // The message that comes back is the first thing after the head.
    if (this.step === "no echo") return this.end();
    this.head += chunk.toString("latin1");
    const headEnd = this.head.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.head.slice(0, headEnd + HEAD_END.length);
    if (!isAccepted(head)) return this.end(`no 101: ${describeAnswer(head)}`);
    this.backend = /^backend: *(\S+)/im.exec(head)?.[1] ?? "";
    this.step = "no echo";
    this.socket.write(MESSAGE);
  }
}

function describeAnswer(head: string): string {
  return /^HTTP\/1\.\d (\d{3})/.exec(head)?.[1] ?? "no HTTP";
}

/** Opens, has a message back, closes. */
export async function attempt(port: number): Promise<Attempt> {
  const startMs = Date.now();
  const attempted = new AttemptedSocket(port);
  const failure = await attempted.talk();
  const endMs = Date.now();
  attempted.socket.end();
  if (failure !== undefined) attempted.socket.destroy();
  return { startMs, endMs, backend: attempted.backend, failure };
}
