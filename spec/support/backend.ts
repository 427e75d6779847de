import http from "node:http";
import https from "node:https";
import type { IncomingMessage, RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { onCleanup } from "./cleanup";

export interface BackendOptions {
  /** 0 or absent: a free port. */
  readonly port?: number;
  readonly host?: string;
  /** A unix socket in place of a port. */
  readonly socketPath?: string;
  /** What it answers to a message; the default is the classic example's. `undefined` says nothing. */
  readonly reply?: (text: string) => string | undefined;
  /** Called with every WebSocket. */
  readonly onOpen?: (socket: WebSocket) => void;
  /** Further headers of the 101. */
  readonly headers?: readonly string[];
  /** The subprotocol it picks among those offered; the default is the first. */
  readonly pickProtocol?: (offered: Set<string>) => string | false;
  /** Refuses a handshake with this status; `undefined` lets it in. */
  readonly refuse?: (request: IncomingMessage) => number | undefined;
  /** Answers plain HTTP requests; the default answers 200 `plain METHOD URL`. */
  readonly onHttp?: RequestListener;
  /** Agrees to permessage-deflate, for messages of any length. */
  readonly isDeflating?: boolean;
  /** Serves TLS; PEM texts. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A real WebSocket server of the `ws` package. */
export interface Backend {
  readonly port: number;
  /** For the config: `127.0.0.1:PORT`, `[::1]:PORT` or `unix:/path`. */
  readonly address: string;
  /** The open sockets. */
  readonly connections: Set<WebSocket>;
  /** Every handshake and plain request that reached it, in order. */
  readonly requests: IncomingMessage[];
  /** Stops listening and cuts every connection. A second call does nothing. */
  close(): Promise<void>;
}

export async function startBackend(options: BackendOptions = {}): Promise<Backend> {
  const requests: IncomingMessage[] = [];
  const server = createServer(options, requests);
  const sockets = attachWebSockets(server, options, requests);
  await listen(server, options);
  const close = async (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onCleanup(close);
  return { ...whereIs(server, options), connections: sockets.clients, requests, close };
}

function createServer(options: BackendOptions, requests: IncomingMessage[]): http.Server | https.Server {
  const answer =
    options.onHttp ?? ((request, response) => response.end(`plain ${request.method} ${request.url}`));
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    answer(request, response);
  };
  return options.tls === undefined ? http.createServer(listener) : https.createServer(options.tls, listener);
}

function attachWebSockets(
  server: http.Server,
  options: BackendOptions,
  requests: IncomingMessage[],
): WebSocketServer {
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate: options.isDeflating === true && { threshold: 0 },
    ...(options.pickProtocol === undefined ? {} : { handleProtocols: options.pickProtocol }),
    verifyClient: ({ req }, done) => {
      requests.push(req);
      const status = options.refuse?.(req);
      done(status === undefined, status);
    },
  });
  sockets.on("headers", (headers) => headers.push(...(options.headers ?? [])));
  sockets.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
    options.onOpen?.(socket);
    socket.on("message", (data, isBinary) => {
      const reply = (options.reply ?? classicReply)(String(data));
      if (reply !== undefined) socket.send(reply, { binary: isBinary });
    });
  });
  return sockets;
}

function classicReply(text: string): string {
  return `Server received from client: ${text}`;
}

async function listen(
  server: http.Server,
  { port = 0, host = "127.0.0.1", socketPath }: BackendOptions,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(
      socketPath === undefined ? { port, host } : { path: socketPath, writableAll: true },
      resolve,
    );
  });
}

function whereIs(server: http.Server, { socketPath }: BackendOptions): { port: number; address: string } {
  if (socketPath !== undefined) return { port: 0, address: `unix:${socketPath}` };
  const { port, address, family } = server.address() as AddressInfo;
  return { port, address: family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}` };
}
