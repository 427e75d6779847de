import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import type { ClientOptions } from "ws";
import { onCleanup } from "./cleanup";

export interface CloseEvent {
  readonly code: number;
  readonly reason: string;
}

/** A plain HTTP answer to a handshake. */
export interface Refusal {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface ConnectOptions extends ClientOptions {
  readonly protocols?: readonly string[];
}

const WAIT_MS = 10_000;

/** A client whose handshake has succeeded. */
export class Client {
  private readonly received: string[] = [];
  private readonly waiting: ((text: string) => void)[] = [];
  private readonly closed: Promise<CloseEvent>;

  constructor(
    readonly socket: WebSocket,
    /** The 101, with its headers. */
    readonly response: IncomingMessage,
  ) {
    socket.on("message", (data) => this.deliver(String(data)));
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  send(data: string | Buffer): void {
    this.socket.send(data);
  }

  /** The next message that nobody took yet, as text. */
  nextMessage(timeoutMs = WAIT_MS): Promise<string> {
    const ready = this.received.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return within(timeoutMs, "a message", new Promise((resolve) => this.waiting.push(resolve)));
  }

  /** Sends and returns the next message: for backends that answer each one. */
  ask(text: string): Promise<string> {
    this.send(text);
    return this.nextMessage();
  }

  /** How the socket closed; code 1006 if without a Close frame. */
  nextClose(timeoutMs = WAIT_MS): Promise<CloseEvent> {
    return within(timeoutMs, "the close", this.closed);
  }

  async close(code = 1000): Promise<CloseEvent> {
    this.socket.close(code);
    return this.nextClose();
  }

  private deliver(text: string): void {
    const waiter = this.waiting.shift();
    if (waiter === undefined) this.received.push(text);
    else waiter(text);
  }
}

/** Connects, or throws an error that tells the status of the refusal. */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Client> {
  const outcome = await open(url, options);
  if (outcome instanceof Client) return outcome;
  throw new Error(`${url}: ${outcome.status} ${outcome.body}`);
}

/** For a handshake that must be refused. */
export async function connectRefused(url: string, options: ConnectOptions = {}): Promise<Refusal> {
  const outcome = await open(url, options);
  if (!(outcome instanceof Client)) return outcome;
  throw new Error(`${url}: expected a refusal, got a 101`);
}

/** For a handshake that may end either way. */
export function open(
  url: string,
  { protocols = [], ...options }: ConnectOptions = {},
): Promise<Client | Refusal> {
  const socket = new WebSocket(url, [...protocols], options);
  onCleanup(() => socket.terminate());
  const outcome = new Promise<Client | Refusal>((resolve, reject) => {
    socket.once("upgrade", (response) => {
      const client = new Client(socket, response);
      socket.once("open", () => resolve(client));
    });
    socket.once("unexpected-response", (_request, response) => {
      readBody(response).then(
        (body) => resolve({ status: response.statusCode!, headers: response.headers, body }),
        reject,
      );
    });
    socket.on("error", reject);
  });
  return within(WAIT_MS, `the handshake with ${url}`, outcome);
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function within<T>(timeoutMs: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms for ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
