import { plainNginx } from "../proxies/plain-nginx";
import { relayContenders } from "../proxies/relay-contenders";
import { switchboard } from "../proxies/switchboard";
import { memoryPerSocket } from "./memory-per-socket";
import { otherProxies } from "./peers";
import type { Suite } from "./suite";

const SOCKETS = 1_000;
const MESSAGE_BYTES = 60_000;
const SIZES = ["4k", "16k", "32k"] as const;

export const memory: Suite = {
  what: `${SOCKETS} WebSockets after one message of ${MESSAGE_BYTES} bytes each way, by proxy_buffer_size`,
  metrics: [{ name: "PSS per socket", unit: "KB", digits: 2 }],
  proxies: [
    ...SIZES.map((bufferSize) => plainNginx({ bufferSize })),
    ...SIZES.map((bufferSize) => switchboard({ bufferSize })),
    ...otherProxies,
  ],
  relayProxies: relayContenders({ bareBuffer: "64k" }),
  rounds: 3,
  warmUpRounds: 0,
  isFresh: true,
  async measure(proxy, ends) {
    const load = { sockets: SOCKETS, client: "program", messageBytes: MESSAGE_BYTES } as const;
    return { "PSS per socket": await memoryPerSocket(proxy, ends, load) };
  },
};
