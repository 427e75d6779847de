import { startCommand } from "./command";
import type { Command } from "./command";
import type { Host } from "./network";

/** Tells of each message and of the end; says what it reads, line by line. */
const CLIENT = `
  const WebSocket = require(process.argv[1]);
  const socket = new WebSocket(process.argv[2]);
  const tell = (text) => process.stdout.write(text + "\\n");
  socket.on("open", () => tell("opened"));
  socket.on("message", (data) => tell("got " + data));
  socket.on("error", (error) => tell("error " + error.message));
  socket.on("close", () => tell("closed"));
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => socket.send(line));
`;

/** Echoes; each line that it reads goes to every client whose path begins with the line's first word. */
const BACKEND = `
  const { WebSocketServer } = require(process.argv[1]);
  const server = new WebSocketServer({ host: process.argv[2], port: Number(process.argv[3]) });
  const paths = new Map();
  server.on("listening", () => process.stdout.write("listening\\n"));
  server.on("connection", (socket, request) => {
    paths.set(socket, request.url);
    socket.on("error", () => socket.terminate());
    socket.on("close", () => paths.delete(socket));
    socket.on("message", (data) => socket.send("echo of " + data));
  });
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const [path, text] = line.split(" ", 2);
    for (const [socket, url] of paths) if (url.startsWith(path)) socket.send(text);
  });
`;

/** A program on another host that has begun to do what it is there for. */
async function start(host: Host, program: string, args: readonly string[], begun: RegExp): Promise<Command> {
  const [file, ...before] = [...host.through, process.execPath, "-e", program, require.resolve("ws")];
  const command = startCommand(file!, [...before, ...args]);
  await command.whenPrinted(begun);
  return command;
}

/** A WebSocket server of the `ws` package on another host; `say` tells every client at a path. */
export class DistantBackend {
  private constructor(private readonly command: Command) {}

  static async start(host: Host, port: number): Promise<DistantBackend> {
    return new DistantBackend(await start(host, BACKEND, [host.address, `${port}`], /^listening$/m));
  }

  say(path: string, text: string): void {
    this.command.type(`${path} ${text}\n`);
  }
}

/** A client of the `ws` package on another host. */
export class DistantClient {
  private constructor(private readonly command: Command) {}

  static async connect(host: Host, url: string): Promise<DistantClient> {
    return new DistantClient(await start(host, CLIENT, [url], /^opened$/m));
  }

  say(text: string): void {
    this.command.type(`${text}\n`);
  }

  hasGot(text: string): boolean {
    return this.command.output().includes(`got ${text}\n`);
  }

  get isClosed(): boolean {
    return this.command.output().includes("closed\n");
  }
}
