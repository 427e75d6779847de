import { cpuNs } from "../measure/process-usage";
import { plainNginx } from "../proxies/plain-nginx";
import { relayContenders } from "../proxies/relay-contenders";
import { switchboard } from "../proxies/switchboard";
import { closeAll } from "./closing";
import { otherProxies } from "./peers";
import type { Suite } from "./suite";

const COUNT = 3_000;
const CONCURRENCY = 32;
/** Behind those that balance; the others have the first of them. */
const PEERS = 4;
const NS_PER_US = 1e3;

export const handshake: Suite = {
  what: `${COUNT} WebSockets opened and closed, ${CONCURRENCY} at a time; access logs off where not said otherwise`,
  metrics: [
    { name: "CPU per handshake", unit: "us", digits: 1 },
    { name: "latency, median", unit: "ms", digits: 2 },
    { name: "latency, p99", unit: "ms", digits: 2 },
  ],
  proxies: [
    plainNginx(),
    plainNginx({ hasAllPeers: true }),
    switchboard(),
    switchboard({ isBalancing: true }),
    switchboard({ hasAccessLog: true }),
    ...otherProxies,
  ],
  relayProxies: relayContenders({ variants: [{ isBalancing: true }, { hasAccessLog: true }] }),
  backendsEach: PEERS,
  rounds: 9,
  warmUpRounds: 2,
  isFresh: false,
  async measure({ port, workerPid }, ends) {
    const before = cpuNs(workerPid);
    const latency = await ends.clients.ask("handshakes", { port, count: COUNT, concurrency: CONCURRENCY });
    await closeAll(ends);
    return {
      "CPU per handshake": (cpuNs(workerPid) - before) / COUNT / NS_PER_US,
      "latency, median": latency.median,
      "latency, p99": latency.p99,
    };
  },
};
