import { STREAM_MESSAGE_BYTES } from "../load/stream-message";
import { cpuNs } from "../measure/process-usage";
import { plainNginx } from "../proxies/plain-nginx";
import { relayContenders } from "../proxies/relay-contenders";
import { switchboard } from "../proxies/switchboard";
import { closeAll } from "./closing";
import { otherProxies } from "./peers";
import type { Suite } from "./suite";

const SOCKETS = 4;
const MESSAGES = 1_000;
const MEGABYTES = (SOCKETS * MESSAGES * STREAM_MESSAGE_BYTES) / 1e6;
const NS_PER_US = 1e3;

export const stream: Suite = {
  what: `${MESSAGES} messages of ${STREAM_MESSAGE_BYTES} bytes from the backend to each of ${SOCKETS} clients`,
  metrics: [{ name: "CPU per MB", unit: "us", digits: 0 }],
  proxies: [plainNginx(), plainNginx({ bufferSize: "32k" }), switchboard(), ...otherProxies],
  relayProxies: relayContenders({ bareBuffer: "64k" }),
  rounds: 7,
  warmUpRounds: 1,
  isFresh: false,
  async measure({ port, workerPid }, ends) {
    const before = cpuNs(workerPid);
    await ends.clients.ask("streams", { port, count: SOCKETS, messages: MESSAGES });
    await closeAll(ends);
    return { "CPU per MB": (cpuNs(workerPid) - before) / MEGABYTES / NS_PER_US };
  },
};
