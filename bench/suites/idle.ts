import type { Client } from "../load/web-socket";
import { plainNginx } from "../proxies/plain-nginx";
import { relayContenders } from "../proxies/relay-contenders";
import { switchboard } from "../proxies/switchboard";
import { memoryPerSocket } from "./memory-per-socket";
import { otherProxies } from "./peers";
import type { Suite } from "./suite";

const SOCKETS = 2_000;

function idleSuite(client: Client): Suite {
  return {
    what: `${SOCKETS} WebSockets that say nothing after the handshake of a ${client}`,
    metrics: [{ name: "PSS per socket", unit: "KB", digits: 2 }],
    proxies: [plainNginx(), switchboard(), ...otherProxies],
    relayProxies: relayContenders(),
    rounds: 5,
    warmUpRounds: 0,
    isFresh: true,
    async measure(proxy, ends) {
      return { "PSS per socket": await memoryPerSocket(proxy, ends, { sockets: SOCKETS, client }) };
    },
  };
}

export const idle = idleSuite("program");

/** With more header fields: whether they fit nginx's buffers decides over kilobytes per socket. */
export const idleBrowser = idleSuite("browser");
