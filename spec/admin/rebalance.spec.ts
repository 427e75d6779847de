import type { Rebalanced, RebalanceWish } from "../../src/admin/world";
import { planMoves } from "../../src/core/rebalance/plan";
import { aPeerConfig } from "../core/support/upstream-fixture";
import { poolOf } from "./pools";
import { call, failure, type Answered, type Parts } from "./world";

const PLACE = "/v1/upstreams/chat/rebalance";
const POOLS = [poolOf("chat", aPeerConfig({ id: "a" }), aPeerConfig({ id: "b" }))];

/** Two peers of which one has this many sessions. */
function outcomeWith(active: number, movable = active): Rebalanced {
  const peers = [
    { key: "a", weight: 1, active, movable, limit: Infinity },
    { key: "b", weight: 0.5, active: 0, movable: 0, limit: Infinity },
  ];
  return { peers, plan: planMoves(peers, 1.1), unanswered: 0 };
}

/** @param fields the body, decoded */
function ask(
  fields: Record<string, unknown>,
  outcome = outcomeWith(90),
  wishes: RebalanceWish[] = [],
): Answered {
  const parts: Parts = {
    pools: POOLS,
    world: {
      decode: () => $multi(fields),
      rebalance: (_pool, wish) => {
        wishes.push(wish);
        return $multi(outcome);
      },
    },
  };
  return call("POST", PLACE, parts, { body: "{}" });
}

describe("POST /v1/upstreams/U/rebalance", () => {
  it("has defaults", () => {
    const wishes: RebalanceWish[] = [];
    ask({}, outcomeWith(90), wishes);
    ask({ dry_run: true, rate: 0, target: 1.5, window: "1s" }, outcomeWith(90), wishes);
    expect(wishes).toEqual([
      { isDryRun: false, rate: 50, target: 1.1, windowS: 600 },
      { isDryRun: true, rate: 0, target: 1.5, windowS: 1 },
    ]);
  });

  it("is answered with the plan, 202 where moves have begun", () => {
    const answer = ask({ rate: 10 });
    expect(answer.status).toBe(202);
    expect(answer.body).toBe(
      '{"after":{"max_over_mean":1.1},"before":{"max_over_mean":1.5},"dry_run":false,"moves":24,"rate":10,"seconds":3,' +
        '"target":1.1,"unanswered":0,"peers":[{"active":90,"id":"a","movable":90,"planned":66,"weight":1},' +
        '{"active":0,"id":"b","movable":0,"planned":24,"weight":0.5}]}',
    );
  });

  it("is answered with 200 where nothing begins, and with why the target is not reached", () => {
    expect(ask({ dry_run: true }).status).toBe(200);
    const answer = ask({}, outcomeWith(90, 0));
    expect(answer.status).toBe(200);
    expect(answer.body).toContain(
      '"moves":0,"rate":50,"reason":"only 0 of the 90 sessions of \\"a\\" may be moved"',
    );
  });

  it("has an empty list where no peer takes sessions", () => {
    const none = { peers: [], plan: planMoves([], 1.1), unanswered: 1 };
    expect(ask({}, none).body).toContain('"unanswered":1,"peers":[]}');
  });

  it("refuses fields that cannot be, with their places", () => {
    const answer = ask({ rate: -1, target: 0.9, window: "soon", dryrun: true });
    expect(failure(answer)).toBe("422 invalid_config");
    for (const pointer of ["/rate", "/target", "/window", "/dryrun"])
      expect(answer.body).toContain(`"pointer":"${pointer}"`);
    expect(failure(ask({ rate: 1.5 }))).toBe("422 invalid_config");
    expect(failure(ask({ window: "25h" }))).toBe("422 invalid_config");
  });

  it("knows the upstream, and says so where the shared dict is full", () => {
    expect(failure(call("POST", "/v1/upstreams/none/rebalance"))).toBe("404 no_such_upstream");
    expect(failure(call("POST", PLACE, { pools: POOLS }))).toBe("503 store_full");
    expect(failure(call("POST", PLACE, { pools: POOLS }, { body: "[]" }))).toBe("400 bad_json");
    expect(failure(call("GET", PLACE, { pools: POOLS }))).toBe("405 method_not_allowed");
  });
});

it("GET /v1/upstreams/U tells what is under way", () => {
  const rebalancing = (): { moves: number; left: number; rate: number } => ({ moves: 9, left: 4, rate: 2 });
  expect(call("GET", "/v1/upstreams/chat", { pools: POOLS, world: { rebalancing } }).body).toContain(
    '"rebalance":{"left":4,"moves":9,"rate":2}',
  );
});
