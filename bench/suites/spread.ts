import { BalancerRegistry } from "../../src/core/balance/registry";
import { haproxyVersion, haproxyWith } from "../proxies/haproxy";
import type { Proxy } from "../proxies/proxy";
import { nginxLeastConn, switchboardBalancing } from "../proxies/several-peers";
import { closeAll } from "./closing";
import type { Ends, Suite } from "./suite";

const PEERS = 10;
const SOCKETS = 2_000;
const CONCURRENCY = 32;
const CHURNS = 2;
const TIMEOUT_MS = 20_000;

/** With the options under which an algorithm is of interest; one that ships and is not here runs without any. */
const VARIANTS: readonly { readonly type: string; readonly [option: string]: unknown }[] = [
  { type: "round_robin" },
  { type: "least_conn" },
  { type: "random_two" },
  { type: "peak_ewma" },
  { type: "hash", table: "maglev" },
  { type: "hash", table: "ring" },
];

const shipped = new BalancerRegistry().names();

const arrivals = "max/mean after arrivals";
const churn = (turn: number): string => `max/mean after churn ${turn}`;

export const spread: Suite = {
  what:
    `${SOCKETS} WebSockets over ${PEERS} peers through 2 workers, ${CONCURRENCY} at a time, each with a user of its own as the key; ` +
    `then a random half closes and as many open again, ${CHURNS} times; counted by the backends${leftOut()}`,
  metrics: [arrivals, churn(1), churn(2)].map((name) => ({ name, unit: "1 is even", digits: 3 })),
  proxies: [nginxLeastConn, ...ofSwitchboard(), ...ofHaproxy()],
  rounds: 7,
  warmUpRounds: 0,
  isFresh: true,
  backendsEach: PEERS,
  async measure({ port }, ends, ports) {
    const sample: Record<string, number> = {};
    await openMore(SOCKETS, port, ends);
    sample[arrivals] = await maxToMean(ports, SOCKETS, ends);
    for (let turn = 1; turn <= CHURNS; turn++) {
      await ends.clients.ask("closeSome", { count: SOCKETS / 2 });
      await maxToMean(ports, SOCKETS / 2, ends);
      await openMore(SOCKETS / 2, port, ends);
      sample[churn(turn)] = await maxToMean(ports, SOCKETS, ends);
    }
    await closeAll(ends);
    return sample;
  },
};

/** What should take part and is not there: nothing is skipped silently. */
function leftOut(): string {
  const types = VARIANTS.map(({ type }) => type).filter((type) => !shipped.includes(type));
  const names = [...new Set(types), ...(haproxyVersion() === undefined ? ["haproxy"] : [])];
  return names.length === 0 ? "" : `; left out, as they are not there: ${names.join(", ")}`;
}

function ofSwitchboard(): Proxy[] {
  const listed = VARIANTS.map(({ type }) => type);
  const variants = [
    ...VARIANTS.filter(({ type }) => shipped.includes(type)),
    ...shipped.filter((type) => !listed.includes(type)).map((type) => ({ type })),
  ];
  return variants.map(switchboardBalancing);
}

function ofHaproxy(): Proxy[] {
  if (haproxyVersion() === undefined) return [];
  return [haproxyWith({ name: "haproxy leastconn", threads: 2, balance: "leastconn" })];
}

async function openMore(count: number, port: number, { clients }: Ends): Promise<void> {
  await clients.ask("openMany", { port, count, concurrency: CONCURRENCY, client: "program", isNamed: true });
}

async function maxToMean(ports: readonly number[], total: number, { backend }: Ends): Promise<number> {
  const counts = await backend.ask("countsOf", { ports, total, timeoutMs: TIMEOUT_MS });
  return (Math.max(...counts) * counts.length) / total;
}
