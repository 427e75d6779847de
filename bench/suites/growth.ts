import { setTimeout as sleep } from "node:timers/promises";
import { cpuNs, pssBytes, wakeUps } from "../measure/process-usage";
import { plainNginx } from "../proxies/plain-nginx";
import { switchboard } from "../proxies/switchboard";
import { closeAll } from "./closing";
import type { Ends, Sample, Suite } from "./suite";

const LEVELS = [1_000, 2_000, 4_000] as const;
const MOST = LEVELS.at(-1)!;
const FIRST_HANDSHAKES = 500;
const CONCURRENCY = 16;
const LAST_WORDS_BYTES = 8;
const IDLE_MS = 10_000;
const BYTES_PER_KB = 1024;
const NS_PER_MS = 1e6;

const pssAt = (sockets: number): string => `PSS per socket, ${sockets}`;
const wakeUpsWith = (sockets: number): string => `wake-ups a second, ${sockets} idle`;
const cpuWith = (sockets: number): string => `CPU a second, ${sockets} idle`;

/** Whether each further socket costs what the ones before it did, and whether silent ones wake the worker. */
export const growth: Suite = {
  what: `${LEVELS.join(", then ")} WebSockets that say nothing; the worker over ${IDLE_MS / 1000} s without one and with ${MOST}`,
  metrics: [
    ...LEVELS.map((sockets) => ({ name: pssAt(sockets), unit: "KB", digits: 2 })),
    ...[0, MOST].map((sockets) => ({ name: wakeUpsWith(sockets), unit: "1/s", digits: 1 })),
    ...[0, MOST].map((sockets) => ({ name: cpuWith(sockets), unit: "ms", digits: 2 })),
  ],
  proxies: [plainNginx(), switchboard(), switchboard({ mode: "relay" })],
  rounds: 3,
  warmUpRounds: 0,
  isFresh: true,
  async measure({ port, workerPid }, ends) {
    const { clients } = ends;
    const sample: Record<string, number> = {};
    await clients.ask("handshakes", { port, count: FIRST_HANDSHAKES, concurrency: CONCURRENCY });
    await closeAll(ends);
    Object.assign(sample, await whileIdle(workerPid, 0));
    const before = pssBytes(workerPid);
    let open = 0;
    for (const sockets of LEVELS) {
      await openMore(port, sockets - open, ends);
      open = sockets;
      sample[pssAt(sockets)] = (pssBytes(workerPid) - before) / sockets / BYTES_PER_KB;
    }
    Object.assign(sample, await whileIdle(workerPid, MOST));
    await clients.ask("echoes", { messages: 1, bytes: LAST_WORDS_BYTES, concurrency: CONCURRENCY });
    await closeAll(ends);
    return sample;
  },
};

async function openMore(port: number, count: number, { clients }: Ends): Promise<void> {
  await clients.ask("openMany", { port, count, concurrency: CONCURRENCY, client: "program" });
}

async function whileIdle(workerPid: number, sockets: number): Promise<Sample> {
  const [wakeUpsBefore, cpuBefore] = [wakeUps(workerPid), cpuNs(workerPid)];
  const startedAt = performance.now();
  await sleep(IDLE_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    [wakeUpsWith(sockets)]: (wakeUps(workerPid) - wakeUpsBefore) / seconds,
    [cpuWith(sockets)]: (cpuNs(workerPid) - cpuBefore) / NS_PER_MS / seconds,
  };
}
