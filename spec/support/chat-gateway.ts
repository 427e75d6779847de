import type { Backend } from "./backend";
import { connect } from "./client";
import type { Client } from "./client";
import { startCommand } from "./command";
import type { Command } from "./command";
import { startGateway } from "./gateway";
import type { Gateway, GatewayOptions } from "./gateway";
import { SWITCHBOARD, switchboard, switchboards, switchboardEnv } from "./switchboard";
import type { Ended } from "./switchboard";
import { startNamedBackend } from "./worker-probe";

/** A real gateway with the peers a and b of one upstream, and the command in front of it. */
export class ChatGateway {
  readonly url: string;

  constructor(
    readonly gateway: Gateway,
    readonly backends: Readonly<Record<"a" | "b", Backend>>,
  ) {
    this.url = `http://127.0.0.1:${gateway.adminPort}`;
  }

  /** Runs the command to its end. */
  run(...args: string[]): Promise<Ended> {
    return switchboard(args, { url: this.url });
  }

  /** Runs several, each told in words, two at a time. */
  runAll(...lines: string[]): Promise<Ended[]> {
    return switchboards(
      lines.map((line) => line.split(" ")),
      { url: this.url },
    );
  }

  /** What one prints that ends well, with `--json`. */
  async json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, "--json");
    if (code !== 0) throw new Error(`${args.join(" ")}: ${code} ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  start(...args: string[]): Command {
    return startCommand(process.execPath, [SWITCHBOARD, ...args], {
      env: switchboardEnv({ url: this.url }),
    });
  }

  /** Opens sockets on `/rooms/1` until a peer has so many; those of the other peer are closed again. */
  async connectTo(peer: "a" | "b", sockets: number): Promise<Client[]> {
    const clients: Client[] = [];
    const others: Client[] = [];
    while (clients.length < sockets) {
      const client = await connect(this.gateway.url("/rooms/1"));
      (client.response.headers["backend"] === peer ? clients : others).push(client);
    }
    // Not before: the peer with the fewest sessions would have the next one.
    for (const other of others) await other.close();
    return clients;
  }
}

export async function startChatGateway(options: Partial<GatewayOptions> = {}): Promise<ChatGateway> {
  const backends = { a: await startNamedBackend("a"), b: await startNamedBackend("b") };
  const peers = [
    { id: "a", address: backends.a.address },
    { id: "b", address: backends.b.address },
  ];
  const gateway = await startGateway({
    config: {
      upstreams: { chat: { peers } },
      routes: [
        { id: "rooms", path: "/rooms/{room}", upstream: "chat" },
        { id: "news", path: "/news", upstream: "chat" },
      ],
    },
    workers: 2,
    ...options,
  });
  return new ChatGateway(gateway, backends);
}
