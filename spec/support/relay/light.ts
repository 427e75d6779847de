import net from "node:net";
import { onCleanup } from "../cleanup";
import { serverFrame, upgraded } from "../half-websocket";
import { startRawBackend } from "../raw-backend";
import { handshakeBytes } from "../raw-request";

/** Clients and backends for a thousand sessions: bare TCP and frames of at most 125 bytes, all in this process. */

const TEXT = 0x1;
const CLOSE = 0x8;
const FINAL = 0x80;
const MASKED = 0x80;
const NO_MASK = [0, 0, 0, 0];
const HEAD_BYTES = 2;

/** Backends that say again what they are told, and answer a Close. @returns their ports */
export async function startLightBackends(count: number): Promise<number[]> {
  const backends = Array.from({ length: count }, () =>
    startRawBackend(
      upgraded((socket, opcode, payload) => {
        if (opcode === CLOSE) socket.end(serverFrame(CLOSE, payload));
        else socket.write(serverFrame(opcode, payload));
      }),
    ),
  );
  return (await Promise.all(backends)).map(({ port }) => port);
}

export class LightClient {
  isOpen = true;
  /** What came without being asked for, as it came. */
  heardBefore = "";
  private waiting: ((text: string) => void) | undefined;

  private constructor(private readonly socket: net.Socket) {
    socket.once("close", () => (this.isOpen = false));
    socket.on("data", (chunk) => {
      const { waiting } = this;
      this.waiting = undefined;
      if (waiting === undefined) this.heardBefore += chunk.toString("latin1");
      else waiting(chunk.subarray(HEAD_BYTES).toString("latin1"));
    });
  }

  /** @throws Error if the handshake is refused */
  static open(port: number): Promise<LightClient> {
    const socket = net.connect(port, "127.0.0.1");
    onCleanup(() => {
      socket.destroy();
    });
    socket.on("error", () => socket.destroy());
    socket.write(handshakeBytes("/"));
    return new Promise((resolve, reject) => {
      let head = "";
      const refused = (): void => reject(new Error(`refused: ${head.split("\r\n")[0]}`));
      const read = (chunk: Buffer): void => {
        head += chunk.toString("latin1");
        if (!head.endsWith("\r\n\r\n")) return;
        socket.off("data", read).off("close", refused);
        if (head.startsWith("HTTP/1.1 101")) resolve(new LightClient(socket));
        else refused();
      };
      socket.once("close", refused).on("data", read);
    });
  }

  /** @returns what comes next; `""` if the connection ends instead */
  ask(text: string): Promise<string> {
    const bytes = Buffer.from(text);
    return new Promise((resolve) => {
      if (!this.isOpen) resolve("");
      this.waiting = resolve;
      this.socket.once("close", () => resolve(""));
      this.socket.write(
        Buffer.concat([Buffer.from([FINAL | TEXT, MASKED | bytes.length, ...NO_MASK]), bytes]),
      );
    });
  }
}
