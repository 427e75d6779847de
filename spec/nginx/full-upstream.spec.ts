import { countsOf } from "../support/admin-calls";
import { Client, open } from "../support/client";
import type { Refusal } from "../support/client";
import { startFleet } from "../support/fleet";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";

const BALANCERS = ["round_robin", "least_conn", "random_two", "hash", "peak_ewma"];
const LIMITS: Readonly<Record<string, number>> = { a: 3, b: 2 };
const ROOM = 5;

let gateway: Gateway;

beforeAll(async () => {
  const fleet = await startFleet(["a", "b"]);
  const peers = fleet.peers({ a: { max_conns: LIMITS["a"] }, b: { max_conns: LIMITS["b"] } });
  gateway = await startGateway({
    config: {
      upstreams: Object.fromEntries(BALANCERS.map((balancer) => [balancer, { balancer, peers }])),
      routes: BALANCERS.map((name) => ({ id: name, path: `/${name}`, upstream: name, key: "$arg_key" })),
    },
    workers: 2,
  });
});

async function rush(target: string, count: number): Promise<{ clients: Client[]; refusals: Refusal[] }> {
  const urls = Array.from({ length: count }, () => gateway.url(`${target}?key=x`));
  const outcomes = await Promise.all(urls.map((url) => open(url)));
  return {
    clients: outcomes.filter((outcome) => outcome instanceof Client),
    refusals: outcomes.filter((outcome): outcome is Refusal => !(outcome instanceof Client)),
  };
}

it.each(BALANCERS)("%s fills every peer to its limit, and then refuses until one is free", async (name) => {
  const counts = async (): Promise<string> => JSON.stringify(await countsOf(gateway, name));
  const full = JSON.stringify(LIMITS);
  const { clients, refusals } = await rush(`/${name}`, 20);
  expect(clients).toHaveLength(ROOM);
  expect(await counts()).toBe(full);
  for (const { status, headers } of refusals) {
    expect([status, headers["switchboard-error"]]).toEqual([503, "no_live_peer"]);
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
  }
  for (const client of clients.slice(0, 2)) {
    await client.close();
    await waitFor(async () => (await counts()) !== full, { what: "a free slot" });
    expect((await rush(`/${name}`, 4)).clients).toHaveLength(1);
    expect(await counts()).toBe(full);
  }
});
