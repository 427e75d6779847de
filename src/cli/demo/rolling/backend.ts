/**
 * A backend of the rolling restart, as a process of its own: `node backend.js PORT NAME OWN_EVERY_MS PIECES`. It checks and acknowledges
 * every message, sends messages of its own, and tells its parent of each connection, and of how many messages it has sent when it ends.
 */
import type { IncomingMessage } from "node:http";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { BACKEND_TOPIC, CLIENT_TOPIC, decode, encode, kindOf, sendInPieces, sizeOf } from "./message";

const [port, name, ownEveryMs, pieces] = process.argv.slice(2) as [string, string, string, string];

/** Its own messages are small: what a server has not handed to the kernel when it is told to close never arrives. */
const LARGEST_OWN_BYTES = 2_000;
const RESUME = "switchboard-resume";

/** One connection. Its messages are counted from 0. */
class Visit {
  private sent = 0;
  private isOver = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly id: string,
    request: IncomingMessage,
  ) {
    const resume = request.headers[RESUME] ?? "-";
    process.send?.({ visit: this.id });
    this.send(`${BACKEND_TOPIC.hello} ${name} ${id} ${String(resume)}`, 0);
    socket.on("message", (data: Buffer, isBinary) => this.take(data, isBinary));
    socket.on("error", () => socket.terminate());
    socket.once("close", () => process.send?.({ visit: this.id, sent: this.sent }));
  }

  sayOwn(): void {
    if (!this.isOver) this.send(BACKEND_TOPIC.own, sizeOf(this.sent, LARGEST_OWN_BYTES));
  }

  private take(data: Buffer, isBinary: boolean): void {
    if (data.length === 1) return this.socket.send(data, { binary: isBinary });
    const message = decode(data, isBinary);
    if (message === undefined) return this.send(`${BACKEND_TOPIC.bad} ${name} ${numberIn(data)}`, 0);
    const [topic, answerBytes] = message.topic.split(" ");
    this.send(`${BACKEND_TOPIC.ack} ${name} ${message.number}`, Number(answerBytes ?? 0));
    if (topic === CLIENT_TOPIC.bye) this.isOver = true;
  }

  /** One that is no longer open sends nothing, so nothing is counted. */
  private send(topic: string, bytes: number): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const number = this.sent;
    const kind = kindOf(number);
    this.sent += 1;
    sendInPieces(
      this.socket,
      kind,
      encode(kind, number, topic, bytes),
      number % 7 === 0 ? Number(pieces) : 1,
    );
  }
}

/** As far as it can be read. */
function numberIn(data: Buffer): string {
  return data.toString("latin1", 0, 40).split(" ")[1] ?? "?";
}

const visits = new Map<WebSocket, Visit>();
let visitCount = 0;
const server = new WebSocketServer({
  port: Number(port),
  host: "127.0.0.1",
  backlog: 1024,
  // As small as zlib has it: hundreds of clients talk at once.
  perMessageDeflate: {
    threshold: 100,
    serverMaxWindowBits: 10,
    zlibDeflateOptions: { level: 1, memLevel: 2 },
  },
});

server.on("listening", () => process.send?.({ isListening: true }));
server.on("connection", (socket, request) => {
  visitCount += 1;
  visits.set(socket, new Visit(socket, `${name}.${process.pid}.${visitCount}`, request));
  socket.once("close", () => visits.delete(socket));
});
setInterval(() => visits.forEach((visit) => visit.sayOwn()), Number(ownEveryMs));

// Whoever started it is gone, however that ended.
process.on("disconnect", () => process.exit());
