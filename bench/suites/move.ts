import { cpuNs } from "../measure/process-usage";
import { switchboardMoving } from "../proxies/several-peers";
import type { DrainableProxy } from "../proxies/several-peers";
import { closeAll } from "./closing";
import type { Ends, Suite } from "./suite";

const SOCKETS = 500;
const CONCURRENCY = 16;
const LAST_WORDS_BYTES = 8;
const TIMEOUT_MS = 60_000;
const NS_PER_US = 1e3;

export const move: Suite = {
  what: `${SOCKETS} silent WebSockets moved from one of 2 peers to the other by a drain with a spread of 0s, and back`,
  metrics: [
    { name: "CPU per move", unit: "us", digits: 0 },
    { name: "CPU per move back", unit: "us", digits: 0 },
    { name: "all moved after", unit: "ms", digits: 0 },
    { name: "all moved back after", unit: "ms", digits: 0 },
  ],
  proxies: [switchboardMoving],
  rounds: 7,
  warmUpRounds: 1,
  isFresh: true,
  backendsEach: 2,
  async measure(running, ends, ports) {
    const proxy = running as DrainableProxy;
    const { clients } = ends;
    await proxy.drain(1);
    await clients.ask("openMany", {
      port: proxy.port,
      count: SOCKETS,
      concurrency: CONCURRENCY,
      client: "program",
    });
    await whenAllAreOn(0, ports, ends);
    const there = await moveAll(proxy, 0, ports, ends);
    const back = await moveAll(proxy, 1, ports, ends);
    // An echo from each: none was lost on the way.
    await clients.ask("echoes", { messages: 1, bytes: LAST_WORDS_BYTES, concurrency: CONCURRENCY });
    await closeAll(ends);
    return {
      "CPU per move": there.cpuUs,
      "CPU per move back": back.cpuUs,
      "all moved after": there.tookMs,
      "all moved back after": back.tookMs,
    };
  },
};

interface Moved {
  readonly cpuUs: number;
  readonly tookMs: number;
}

/** All of them from one backend to the other one. */
async function moveAll(
  proxy: DrainableProxy,
  from: number,
  ports: readonly number[],
  ends: Ends,
): Promise<Moved> {
  const to = 1 - from;
  await proxy.ready(to);
  const [startedAt, before] = [performance.now(), cpuNs(proxy.workerPid)];
  await proxy.drain(from);
  await whenAllAreOn(to, ports, ends);
  const tookMs = performance.now() - startedAt;
  return { cpuUs: (cpuNs(proxy.workerPid) - before) / SOCKETS / NS_PER_US, tookMs };
}

async function whenAllAreOn(index: number, ports: readonly number[], { backend }: Ends): Promise<void> {
  const expected = ports.map((_, at) => (at === index ? SOCKETS : 0));
  await backend.ask("whenCountsAre", { ports, expected, timeoutMs: TIMEOUT_MS });
}
