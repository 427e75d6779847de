import { performance } from "node:perf_hooks";
import { ClientSocket } from "./client-socket";
import { serve } from "./helper";
import { STREAM_MESSAGE_BYTES } from "./stream-message";
import { clientFrame, serverFrame } from "./web-socket";
import type { Client } from "./web-socket";

/** The clients: every handshake must be accepted and every echo must come back as it was sent, or the call fails. */

/** In milliseconds. */
export interface Latency {
  readonly median: number;
  readonly p99: number;
}

let sockets: ClientSocket[] = [];
let users = 0;

const methods = {
  /** Opens and closes `count` WebSockets, `concurrency` at a time. */
  async handshakes(work: { port: number; count: number; concurrency: number }): Promise<Latency> {
    const times: number[] = [];
    let left = work.count;
    const openAndClose = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const startedAt = performance.now();
        const socket = await ClientSocket.open(work.port, "/echo");
        times.push(performance.now() - startedAt);
        socket.close();
      }
    };
    await Promise.all(Array.from({ length: work.concurrency }, openAndClose));
    return summarise(times);
  },

  /** Opens WebSockets that stay open until they are closed. @param work `isNamed`: each has a user of its own in its query */
  async openMany(work: {
    port: number;
    count: number;
    concurrency: number;
    client: Client;
    isNamed?: boolean;
  }): Promise<void> {
    let left = work.count;
    const open = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const path = work.isNamed === true ? `/echo?user=${(users += 1)}` : "/echo";
        sockets.push(await ClientSocket.open(work.port, path, work.client));
      }
    };
    await Promise.all(Array.from({ length: work.concurrency }, open));
  },

  /** Each open WebSocket sends so many messages, the next one when the last has come back. */
  async echoes(work: { messages: number; bytes: number; concurrency: number }): Promise<Latency> {
    const payload = Buffer.alloc(work.bytes, "m");
    const [sent, expected] = [clientFrame(payload), serverFrame(payload)];
    const times: number[] = [];
    const queue = [...sockets];
    const exchange = async (): Promise<void> => {
      for (let socket = queue.pop(); socket !== undefined; socket = queue.pop()) {
        for (let count = 0; count < work.messages; count++) {
          const startedAt = performance.now();
          await socket.exchange(sent, expected);
          times.push(performance.now() - startedAt);
        }
      }
    };
    await Promise.all(Array.from({ length: work.concurrency }, exchange));
    return summarise(times);
  },

  /** Lets the backend send `messages` to each of `count` WebSockets. */
  async streams(work: { port: number; count: number; messages: number }): Promise<void> {
    const frameBytes = serverFrame(Buffer.alloc(STREAM_MESSAGE_BYTES)).length;
    const receive = async (): Promise<void> => {
      const socket = await ClientSocket.open(work.port, `/stream/${work.messages}`);
      await socket.receive(work.messages * frameBytes);
      socket.close();
    };
    await Promise.all(Array.from({ length: work.count }, receive));
  },

  /** Closes so many of those that are open, whichever. */
  async closeSome({ count }: { count: number }): Promise<void> {
    for (let left = count; left > 0; left--) {
      const index = Math.floor(Math.random() * sockets.length);
      const last = sockets.pop()!;
      const socket = sockets[index] ?? last;
      if (socket !== last) sockets[index] = last;
      socket.close();
    }
  },

  async closeAll(): Promise<void> {
    for (const socket of sockets) socket.close();
    sockets = [];
  },
};

export type ClientMethods = typeof methods;

function summarise(times: number[]): Latency {
  times.sort((a, b) => a - b);
  return { median: times[times.length >> 1]!, p99: times[Math.floor(times.length * 0.99)]! };
}

serve(methods);
