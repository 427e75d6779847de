import http from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { onCleanup } from "../support/cleanup";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";

/** Socket.IO opens a session by polling, asks for it several times more, and then upgrades: each time it is another request. */
const CLIENTS = 24;
const WAIT_MS = 30_000;

interface SocketIoServer {
  readonly name: string;
  readonly address: string;
  /** How many of its sockets have left polling behind. */
  upgraded(): number;
}

/** A real server, which tells everyone its name. */
async function startServer(name: string): Promise<SocketIoServer> {
  const listener = http.createServer();
  const server = new Server(listener);
  server.on("connection", (socket) => {
    socket.on("who", (text: string, reply: (answer: string) => void) => reply(`${name}: ${text}`));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  onCleanup(() => server.close());
  const upgraded = (): number =>
    [...server.sockets.sockets.values()].filter(({ conn }) => conn.transport.name === "websocket").length;
  return { name, address: `127.0.0.1:${(listener.address() as AddressInfo).port}`, upgraded };
}

let servers: SocketIoServer[];

beforeAll(async () => {
  servers = [await startServer("a"), await startServer("b")];
});

async function start(affinity: object | false): Promise<Gateway> {
  const peers = servers.map(({ name, address }) => ({ id: name, address }));
  const routes = [{ id: "all", path: "/*", upstream: "chat" }];
  return startGateway({
    config: { upstreams: { chat: { balancer: "round_robin", peers, affinity } }, routes },
    workers: 2,
  });
}

/** A client as a page in a browser has it: it keeps its cookies and begins with polling. */
function open(gateway: Gateway, options: object = {}): Socket {
  const socket = io(`http://127.0.0.1:${gateway.port}`, {
    forceNew: true,
    withCredentials: true,
    reconnection: false,
    timeout: WAIT_MS,
    ...options,
  });
  onCleanup(() => {
    socket.disconnect();
  });
  return socket;
}

function failuresOf(socket: Socket): Error[] {
  const failures: Error[] = [];
  socket.on("connect_error", (error) => failures.push(error));
  socket.on("disconnect", (reason) => failures.push(new Error(reason)));
  return failures;
}

function transportOf({ io: manager }: Socket): string {
  return manager.engine.transport.name;
}

async function ask(socket: Socket, text: string): Promise<string> {
  return (await socket.timeout(WAIT_MS).emitWithAck("who", text)) as string;
}

describe("socket.io through two peers", () => {
  it("works with affinity: polling first, then the upgrade, all on one peer", async () => {
    const gateway = await start({});
    const sockets = Array.from({ length: CLIENTS }, () => open(gateway));
    const failures = sockets.map(failuresOf);
    await waitFor(() => sockets.every(({ connected }) => connected), {
      timeoutMs: WAIT_MS,
      what: "every client to be connected",
    });
    await waitFor(() => sockets.every((socket) => transportOf(socket) === "websocket"), {
      timeoutMs: WAIT_MS,
      what: "every client to have upgraded",
    });
    const answers = await Promise.all(sockets.map((socket, index) => ask(socket, `client ${index}`)));
    expect(answers.map((answer) => answer.slice(3))).toEqual(sockets.map((_, index) => `client ${index}`));
    expect(new Set(answers.map((answer) => answer[0]))).toEqual(new Set(["a", "b"]));
    await waitFor(() => servers.reduce((sum, server) => sum + server.upgraded(), 0) === CLIENTS);
    expect(failures.flat()).toEqual([]);
  });

  it("works with affinity also for clients that only poll", async () => {
    const gateway = await start({});
    const sockets = Array.from({ length: 6 }, () => open(gateway, { transports: ["polling"] }));
    const failures = sockets.map(failuresOf);
    for (const [index, socket] of sockets.entries()) {
      const names = new Set<string>();
      for (const round of [1, 2, 3]) {
        const answer = await ask(socket, `${index}.${round}`);
        expect(answer.slice(3)).toBe(`${index}.${round}`);
        names.add(answer[0]!);
      }
      expect(names.size).toBe(1);
    }
    expect(failures.flat()).toEqual([]);
  });

  it("fails without: sooner or later a poll reaches the peer that does not know the session", async () => {
    const gateway = await start(false);
    const sockets = Array.from({ length: CLIENTS }, () => open(gateway));
    const failures = sockets.map(failuresOf);
    await waitFor(() => failures.filter((errors) => errors.length > 0).length > CLIENTS / 4, {
      timeoutMs: WAIT_MS,
      what: "clients to fail",
    });
    const messages = failures.flat().map(({ message }) => message);
    expect(messages.some((message) => /^xhr (poll|post) error$/.test(message))).toBe(true);
  });
});
