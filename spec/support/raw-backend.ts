import net from "node:net";
import { onCleanup } from "./cleanup";

/** What a misbehaving backend does with a connection once a whole request head has arrived. */
export type Behaviour = (socket: net.Socket, requestHead: string) => void;

export interface RawBackend {
  readonly port: number;
  readonly address: string;
  /** The heads of the requests that reached it. */
  readonly requestHeads: string[];
  /** Connections that are open now. */
  readonly connections: Set<net.Socket>;
  close(): Promise<void>;
}

/** Accepts and never says a word. */
export const staySilent: Behaviour = () => undefined;

export const closeAtOnce: Behaviour = (socket) => socket.destroy();

/** Says exactly these bytes (one character each) and keeps the connection open. */
export const say =
  (bytes: string): Behaviour =>
  (socket) =>
    socket.write(Buffer.from(bytes, "latin1"));

export const sayAndClose =
  (bytes: string): Behaviour =>
  (socket) =>
    socket.end(Buffer.from(bytes, "latin1"));

export const answer = (status: number, body = ""): Behaviour =>
  sayAndClose(`HTTP/1.1 ${status} Status\r\nContent-Length: ${body.length}\r\n\r\n${body}`);

/** An upgrade whose `Sec-WebSocket-Accept` answers no key. */
export const acceptWrongly: Behaviour = say(
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
);

/** Says the bytes one by one. */
export const drip =
  (bytes: string, intervalMs: number): Behaviour =>
  (socket) => {
    let sent = 0;
    const timer = setInterval(() => {
      if (sent < bytes.length) socket.write(Buffer.from(bytes[sent]!, "latin1"));
      sent += 1;
    }, intervalMs);
    socket.once("close", () => clearInterval(timer));
  };

/**
 * A TCP server that behaves as told, for everything that a real WebSocket server would never do.
 * @param allowHalfOpen it goes on to send when its far side has ended
 */
export async function startRawBackend(
  behaviour: Behaviour,
  { port = 0, allowHalfOpen = false } = {},
): Promise<RawBackend> {
  const connections = new Set<net.Socket>();
  const requestHeads: string[] = [];
  const server = net.createServer({ allowHalfOpen }, (socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
    socket.on("error", () => socket.destroy());
    onHead(socket, (head) => {
      requestHeads.push(head);
      behaviour(socket, head);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const close = async (): Promise<void> => {
    for (const socket of connections) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  onCleanup(close);
  const taken = (server.address() as net.AddressInfo).port;
  return { port: taken, address: `127.0.0.1:${taken}`, requestHeads, connections, close };
}

function onHead(socket: net.Socket, found: (head: string) => void): void {
  let received = "";
  const read = (chunk: Buffer): void => {
    received += chunk.toString("latin1");
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) return;
    socket.off("data", read);
    socket.resume();
    found(received.slice(0, end + 4));
  };
  socket.on("data", read);
}
