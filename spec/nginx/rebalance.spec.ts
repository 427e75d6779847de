import { startBackend } from "../support/backend";
import { connect } from "../support/client";
import type { Client } from "../support/client";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import { allWorkers } from "../support/worker-probe";

const JSON_TYPE = { "content-type": "application/json" };
const SESSIONS = 60;
const RATE = 20;

/** Has the worker that is asked treat its sessions as ones that can be moved at once: their slots go, and their sockets stay. */
const MOVABLE = `location = /movable {
  content_by_lua_block {
    local sessions = require("resty.switchboard.ngx.worker").gatewayInUse().sessions
    sessions:eachOpen(function(session)
      local relayed = { moves = 0, movedAtS = 0 }
      function relayed:isMoving() return false end
      function relayed:canMove(why) return why == "rebalanced" end
      function relayed:move(why, mustLeave, to)
        session.pool:release(session)
        session.pool:pick(session, "", to)
        self.moves, self.movedAtS = self.moves + 1, ngx.now()
        return true
      end
      sessions.relayed[session] = relayed
    end)
    ngx.print(ngx.worker.pid())
  }
}`;

interface Plan {
  readonly status: number;
  readonly moves: number;
  readonly unanswered: number;
}

/** A worker that is late on a busy machine has its sessions left out: then it is asked for again. */
function rebalance(gateway: Gateway, body: object): Promise<Plan> {
  const ask = async (): Promise<Plan | false> => {
    const plan = await askOnce(gateway, body);
    return plan.unanswered === 0 && plan;
  };
  return waitFor(ask, { what: "an answer of all workers", timeoutMs: 20_000 });
}

async function askOnce(gateway: Gateway, body: object): Promise<Plan> {
  const response = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/upstreams/chat/rebalance`, {
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

async function makeMovable(gateway: Gateway, workers: readonly number[]): Promise<void> {
  const done = new Set<number>();
  await waitFor(
    async () => {
      const response = await fetch(`http://127.0.0.1:${gateway.port}/movable`, {
        headers: { connection: "close" },
      });
      done.add(Number(await response.text()));
      return workers.every((pid) => done.has(pid));
    },
    { what: "sessions that can be moved, in all workers", timeoutMs: 20_000 },
  );
}

describe("rebalancing", () => {
  it("moves sessions of all workers to a new peer as planned, and none that cannot be moved", async () => {
    const [old, fresh] = [await startBackend(), await startBackend()];
    const gateway = await startGateway({
      config: {
        upstreams: { chat: { peers: [{ id: "a", address: old.address }] } },
        routes: [{ id: "all", path: "/*", upstream: "chat" }],
      },
      workers: 2,
      serverExtra: MOVABLE,
    });
    const workers = await allWorkers(gateway);
    const clients: Client[] = [];
    for (let nth = 0; nth < SESSIONS; nth += 1) clients.push(await connect(gateway.url()));
    const added = await fetch(`http://127.0.0.1:${gateway.adminPort}/v1/upstreams/chat/peers`, {
      method: "POST",
      headers: JSON_TYPE,
      body: JSON.stringify({ id: "b", address: fresh.address }),
    });
    expect(added.status).toBeLessThan(300);

    // Tunnels, all of them.
    expect(await rebalance(gateway, {})).toMatchObject({
      status: 200,
      moves: 0,
      before: { max_over_mean: 2 },
      after: { max_over_mean: 2 },
      reason: `only 0 of the ${SESSIONS} sessions of "a" may be moved`,
    });

    await makeMovable(gateway, workers);
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
