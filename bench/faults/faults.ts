import { setTimeout as sleep } from "node:timers/promises";
import type { FaultyBackend } from "../../spec/support/faults/faulty-backend";
import { FLEET_NAME } from "./fleet";
import type { Fault, Stage } from "./fault";

const HELD_MS = 5_000;
const SLOW_MS = 3_000;
const FLAP_MS = 1_000;
/** After the silence begins: probes are waiting then. */
const RELOAD_AFTER_MS = 1_200;

/** Something happens to the first backend. */
function ofOne(breakIt: (backend: FaultyBackend) => Promise<void>): Fault["begin"] {
  return async ({ backends: [first] }) => {
    await breakIt(first!);
    return () => first!.heal();
  };
}

function hosts(backends: readonly FaultyBackend[]): string[] {
  return backends.map(({ address }) => address.split(":")[0]!);
}

export const FAULTS: readonly Fault[] = [
  {
    name: "refuse",
    what: "1 of 4 closes its port; its open sockets stay",
    heldMs: HELD_MS,
    begin: ofOne((backend) => backend.refuse()),
  },
  {
    name: "blackhole",
    what: "1 of 4 drops every SYN; its open sockets stay",
    heldMs: HELD_MS,
    begin: ofOne((backend) => backend.blackhole()),
  },
  {
    name: "silence",
    what: "1 of 4 takes connections and requests, and answers nothing",
    heldMs: HELD_MS,
    begin: ofOne((backend) => backend.silence()),
  },
  {
    name: "garbage",
    what: "1 of 4 answers with what is no HTTP",
    heldMs: HELD_MS,
    begin: ofOne((backend) => backend.garbage()),
  },
  {
    name: "reset",
    what: "1 of 4 answers 101 and resets the connection",
    heldMs: HELD_MS,
    begin: ofOne((backend) => backend.resetAfter101()),
  },
  {
    name: "mute",
    what: "1 of 4 answers 101, and then nothing any more",
    heldMs: HELD_MS,
    begin: ofOne((backend) => backend.mute()),
  },
  {
    name: "wrong-name",
    what: "1 of 4, all of them reached over TLS, shows the certificate of another name",
    heldMs: HELD_MS,
    by: "tls",
    // A TLS handshake costs a backend that is written in JavaScript as much as ten others.
    perSecond: 50,
    begin: ofOne((backend) => backend.wrongName()),
  },
  {
    name: "slow",
    what: `1 of 4 answers handshakes after ${SLOW_MS / 1000} s; a handshake may take 1 s`,
    heldMs: HELD_MS,
    begin: ofOne((backend) => backend.slow(SLOW_MS)),
  },
  {
    name: "stop",
    what: "1 of 4 is stopped (SIGSTOP): its kernel takes connections, nobody answers",
    heldMs: HELD_MS,
    begin: ofOne((backend) => backend.stop()),
  },
  {
    name: "kill",
    what: "1 of 4 is killed (kill -9) with 500 open sockets on it, and started again",
    heldMs: HELD_MS,
    quietSockets: 2_000,
    begin: ofOne((backend) => backend.kill()),
  },
  {
    name: "all-down",
    what: "all 4 close their ports; their open sockets stay",
    heldMs: HELD_MS,
    isTotal: true,
    async begin({ backends }) {
      await Promise.all(backends.map((backend) => backend.refuse()));
      return async () => void (await Promise.all(backends.map((backend) => backend.heal())));
    },
  },
  {
    name: "dns",
    what: "1 of 4 addresses leaves the answer for the name they are reached by, and comes back; the backend is well",
    heldMs: HELD_MS,
    by: "name",
    async begin({ backends, dns }) {
      dns!.setAddresses(FLEET_NAME, hosts(backends.slice(1)), 1);
      return async () => dns!.setAddresses(FLEET_NAME, hosts(backends), 1);
    },
  },
  {
    name: "flapping",
    what: "1 of 4 closes its port for 1 s and has it open for 1 s, 10 times",
    heldMs: 20 * FLAP_MS,
    isIntermittent: true,
    begin: flap,
  },
  {
    name: "reload",
    what: "1 of 4 falls silent, and the proxy is reloaded while probes wait for it",
    heldMs: HELD_MS,
    async begin({ backends: [first], proxy }) {
      await first!.silence();
      const reload = setTimeout(() => proxy.reload(), RELOAD_AFTER_MS);
      return async () => {
        clearTimeout(reload);
        await first!.heal();
      };
    },
  },
];

async function flap({ backends: [first] }: Stage): Promise<() => Promise<void>> {
  const end = new AbortController();
  const turns = (async () => {
    while (!end.signal.aborted) {
      await first!.refuse();
      await sleep(FLAP_MS, undefined, { signal: end.signal }).catch(() => undefined);
      await first!.heal();
      await sleep(FLAP_MS, undefined, { signal: end.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    end.abort();
    await turns;
    await first!.heal();
  };
}
