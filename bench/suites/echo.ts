import { cpuNs } from "../measure/process-usage";
import { plainNginx } from "../proxies/plain-nginx";
import { relayContenders } from "../proxies/relay-contenders";
import { switchboard } from "../proxies/switchboard";
import { closeAll } from "./closing";
import { otherProxies } from "./peers";
import type { Suite } from "./suite";

const SOCKETS = 50;
const MESSAGES = 400;
const BYTES = 64;
const NS_PER_US = 1e3;

export const echo: Suite = {
  what: `${MESSAGES} messages of ${BYTES} bytes there and back on each of ${SOCKETS} WebSockets`,
  metrics: [
    { name: "CPU per message", unit: "us", digits: 2 },
    { name: "latency, median", unit: "ms", digits: 2 },
    { name: "latency, p99", unit: "ms", digits: 2 },
  ],
  proxies: [plainNginx(), switchboard(), ...otherProxies],
  relayProxies: relayContenders(),
  rounds: 9,
  warmUpRounds: 2,
  isFresh: false,
  async measure({ port, workerPid }, ends) {
    await ends.clients.ask("openMany", { port, count: SOCKETS, concurrency: SOCKETS, client: "program" });
    const before = cpuNs(workerPid);
    const latency = await ends.clients.ask("echoes", {
      messages: MESSAGES,
      bytes: BYTES,
      concurrency: SOCKETS,
    });
    const spentNs = cpuNs(workerPid) - before;
    await closeAll(ends);
    return {
      "CPU per message": spentNs / (SOCKETS * MESSAGES) / NS_PER_US,
      "latency, median": latency.median,
      "latency, p99": latency.p99,
    };
  },
};
