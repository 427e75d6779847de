import { createHash } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { frameHead, BINARY, type Wire } from "./wire";

const BLOCK_BYTES = 1 << 20;
const STALL_MS = 500;
/** Changes nothing, so that what is sent is what is hashed. */
export const NO_MASK = Buffer.alloc(4);

/** Sends one frame of so many bytes, as fast as it is taken. @returns the SHA-1 of its payload */
export async function flood(wire: Wire, length: number, mask?: Buffer): Promise<string> {
  const { socket } = wire;
  const hash = createHash("sha1");
  socket.write(frameHead(BINARY, { length, mask }));
  for (let sent = 0; sent < length; sent += BLOCK_BYTES) {
    const block = Buffer.alloc(Math.min(BLOCK_BYTES, length - sent), `${sent}.`);
    hash.update(block);
    if (!socket.write(block)) await once(socket, "drain");
  }
  return hash.digest("hex");
}

/** Sends as many messages, each of one frame, as it takes until nothing of it has been taken for a while. @returns their bytes of payload */
export async function fill(wire: Wire, mask?: Buffer): Promise<number> {
  const { socket } = wire;
  const length = 50_000;
  const mostBytes = 64 << 20;
  const message = Buffer.concat([frameHead(BINARY, { length, mask }), Buffer.alloc(length, 1)]);
  let bytes = 0;
  for (;;) {
    while (socket.writableLength < 4 * BLOCK_BYTES) {
      socket.write(message);
      bytes += length;
    }
    const before = socket.writableLength;
    await sleep(STALL_MS);
    if (socket.writableLength === before) return bytes;
    if (bytes > mostBytes) throw new Error(`${bytes} bytes were taken, and nobody reads them`);
  }
}
