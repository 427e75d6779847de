import net from "node:net";
import { startBackend } from "./backend";
import { onCleanup } from "./cleanup";
import { routedByName } from "./documents";
import { startGateway } from "./gateway";
import type { Gateway } from "./gateway";
import { waitFor } from "./wait-for";
import { allWorkers } from "./worker-probe";

const INTERVAL_MS = 200;
/** Of probes that are counted. */
const PROBES = 6;

/** What was probed, by the name of the upstream. */
export type Counts = Record<string, number>;

/** `health` with probes, a fifth of a second apart. */
export function probedBy(type: string, extra: object = {}): object {
  return { active: { type, interval: `${INTERVAL_MS}ms`, fast_interval: "100ms", jitter: 0, ...extra } };
}

/** One backend for each type of probe. */
export async function startProbed(workers: number): Promise<{ gateway: Gateway; counts: Counts }> {
  const counts: Counts = { websocket: 0, http: 0, tcp: 0 };
  const websocket = await startBackend({
    refuse: () => {
      counts["websocket"]! += 1;
      return undefined;
    },
  });
  const http = await startBackend({
    onHttp: (_request, response) => {
      counts["http"]! += 1;
      response.end("well");
    },
  });
  const tcp = await listen(() => (counts["tcp"]! += 1));
  const gateway = await startGateway({
    workers,
    config: routedByName({
      websocket: { peers: [{ id: "a", address: websocket.address }], health: probedBy("websocket") },
      http: { peers: [{ id: "a", address: http.address }], health: probedBy("http") },
      tcp: { peers: [{ id: "a", address: tcp }], health: probedBy("tcp") },
    }),
    allowedErrors: [/worker process \d+ exited on signal 9/],
  });
  await allWorkers(gateway);
  return { gateway, counts };
}

async function listen(onConnection: () => void): Promise<string> {
  const server = net.createServer((socket) => {
    onConnection();
    socket.on("error", () => socket.destroy()).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanup(() => void server.close());
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

/** The shortest time in which any of them was probed so many times more. */
export async function timeOfProbesMs(counts: Counts): Promise<number> {
  const before = { ...counts };
  const startedAt = performance.now();
  const isAnyDone = (): boolean =>
    Object.keys(counts).some((name) => counts[name]! >= before[name]! + PROBES);
  await waitFor(isAnyDone, { what: `${PROBES} probes: ${JSON.stringify(counts)}` });
  return performance.now() - startedAt;
}

export async function whenAllProbed(
  counts: Counts,
  more = 2,
  names = Object.keys(counts),
  timeoutMs = 15_000,
): Promise<void> {
  const before = { ...counts };
  await waitFor(() => names.every((name) => counts[name]! >= before[name]! + more), {
    timeoutMs,
    what: `probes: ${JSON.stringify(counts)}`,
  });
}

/** The first of them may come at once, and where two are sent there are twice as many. */
export const ONE_EACH_MS = INTERVAL_MS * (PROBES - 1) * 0.7;
