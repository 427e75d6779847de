import { controlled, type ControlledProxy } from "../proxies/controlled";
import { closeAll } from "./closing";
import type { Ends, Suite } from "./suite";

const HANDSHAKES = 2_000;
const CONCURRENCY = 4;
/** Between two changes while handshakes are measured. */
const CHANGE_INTERVAL_MS = 300;

export const control: Suite = {
  what: `one peer, then every peer changed in the config file; two workers; ${HANDSHAKES} handshakes, ${CONCURRENCY} at a time, without and with a change every ${CHANGE_INTERVAL_MS} ms`,
  metrics: [
    { name: "one peer: live in all workers after", unit: "ms", digits: 0 },
    { name: "one peer: longest piece of work, leader", unit: "ms", digits: 1 },
    { name: "one peer: longest piece of work, other worker", unit: "ms", digits: 1 },
    { name: "every peer: live in all workers after", unit: "ms", digits: 0 },
    { name: "every peer: longest piece of work, leader", unit: "ms", digits: 1 },
    { name: "every peer: longest piece of work, other worker", unit: "ms", digits: 1 },
    { name: "handshake p99, no changes", unit: "ms", digits: 2 },
    { name: "handshake p99, changes", unit: "ms", digits: 2 },
  ],
  proxies: [controlled(100, 10), controlled(1_000, 100), controlled(10_000, 1_000), controlled(10_000, 1)],
  rounds: 5,
  warmUpRounds: 1,
  isFresh: true,
  async measure(running, ends) {
    const proxy = running as ControlledProxy;
    const one = await proxy.observe(proxy.changeOne);
    const all = await proxy.observe(proxy.changeAll);
    const quietP99 = await handshakeP99(proxy.port, ends);
    const changes = setInterval(proxy.changeOne, CHANGE_INTERVAL_MS);
    const busyP99 = await handshakeP99(proxy.port, ends).finally(() => clearInterval(changes));
    return {
      "one peer: live in all workers after": one.liveAfterMs,
      "one peer: longest piece of work, leader": one.leaderMs,
      "one peer: longest piece of work, other worker": one.otherMs,
      "every peer: live in all workers after": all.liveAfterMs,
      "every peer: longest piece of work, leader": all.leaderMs,
      "every peer: longest piece of work, other worker": all.otherMs,
      "handshake p99, no changes": quietP99,
      "handshake p99, changes": busyP99,
    };
  },
};

async function handshakeP99(port: number, ends: Ends): Promise<number> {
  const { p99 } = await ends.clients.ask("handshakes", {
    port,
    count: HANDSHAKES,
    concurrency: CONCURRENCY,
  });
  await closeAll(ends);
  return p99;
}
