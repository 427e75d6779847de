import { adminRequest } from "../support/admin-request";
import { totalCount } from "../support/admin-calls";
import { changePeers } from "../support/change-in-force";
import { backendOf, openMany, startFleet } from "../support/fleet";
import type { Fleet } from "../support/fleet";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { readMetrics } from "../support/metrics";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER, probe } from "../support/worker-probe";

const PEERS = ["a", "b", "c", "d", "e"];
const KEYS = Array.from({ length: 30 }, (_, index) => `room-${index}`);
const UNBOUND = { type: "hash", balance_factor: 0 };

type Homes = Readonly<Record<string, string>>;

let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet(PEERS);
});

function documentOf(fields: object, peers: readonly object[] = fleet.peers()): object {
  return {
    upstreams: { chat: { peers, ...fields } },
    routes: [{ id: "all", path: "/*", upstream: "chat", key: "$arg_key" }],
  };
}

function start(document: object, workers: number): Promise<Gateway> {
  return startGateway({ config: document, workers, locationExtra: NAME_WORKER });
}

function targetOf(key: string): string {
  return `/?key=${encodeURIComponent(key)}`;
}

/** Where the sessions of each key go, in all workers: several backends of one key are joined. */
async function homesThrough(gateway: Gateway): Promise<Homes> {
  const workers = await allWorkers(gateway);
  const homes: Record<string, string> = {};
  await Promise.all(
    KEYS.map(async (key) => {
      const seen = new Set<string>();
      const asked = new Set<number>();
      await waitFor(
        async () => {
          const { backend, worker, status } = await probe(gateway, targetOf(key));
          asked.add(worker);
          seen.add(backend || `${status}`);
          return workers.every((pid) => asked.has(pid));
        },
        { what: `each worker to have had a session of "${key}"` },
      );
      homes[key] = [...seen].sort().join("+");
    }),
  );
  return homes;
}

/** What the gateway says about where they would go. */
async function toldBy(gateway: Gateway): Promise<Homes> {
  const homes: Record<string, string> = {};
  for (const key of KEYS) {
    const target = `/v1/upstreams/chat/pick?key=${encodeURIComponent(key)}`;
    const { status, json } = await adminRequest<{ peer?: { id: string } }>(gateway, "GET", target);
    homes[key] = json.peer?.id ?? `${status}`;
  }
  return homes;
}

/** The keys that have moved, and those that were on the peer. */
function moved(before: Homes, after: Homes, peer: string): { strangers: string[]; own: string[] } {
  const all = KEYS.filter((key) => before[key] !== after[key]);
  return {
    strangers: all.filter((key) => before[key] !== peer),
    own: all.filter((key) => before[key] === peer),
  };
}

function keysOn(homes: Homes, peer: string): string[] {
  return KEYS.filter((key) => homes[key] === peer);
}

describe.each(["maglev", "ring"])("hash with a %s table", (table) => {
  it("has one home for a key, in every worker and whatever the order of the peers", async () => {
    const balancer = { ...UNBOUND, table };
    const one = await start(documentOf({ balancer }), 2);
    const other = await start(documentOf({ balancer }, fleet.peers().reverse()), 1);
    const homes = await homesThrough(one);
    expect(new Set(Object.values(homes))).toEqual(new Set(PEERS));
    expect(await homesThrough(other)).toEqual(homes);
    expect(await toldBy(one)).toEqual(homes);
  });
});

