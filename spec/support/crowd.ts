import net from "node:net";
import { onCleanup } from "./cleanup";
import { startRawBackend } from "./raw-backend";
import type { RawBackend } from "./raw-backend";
import { handshakeBytes } from "./raw-request";

const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n";

/** The ways in which an open socket ends. */
export const ENDS = [
  "client closes",
  "client resets",
  "backend closes",
  "backend resets",
  "both close",
] as const;

/** One of a crowd: both ends of a session. */
export interface Member {
  readonly client: net.Socket;
  /** The worker of nginx, as `NAME_WORKER` tells. */
  readonly worker: number;
  readonly nth: number;
}

/** Thousands of sockets through a gateway, with bare TCP at both ends, so that each end can be cut in every way. */
export class Crowd {
  /** Those that are open. */
  readonly members = new Set<Member>();
  private readonly backendSides = new Map<number, net.Socket>();
  /** Of the gateway. */
  port = 0;
  /** Sockets that were begun so far. */
  begun = 0;
  private readonly clients = new Set<net.Socket>();

  /** It lives as long as the spec file if it is made outside of its tests. */
  constructor() {
    onCleanup(() => {
      for (const client of this.clients) client.destroy();
    });
  }

  /** A backend for members. */
  startBackend(): Promise<RawBackend> {
    return startRawBackend((socket, head) => {
      const [, nth] = /^GET \/\w+\/(\d+) /.exec(head)!;
      this.backendSides.set(Number(nth), socket);
      socket.once("close", () => this.backendSides.delete(Number(nth)));
      socket.write(SWITCHING);
    });
  }

  /** Opens one on `/TARGET/...`. @throws Error if it is refused */
  open(target: string): Promise<Member> {
    const { client, nth } = this.begin(target);
    return new Promise((resolve, reject) => {
      let head = "";
      const fail = (): void => reject(new Error(`/${target}/${nth} was refused: "${head.split("\r\n")[0]}"`));
      client.once("close", fail);
      client.on("data", (chunk) => {
        head += chunk.toString("latin1");
        if (!head.includes("\r\n\r\n")) return;
        client.off("close", fail);
        client.removeAllListeners("data").resume();
        if (!head.startsWith("HTTP/1.1 101")) return fail();
        const member = { client, nth, worker: Number(/^Worker: (\d+)/im.exec(head)?.[1]) };
        this.members.add(member);
        client.once("close", () => this.members.delete(member));
        resolve(member);
      });
    });
  }

  /** Sends a handshake and leaves before it is answered. */
  async abort(target: string, afterMs: number, isRude: boolean): Promise<void> {
    const { client } = this.begin(target);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    if (isRude) client.resetAndDestroy();
    else client.destroy();
  }

  end({ client, nth }: Member, how: (typeof ENDS)[number]): void {
    const backend = this.backendSides.get(nth);
    if (how === "client closes" || how === "both close") client.end();
    if (how === "client resets") client.resetAndDestroy();
    if (how === "backend closes" || how === "both close") backend?.end();
    if (how === "backend resets") backend?.resetAndDestroy();
  }

  private begin(target: string): { client: net.Socket; nth: number } {
    this.begun += 1;
    const nth = this.begun;
    const client = net.connect(this.port, "127.0.0.1");
    this.clients.add(client);
    client.once("close", () => this.clients.delete(client));
    client.on("error", () => undefined);
    client.write(handshakeBytes(`/${target}/${nth}`));
    return { client, nth };
  }
}
