import net from "node:net";
import { onCleanup } from "../cleanup";
import { acceptance } from "../half-websocket";
import { startRawBackend, type Behaviour, type RawBackend } from "../raw-backend";
import { handshakeBytes } from "../raw-request";
import { Wire, type WireFrame } from "./wire";

export interface ClientOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Goes out with the handshake, in one piece. */
  readonly early?: Buffer;
  readonly onFrame?: (frame: WireFrame, wire: Wire) => void;
  /** Goes on to send when its far side has ended. */
  readonly allowHalfOpen?: boolean;
}

/** A client that says what it is told to, as soon as it has its 101. */
export function openWire(port: number, target: string, options: ClientOptions = {}): Promise<Wire> {
  const { headers = {}, early = Buffer.alloc(0), onFrame, allowHalfOpen = true } = options;
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen });
  onCleanup(() => {
    socket.destroy();
  });
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.off("data", read);
      const head = received.subarray(0, end + 4).toString("latin1");
      if (!head.startsWith("HTTP/1.1 101 ")) return reject(new Error(`${target}: ${head}`));
      const wire = new Wire(socket, received.subarray(end + 4), onFrame);
      wire.answer = fieldsOf(head);
      resolve(wire);
    };
    socket.on("data", read);
    socket.once("error", reject);
    socket.write(Buffer.concat([Buffer.from(handshakeBytes(target, headers), "latin1"), early]));
  });
}

function fieldsOf(head: string): Record<string, string> {
  const lines = head.split("\r\n").slice(1, -2);
  return Object.fromEntries(
    lines.map((line) => [line.split(":")[0]!.toLowerCase(), line.replace(/^.*?: */, "")]),
  );
}

export interface WireBackend extends RawBackend {
  /** By the target of the handshake, the last one of each. */
  readonly wires: ReadonlyMap<string, Wire>;
}

export interface BackendOptions {
  /** Goes out with the 101, in one piece. */
  readonly early?: (target: string) => Buffer;
  readonly onFrame?: (frame: WireFrame, wire: Wire, target: string) => void;
}

/** A backend that takes every handshake and then says what it is told to. */
export async function startWireBackend({ early, onFrame }: BackendOptions = {}): Promise<WireBackend> {
  const wires = new Map<string, Wire>();
  const accept: Behaviour = (socket, head) => {
    const target = head.split(" ")[1]!;
    wires.set(target, new Wire(socket, undefined, (frame, wire) => onFrame?.(frame, wire, target)));
    socket.write(
      Buffer.concat([Buffer.from(acceptance(head), "latin1"), early?.(target) ?? Buffer.alloc(0)]),
    );
  };
  const backend = await startRawBackend(accept, { allowHalfOpen: true });
  return { ...backend, wires };
}