describe("a peer that drains, comes back, and is removed", () => {
  it("takes only its own keys along, under hash", async () => {
    const gateway = await start(documentOf({ balancer: UNBOUND }), 2);
    const before = await homesThrough(gateway);
    await changePeers(gateway, "chat", "POST", "/b/drain", {});
    const drained = await homesThrough(gateway);
    expect(keysOn(drained, "b")).toEqual([]);
    expect(moved(before, drained, "b")).toEqual({ strangers: [], own: keysOn(before, "b") });
    expect(await toldBy(gateway)).toEqual(drained);

    await changePeers(gateway, "chat", "POST", "/b/ready");
    expect(await homesThrough(gateway)).toEqual(before);
    await changePeers(gateway, "chat", "DELETE", "/b");
    const removed = await homesThrough(gateway);
    expect(moved(before, removed, "b")).toEqual({ strangers: [], own: keysOn(before, "b") });
    expect(await toldBy(gateway)).toEqual(removed);
  });

  it("keeps its keys while it drains, where affinity goes by the key", async () => {
    const affinity = { type: "key", strict: true };
    const gateway = await start(documentOf({ balancer: "least_conn", affinity }), 2);
    const before = await homesThrough(gateway);
    expect(new Set(Object.values(before))).toEqual(new Set(PEERS));
    expect(await toldBy(gateway)).toEqual(before);
    await changePeers(gateway, "chat", "POST", "/b/drain", { deadline: "1h" });
    expect(await homesThrough(gateway)).toEqual(before);
    expect(await toldBy(gateway)).toEqual(before);

    await changePeers(gateway, "chat", "POST", "/b/maint");
    const refused = await homesThrough(gateway);
    expect(keysOn(refused, "503")).toEqual(keysOn(before, "b"));
    expect(await toldBy(gateway)).toEqual(refused);
    await changePeers(gateway, "chat", "DELETE", "/b");
    const removed = await homesThrough(gateway);
    expect(moved(before, removed, "b")).toEqual({ strangers: [], own: keysOn(before, "b") });
    expect(await toldBy(gateway)).toEqual(removed);
  });
});

it("one busy key spreads over as many peers as the bound asks for, its home first", async () => {
  const sockets = 300;
  // What another worker has just done is known a pick later.
  const slack = 2;
  const gateway = await start(documentOf({ balancer: "hash" }), 2);
  await allWorkers(gateway);
  const target = targetOf("busy");
  const [first] = await openMany(gateway, 1, target);
  await openMany(gateway, sockets - 1, target);
  await waitFor(async () => (await totalCount(gateway)) === sockets, { what: `a count of ${sockets}` });
  const counts = fleet.counts();
  const bound = Math.ceil((1.25 * sockets) / PEERS.length);
  expect(Math.max(...Object.values(counts))).toBeLessThanOrEqual(bound + slack);
  expect(counts[backendOf(first!)]).toBeGreaterThanOrEqual(bound - slack);
  // Four at their bound hold them all.
  expect(Math.min(...Object.values(counts))).toBeLessThanOrEqual(4 * slack);
});

it("sessions without a key go to the peer with the fewest, and are counted", async () => {
  const gateway = await start(documentOf({ balancer: "hash" }), 2);
  await openMany(gateway, 25, "/?key=");
  await openMany(gateway, 25, "/");
  await openMany(gateway, 5, targetOf("room"));
  const counted = async (): Promise<boolean> =>
    (await readMetrics(gateway)).value("switchboard_empty_keys_total", { route: "all" }) === 50;
  await waitFor(counted, { what: "50 empty keys" });
  await waitFor(() => fleet.total() === 55, { what: "55 sockets" });
  expect(fleet.difference()).toBeLessThanOrEqual(7);
});

it("a route that has no key is refused in front of a balancer that needs one", async () => {
  const gateway = await start(documentOf({ balancer: "hash" }), 1);
  const document = documentOf({ balancer: "hash" }) as { routes: object[] };
  const body = { ...document, routes: [...document.routes, { id: "bare", path: "/bare", upstream: "chat" }] };
  const headers = { "if-match": "*" };
  const { status, json } = await adminRequest<{ error: { details: { pointer: string }[] } }>(
    gateway,
    "PUT",
    "/v1/config",
    { body, headers },
  );
  expect([status, json.error.details]).toEqual([
    422,
    [
      {
        pointer: "/routes/1",
        message: '"key" is missing: upstream "chat" needs one for its balancer "hash"',
      },
    ],
  ]);
});
