import http from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type net from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { misbehave } from "./behaviour";
import type { Behaviour } from "./behaviour";
import { Listener } from "./listener";
import type { ListenerState } from "./listener";

/** PEM texts. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** What `begin` is told. */
export interface Setup {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** It speaks TLS: first as the right one. */
  readonly tls?: { readonly right: Identity; readonly wrong: Identity };
}

/** A request whose head has arrived whole. */
export interface Arrival {
  readonly path: string;
  readonly isUpgrade: boolean;
  /** Since the epoch. */
  readonly atMs: number;
}

/** The process of a faulty backend: it is told over IPC what to do. */
let listener: Listener;
let secure: tls.Server | undefined;
let setup: Setup;
let behaviour: Behaviour = { kind: "healthy" };
let extraHeaders: Readonly<Record<string, string>> = {};
let arrivals: Arrival[] = [];
const connections = new Set<Duplex>();

const web = http.createServer(answer);
const sockets = new WebSocketServer({ noServer: true });

const methods = {
  async begin(given: Setup): Promise<void> {
    setup = given;
    if (setup.tls !== undefined) {
      secure = tls.createServer(setup.tls.right, (socket) => web.emit("connection", socket));
      secure.on("tlsClientError", (_error, socket) => socket.destroy());
    }
    listener = new Listener(setup.port, setup.host, accept);
    await listener.turn("open");
  },

  async listen(state: ListenerState): Promise<void> {
    await listener.turn(state);
  },

  async behave(next: Behaviour): Promise<void> {
    behaviour = next;
    for (const socket of sockets.clients) {
      if (next.kind === "mute") socket.pause();
      else socket.resume();
    }
  },

  async identify(as: "right" | "wrong"): Promise<void> {
    if (setup.tls !== undefined) secure!.setSecureContext(setup.tls[as]);
  },

  /** Headers of every good answer, in place of those told before. */
  async say(headers: Readonly<Record<string, string>>): Promise<void> {
    extraHeaders = headers;
  },

  async arrivals(): Promise<readonly Arrival[]> {
    return arrivals;
  },

  async forget(): Promise<void> {
    arrivals = [];
  },

  /** Open connections, and the WebSockets among them. */
  async open(): Promise<{ connections: number; webSockets: number }> {
    return { connections: connections.size, webSockets: sockets.clients.size };
  },

  /** Cuts what is open, healthy or not. */
  async cut(): Promise<void> {
    for (const socket of connections) socket.destroy();
  },
};

export type BackendMethods = typeof methods;

function accept(socket: net.Socket): void {
  connections.add(socket);
  socket.once("close", () => connections.delete(socket));
  socket.on("error", () => socket.destroy());
  (secure ?? web).emit("connection", socket);
}

function note(request: IncomingMessage, isUpgrade: boolean): void {
  arrivals.push({ path: request.url ?? "", isUpgrade, atMs: Date.now() });
}

/** A plain request, as an HTTP probe sends it. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  note(request, false);
  void misbehave(behaviour, request, request.socket).then((isGood) => {
    if (isGood) response.writeHead(200, extraHeaders).end(`${setup.name} is alive\n`);
  });
}

web.on("upgrade", (request, socket, head) => {
  note(request, true);
  socket.on("error", () => socket.destroy());
  void misbehave(behaviour, request, socket).then((isGood) => {
    if (isGood) sockets.handleUpgrade(request, socket, head, serve);
    // Nobody else reads now, and the end of the connection is only seen by one who does.
    else socket.resume();
  });
});

sockets.on("headers", (headers) => {
  headers.push(`Backend: ${setup.name}`);
  for (const [name, value] of Object.entries(extraHeaders)) headers.push(`${name}: ${value}`);
});

function serve(socket: WebSocket): void {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data) => socket.send(`${setup.name}: ${String(data)}`));
}

interface Request {
  readonly id: number;
  readonly method: keyof BackendMethods;
  readonly argument: unknown;
}

process.on("message", ({ id, method, argument }: Request) => {
  void (methods[method] as (argument: unknown) => Promise<unknown>)(argument).then(
    (result) => process.send!({ id, result }),
    (error: Error) => process.send!({ id, error: error.message }),
  );
});
process.once("disconnect", () => process.exit());
