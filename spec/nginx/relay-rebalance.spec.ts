import { adminRequest } from "../support/admin-request";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { LightClient, startLightBackends } from "../support/relay/light";
import { waitFor } from "../support/wait-for";
import { allWorkers } from "../support/worker-probe";

const SESSIONS = 1000;
const [BEFORE, AFTER] = [10, 15];
const RATE = 200;
const TARGET = 1.1;
/** Beside the planned time: the machine is busy, and the list of what is moved is made first. */
const SLACK_MS = 15_000;
const AT_ONCE = 50;

interface Plan {
  readonly moves: number;
  readonly seconds: number;
  readonly unanswered: number;
  readonly before: { readonly max_over_mean: number };
}

interface Upstream {
  readonly rebalance?: object;
  readonly peers: readonly { readonly active: number }[];
}

jest.setTimeout(90_000);

it(`${SESSIONS} sessions on ${BEFORE} peers that become ${AFTER} are balanced within the planned time, and no client notices`, async () => {
  const ports = await startLightBackends(AFTER);
  const peers = ports.map((port) => ({ id: `p${port}`, address: `127.0.0.1:${port}` }));
  const gateway = await startGateway({
    config: {
      upstreams: { chat: { balancer: "least_conn", peers: peers.slice(0, BEFORE) } },
      routes: [{ id: "all", path: "/*", upstream: "chat", mode: "relay", on_drain: "move" }],
    },
    workers: 2,
  });
  await allWorkers(gateway);
  const clients = await openAll(gateway);
  for (const peer of peers.slice(BEFORE)) await call(gateway, "POST", "/peers", peer);
  const counts = (await call<Upstream>(gateway, "GET", "")).peers.map(({ active }) => active);
  // Two workers may have meant the same peer with the last ones.
  expect(Math.min(...counts.slice(0, BEFORE))).toBeGreaterThan((SESSIONS / BEFORE) * 0.95);
  expect(counts.slice(BEFORE)).toEqual(Array<number>(AFTER - BEFORE).fill(0));

  // A worker that is late has its sessions left out of the plan.
  await waitFor(async () => (await rebalance(gateway, { dry_run: true })).unanswered === 0);
  const beganMs = Date.now();
  const plan = await rebalance(gateway, { rate: RATE });
  expect(plan.before.max_over_mean).toBeGreaterThan(1.45);
  const end = async (): Promise<Upstream | false> => {
    const upstream = await call<Upstream>(gateway, "GET", "");
    return upstream.rebalance === undefined && maxOverMean(upstream) <= TARGET && upstream;
  };
  const { peers: balanced } = await waitFor(end, {
    timeoutMs: plan.seconds * 1000 + SLACK_MS,
    what: "the end of the moves",
  });
  expect(Date.now() - beganMs).toBeGreaterThan((plan.seconds * 1000) / 2);
  expect(balanced.reduce((sum, { active }) => sum + active, 0)).toBe(SESSIONS);
  const answers = await Promise.all(clients.map((client, nth) => client.ask(`message ${nth}`)));
  expect(answers).toEqual(clients.map((_, nth) => `message ${nth}`));
  expect(clients.filter(({ heardBefore, isOpen }) => heardBefore !== "" || !isOpen)).toEqual([]);
});

async function openAll(gateway: Gateway): Promise<LightClient[]> {
  const clients: LightClient[] = [];
  while (clients.length < SESSIONS) {
    const batch = Array.from({ length: AT_ONCE }, () => LightClient.open(gateway.port));
    clients.push(...(await Promise.all(batch)));
  }
  return clients;
}

function rebalance(gateway: Gateway, body: object): Promise<Plan> {
  return call<Plan>(gateway, "POST", "/rebalance", body);
}

function maxOverMean({ peers }: Upstream): number {
  const counts = peers.map(({ active }) => active);
  return (Math.max(...counts) * counts.length) / counts.reduce((sum, count) => sum + count, 0);
}

async function call<T>(gateway: Gateway, method: string, rest: string, body?: object): Promise<T> {
  const reply = await adminRequest<T>(gateway, method, `/v1/upstreams/chat${rest}`, { body });
  if (reply.status >= 300) throw new Error(`${method} ${rest}: ${reply.status} ${reply.text}`);
  return reply.json;
}
