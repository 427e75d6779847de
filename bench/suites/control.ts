import { setTimeout as sleep } from "node:timers/promises";
import { spreadOf } from "../measure/statistics";
import { controlled, type ControlledProxy } from "../proxies/controlled";
import { closeAll } from "./closing";
import type { Ends, Suite } from "./suite";

const HANDSHAKES = 1_000;
const CONCURRENCY = 4;
/** Between two changes while handshakes are measured. */
const CHANGE_INTERVAL_MS = 100;
const TURNS = 3;

const CHANGES = ["PATCH", "drain", "PUT of all"] as const;
const WORKERS = ["leader", "other worker"] as const;

export const control: Suite = {
  what:
    `one peer's weight (PATCH), its drain, and every peer (PUT of the document) by the admin API; two workers; ` +
    `${HANDSHAKES} handshakes, ${CONCURRENCY} at a time, without and with a PATCH every ${CHANGE_INTERVAL_MS} ms, ${TURNS} times in turn`,
  metrics: [
    ...CHANGES.flatMap((change) => [
      { name: `${change}: answered after`, unit: "ms", digits: 0 },
      { name: `${change}: live in all workers after`, unit: "ms", digits: 0 },
      ...WORKERS.map((worker) => ({
        name: `${change}: longest piece of work, ${worker}`,
        unit: "ms",
        digits: 1,
      })),
    ]),
    { name: "handshake p99, no changes", unit: "ms", digits: 2 },
    { name: "handshake p99, changes", unit: "ms", digits: 2 },
    { name: "handshake p99, excess", unit: "ms", digits: 2 },
  ],
  proxies: [controlled(100, 10), controlled(1_000, 100), controlled(10_000, 1_000), controlled(10_000, 1)],
  rounds: 5,
  warmUpRounds: 1,
  isFresh: true,
  async measure(running, ends) {
    const proxy = running as ControlledProxy;
    const sample: Record<string, number> = {};
    const doIt = { PATCH: proxy.changeOne, drain: proxy.drainOrReady, "PUT of all": proxy.changeAll };
    for (const name of CHANGES) {
      const change = await proxy.observe(doIt[name]);
      sample[`${name}: answered after`] = change.answeredAfterMs;
      sample[`${name}: live in all workers after`] = change.liveAfterMs;
      sample[`${name}: longest piece of work, leader`] = change.leaderMs;
      sample[`${name}: longest piece of work, other worker`] = change.otherMs;
    }
    const quiet: number[] = [];
    const busy: number[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      quiet.push(await handshakeP99(proxy.port, ends));
      busy.push(await whileChanging(proxy, () => handshakeP99(proxy.port, ends)));
    }
    sample["handshake p99, no changes"] = spreadOf(quiet).median;
    sample["handshake p99, changes"] = spreadOf(busy).median;
    sample["handshake p99, excess"] = spreadOf(busy.map((p99, turn) => p99 - quiet[turn]!)).median;
    return sample;
  },
};

/** One change after the other, beside the work. */
async function whileChanging<T>(proxy: ControlledProxy, work: () => Promise<T>): Promise<T> {
  let isDone = false;
  const changes = (async () => {
    while (!isDone) {
      await proxy.changeOne();
      await sleep(CHANGE_INTERVAL_MS);
    }
  })();
  try {
    return await work();
  } finally {
    isDone = true;
    await changes;
  }
}

async function handshakeP99(port: number, ends: Ends): Promise<number> {
  const { p99 } = await ends.clients.ask("handshakes", {
    port,
    count: HANDSHAKES,
    concurrency: CONCURRENCY,
  });
  await closeAll(ends);
  return p99;
}
