import { createHash } from "node:crypto";
import type net from "node:net";
import type { Behaviour } from "./raw-backend";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const MASK_BYTES = 4;

/** The 101 that a request head asks for. */
export function acceptance(requestHead: string, fields = ""): string {
  const key = /^sec-websocket-key: *(\S+)/im.exec(requestHead)?.[1] ?? "";
  const accept = createHash("sha1")
    .update(key + GUID)
    .digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${fields}\r\n`;
}

/** A frame of a server with at most 125 bytes in it. */
export function serverFrame(opcode: number, payload: Buffer | string = ""): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from([0x80 | opcode, bytes.length]), bytes]);
}

/** Answers the handshake, says something, and then treats each short frame of the client as told. */
export function upgraded(
  onFrame: (socket: net.Socket, opcode: number, payload: Buffer) => void,
  first: (socket: net.Socket) => void = () => undefined,
): Behaviour {
  return (socket, head) => {
    let received = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2) {
        const end = 2 + MASK_BYTES + (received[1]! & 0x7f);
        if (received.length < end) return;
        const mask = received.subarray(2, 2 + MASK_BYTES);
        const payload = received
          .subarray(2 + MASK_BYTES, end)
          .map((byte, index) => byte ^ mask[index % MASK_BYTES]!);
        const opcode = received[0]! & 0x0f;
        received = received.subarray(end);
        onFrame(socket, opcode, Buffer.from(payload));
      }
    });
    socket.write(acceptance(head));
    first(socket);
  };
}
