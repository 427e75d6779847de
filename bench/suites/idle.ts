import { plainNginx } from "../proxies/plain-nginx";
import { switchboard } from "../proxies/switchboard";
import { memoryPerSocket } from "./memory-per-socket";
import { otherProxies } from "./peers";
import type { Suite } from "./suite";

const SOCKETS = 2_000;

export const idle: Suite = {
  what: `${SOCKETS} WebSockets that say nothing`,
  metrics: [{ name: "PSS per socket", unit: "KB", digits: 2 }],
  proxies: [plainNginx(), switchboard(), ...otherProxies],
  rounds: 5,
  warmUpRounds: 0,
  isFresh: true,
  async measure(proxy, ends) {
    return { "PSS per socket": await memoryPerSocket(proxy, ends, SOCKETS) };
  },
};
