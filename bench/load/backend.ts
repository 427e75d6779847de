import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "./helper";
import { STREAM_MESSAGE_BYTES } from "./stream-message";
import { controlFrame, handshakeAnswer, HEAD_END, readClientFrame, serverFrame } from "./web-socket";

/**
 * The WebSocket server behind every proxy: it echoes each message, and to a request for `/stream/COUNT` it sends so many
 * messages of `STREAM_MESSAGE_BYTES` by itself.
 */
const POLL_MS = 2;
const CLOSE = 0x8;
const PONG = 0xa;
const connections = new Set<net.Socket>();
const streamFrame = serverFrame(Buffer.alloc(STREAM_MESSAGE_BYTES, "s"));

const methods = {
  /** Ports of a proxy's own, so that none meets the closed connections of another. */
  async listen({ count }: { count: number }): Promise<number[]> {
    return Promise.all(Array.from({ length: count }, listen));
  },

  /** Ports on every address of the loopback network, for probes: a WebSocket that answers pings, and a page for the rest. */
  async listenWide({ count }: { count: number }): Promise<number[]> {
    return Promise.all(Array.from({ length: count }, () => listenOn("0.0.0.0", acceptProbe)));
  },

  /** How many connections are open on each of the ports, as soon as they are so many together. */
  async countsOf(work: { ports: readonly number[]; total: number; timeoutMs: number }): Promise<number[]> {
    const deadline = Date.now() + work.timeoutMs;
    let counts = work.ports.map(openOn);
    while (sum(counts) !== work.total) {
      if (Date.now() >= deadline)
        throw new Error(`the backends have ${sum(counts)} connections, not ${work.total}`);
      await sleep(POLL_MS);
      counts = work.ports.map(openOn);
    }
    return counts;
  },

  /** Resolves when so many connections are open on each of the ports. */
  async whenCountsAre(work: {
    ports: readonly number[];
    expected: readonly number[];
    timeoutMs: number;
  }): Promise<void> {
    const deadline = Date.now() + work.timeoutMs;
    for (;;) {
      const counts = work.ports.map(openOn);
      if (counts.every((count, index) => count === work.expected[index])) return;
      if (Date.now() >= deadline)
        throw new Error(
          `the backends have ${counts.join(", ")} connections, not ${work.expected.join(", ")}`,
        );
      await sleep(POLL_MS);
    }
  },

  /** Resolves when no connection is open. */
  async settle({ timeoutMs }: { timeoutMs: number }): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (connections.size > 0) {
      if (Date.now() >= deadline) throw new Error(`${connections.size} connections to the backend stay open`);
      await sleep(POLL_MS);
    }
  },
};

export type BackendMethods = typeof methods;

function listen(): Promise<number> {
  return listenOn("127.0.0.1", accept);
}

async function listenOn(host: string, onConnection: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer({ noDelay: true }, onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: 0, host, backlog: 4096 }, resolve);
  });
  return (server.address() as net.AddressInfo).port;
}

function openOn(port: number): number {
  let count = 0;
  for (const { localPort } of connections) if (localPort === port) count += 1;
  return count;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function accept(socket: net.Socket): void {
  connections.add(socket);
  socket.once("close", () => connections.delete(socket));
  socket.once("error", () => socket.destroy());
  let head = "";
  const readHead = (chunk: Buffer): void => {
    head += chunk.toString("latin1");
    if (!head.endsWith(HEAD_END)) return;
    socket.off("data", readHead);
    socket.write(handshakeAnswer(head));
    const streamed = /^GET \/stream\/(\d+) /.exec(head)?.[1];
    if (streamed === undefined) echo(socket);
    else stream(socket, Number(streamed));
  };
  socket.on("data", readHead);
}

function echo(socket: net.Socket): void {
  let received: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    for (let frame = readClientFrame(received); frame !== undefined; frame = readClientFrame(received)) {
      if (frame.opcode === CLOSE) return void socket.end(controlFrame(CLOSE, frame.payload));
      socket.write(serverFrame(frame.payload));
      received = frame.rest;
    }
  });
}

const PAGE =
  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";

function acceptProbe(socket: net.Socket): void {
  socket.once("error", () => socket.destroy());
  let isUpgraded = false;
  socket.on("data", (chunk) => {
    if (isUpgraded) {
      const frame = readClientFrame(chunk);
      if (frame === undefined) return;
      if (frame.opcode === CLOSE) socket.end(controlFrame(CLOSE, frame.payload));
      else socket.write(controlFrame(PONG, frame.payload));
      return;
    }
    const head = chunk.toString("latin1");
    isUpgraded = /^upgrade:/im.test(head);
    if (isUpgraded) socket.write(handshakeAnswer(head));
    else socket.end(PAGE);
  });
}

function stream(socket: net.Socket, count: number): void {
  let left = count;
  const send = (): void => {
    while (left > 0) {
      left -= 1;
      if (!socket.write(streamFrame)) return;
    }
  };
  socket.on("drain", send);
  socket.resume();
  send();
}

serve(methods);
