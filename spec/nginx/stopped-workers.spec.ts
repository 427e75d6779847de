import { onCleanup } from "../support/cleanup";
import { describedRequest } from "../support/described-request";
import { startGateway, type Gateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER, probe, startNamedBackend } from "../support/worker-probe";

const PEERS = "/v1/upstreams/chat/peers";

interface Failure {
  readonly error?: { readonly code: string };
}

let gateway: Gateway;
let workers: number[];

beforeEach(async () => {
  const [a, b] = [await startNamedBackend("a"), await startNamedBackend("b")];
  gateway = await startGateway({
    config: {
      upstreams: {
        chat: {
          peers: [
            { id: "a", address: a.address },
            { id: "b", address: b.address },
          ],
        },
      },
      routes: [{ id: "all", path: "/*", upstream: "chat" }],
    },
    workers: 2,
    locationExtra: NAME_WORKER,
  });
  workers = await allWorkers(gateway);
});

/** Stops a process between two pieces of work: one that holds a lock of the shared memory would stop the others too. */
async function freeze(pid: number): Promise<void> {
  onCleanup(() => void process.kill(pid, "SIGCONT"));
  const isFrozenAlone = async (): Promise<boolean> => {
    process.kill(pid, "SIGSTOP");
    const signal = AbortSignal.timeout(1_000);
    const url = `http://127.0.0.1:${gateway.adminPort}/v1/status`;
    const isAnswered = await fetch(url, { headers: { connection: "close" }, signal }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (!isAnswered) process.kill(pid, "SIGCONT");
    return isAnswered;
  };
  await waitFor(isFrozenAlone, { timeoutMs: 10_000, what: "the others to go on" });
}

async function setWeight(weight: number): Promise<string> {
  const { status, json } = await describedRequest<Failure>(gateway, "PATCH", `${PEERS}/a`, {
    body: { weight },
  });
  return json.error === undefined ? `${status}` : `${status} ${json.error.code}`;
}

async function leader(): Promise<number> {
  return waitFor(
    async () => {
      const { json } = await describedRequest<{ leader: number }>(gateway, "GET", "/v1/status");
      return json.leader > 0 && json.leader;
    },
    { what: "a leader" },
  );
}

/** Waits until so many handshakes in a row have gone to b, in each worker. */
async function whenAllGoToB(): Promise<void> {
  const counts = new Map<number, number>();
  await waitFor(
    async () => {
      const { worker, backend } = await probe(gateway);
      counts.set(worker, backend === "b" ? (counts.get(worker) ?? 0) + 1 : 0);
      return workers.every((pid) => (counts.get(pid) ?? 0) >= 4);
    },
    { timeoutMs: 10_000, what: "the change in every worker" },
  );
}

it("a change is answered 202 while a worker stands still, and comes into force there when it goes on", async () => {
  await waitFor(async () => (await setWeight(1)) === "200", { what: "a change in force" });
  const leading = await leader();
  const stopped = workers.find((pid) => pid !== leading)!;
  await freeze(stopped);
  expect(await setWeight(0)).toBe("202");
  expect(await setWeight(0)).toBe("202");
  process.kill(stopped, "SIGCONT");
  await waitFor(async () => (await setWeight(0)) === "200", { what: "the change to be in force" });
  await whenAllGoToB();
});
