import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";

const JSON_TYPE = { "content-type": "application/json" };
const SESSIONS = 60;
const RATE = 20;

const TUNNELS = 4;

interface Plan {
  readonly status: number;
  readonly moves: number;
  readonly unanswered: number;
}

/** A worker that is late on a busy machine has its sessions left out: then it is asked for again. */
function rebalance(gateway: Gateway, body: object, upstream = "chat"): Promise<Plan> {
  const ask = async (): Promise<Plan | false> => {
    const plan = await askOnce(gateway, upstream, body);
    return plan.unanswered === 0 && plan;
  };
  return waitFor(ask, { what: "an answer of all workers", timeoutMs: 20_000 });
}

async function askOnce(gateway: Gateway, upstream: string, body: object): Promise<Plan> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/upstreams/${upstream}/rebalance`, {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as Omit<Plan, "status">) };
}

interface Upstream {
  readonly rebalance?: { readonly moves: number; readonly left: number; readonly rate: number };
  readonly peers: readonly { readonly active: number }[];
}

async function look(gateway: Gateway): Promise<Upstream> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/upstreams/chat`);
  return (await response.json()) as Upstream;
}

async function setWeight(gateway: Gateway, upstream: string, peer: string, weight: number): Promise<void> {
  const response = await fetch(
    `http://127.0.0.1:${gateway.adminPort}/v1/upstreams/${upstream}/peers/${peer}`,
    { method: "PATCH", headers: JSON_TYPE, body: JSON.stringify({ weight }) },
  );
  expect(response.status).toBeLessThan(300);
}

describe("rebalancing", () => {
  it("moves sessions of all workers to a new peer as planned, and none that cannot be moved", async () => {
    const [old, fresh] = [await startBackend(), await startBackend()];
    const gateway = await startGateway({
      config: {
        upstreams: {
          chat: { peers: [{ id: "a", address: old.address }] },
          fixed: {
            peers: [
              { id: "a", address: old.address },
              { id: "b", address: fresh.address, weight: 0 },
            ],
          },
        },
        routes: [
          { id: "relays", path: "/*", upstream: "chat", mode: "relay", on_drain: "move" },
          { id: "tunnels", path: "/fixed", upstream: "fixed" },
        ],
      },
      workers: 2,
    });
    const clients: Client[] = [];
    for (let nth = 0; nth < SESSIONS; nth += 1) clients.push(await connect(gateway.url()));
    for (let nth = 0; nth < TUNNELS; nth += 1) clients.push(await connect(gateway.url("/fixed")));
    const added = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/upstreams/chat/peers`, {
      method: "POST",
      headers: JSON_TYPE,
      body: JSON.stringify({ id: "b", address: fresh.address }),
    });
    expect(added.status).toBeLessThan(300);

    await setWeight(gateway, "fixed", "b", 1);
    expect(await rebalance(gateway, {}, "fixed")).toMatchObject({
      status: 200,
      moves: 0,
      before: { max_over_mean: 2 },
      after: { max_over_mean: 2 },
      reason: `only 0 of the ${TUNNELS} sessions of "a" may be moved`,
    });

    const planned = [
      { id: "a", weight: 1, active: SESSIONS, movable: SESSIONS, planned: 33 },
      { id: "b", weight: 1, active: 0, movable: 0, planned: 27 },
    ];
    const plan = { moves: 27, seconds: 2, after: { max_over_mean: 1.1 }, peers: planned };
    expect(await rebalance(gateway, { rate: RATE, dry_run: true })).toMatchObject({ status: 200, ...plan });
    expect((await look(gateway)).rebalance).toBeUndefined();

    // One that takes the place of the other, which would go on for minutes.
    expect(await rebalance(gateway, { rate: 1, target: 1 })).toMatchObject({ status: 202 });
    await waitFor(async () => (await look(gateway)).rebalance?.rate === 1, { what: "moves under way" });
    const { status, moves } = await rebalance(gateway, { rate: RATE });
    expect(status).toBe(202);
    expect(moves).toBeLessThanOrEqual(27);
    await waitFor(async () => (await look(gateway)).rebalance === undefined, {
      what: "the end of the moves",
      timeoutMs: 30_000,
    });
    expect((await look(gateway)).peers.map(({ active }) => active)).toEqual([33, 27]);

    expect(await rebalance(gateway, {})).toMatchObject({ status: 200, moves: 0 });
    expect(clients.filter(({ socket }) => socket.readyState !== socket.OPEN)).toEqual([]);
  });
});
