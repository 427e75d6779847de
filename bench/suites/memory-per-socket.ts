import type { Client } from "../load/web-socket";
import { pssBytes } from "../measure/process-usage";
import type { RunningProxy } from "../proxies/proxy";
import { closeAll } from "./closing";
import type { Ends } from "./suite";

const CONCURRENCY = 16;
/** They bring in what a worker uses only once: code, compiled Lua, the first pools. */
const FIRST_HANDSHAKES = 500;
const LAST_WORDS_BYTES = 8;
const BYTES_PER_KB = 1024;

export interface Load {
  readonly sockets: number;
  readonly client: Client;
  /** Each socket sends one message of this size and gets it back. */
  readonly messageBytes?: number;
}

/** What each open WebSocket adds to a fresh worker's PSS, in KB. In the end each of them must still be open. */
export async function memoryPerSocket(proxy: RunningProxy, ends: Ends, load: Load): Promise<number> {
  const { port, workerPid } = proxy;
  const { sockets, client, messageBytes } = load;
  const { clients } = ends;
  await clients.ask("handshakes", { port, count: FIRST_HANDSHAKES, concurrency: CONCURRENCY });
  await closeAll(ends);
  const before = pssBytes(workerPid);
  await clients.ask("openMany", { port, count: sockets, concurrency: CONCURRENCY, client });
  if (messageBytes !== undefined) await sayOnce(ends, messageBytes);
  const grown = pssBytes(workerPid) - before;
  await sayOnce(ends, LAST_WORDS_BYTES);
  await closeAll(ends);
  return grown / sockets / BYTES_PER_KB;
}

async function sayOnce({ clients }: Ends, bytes: number): Promise<void> {
  await clients.ask("echoes", { messages: 1, bytes, concurrency: CONCURRENCY });
}
