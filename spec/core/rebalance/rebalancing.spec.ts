import type { UpstreamConfig } from "../../../src/core/config/snapshot";
import { seededRng } from "../support/seeded-rng";
import { aPeerConfig, anUpstream } from "../support/upstream-fixture";
import { MovingFleet } from "./moving-fleet";

const WINDOW_S = 600;

/** Peers `p1`, `p2` and so on. */
function upstream(count: number, weight: (number: number) => number = () => 1): UpstreamConfig {
  const peers = [];
  for (const number of $range(1, count))
    peers.push(aPeerConfig({ id: `p${number}`, address: `10.0.0.${number}:80`, weight: weight(number) }));
  return anUpstream({ peers });
}

/** Of what happened in any second of the clock, the most. */
function mostInASecond(times: readonly number[]): number {
  const counts = new LuaMap<number, number>();
  let most = 0;
  for (const at of times) {
    const count = (counts.get(Math.floor(at)) ?? 0) + 1;
    counts.set(Math.floor(at), count);
    most = Math.max(most, count);
  }
  return most;
}

/** The most sessions of a peer by the mean. */
function ratioOf(fleet: MovingFleet, peers: number): number {
  let most = 0;
  let all = 0;
  for (const number of $range(1, peers)) {
    const active = fleet.active(`p${number}`);
    most = Math.max(most, active);
    all += active;
  }
  return (most / all) * peers;
}

/** Ten peers with 1,000 sessions on four workers, and five new peers. */
function grown(): MovingFleet {
  const rng = seededRng(4);
  const fleet = new MovingFleet(4, upstream(10));
  for (const number of $range(0, 999))
    fleet.open(fleet.workers[rng.integer(4) - 1]!, `p${(number % 10) + 1}`);
  fleet.apply(upstream(15));
  return fleet;
}

describe("1,000 sessions of 10 peers that become 15", () => {
  it("end with no peer above the target, within the planned time and rate, each moved once at most", () => {
    const fleet = grown();
    const plan = fleet.plan(1.1, WINDOW_S);
    expect(plan.count).toBe(270);
    expect(plan.before).toBeCloseTo(1.5);
    expect(plan.after).toBeLessThanOrEqual(1.1);
    expect(plan.reason).toBeUndefined();
    fleet.begin(plan, 50, WINDOW_S);
    const begunAtS = fleet.now;
    fleet.run(20);
    expect(fleet.isDone()).toBe(true);
    expect(fleet.now - begunAtS).toBeLessThan(270 / 50 + 1.5);
    expect(fleet.movedAt).toHaveLength(270);
    expect(mostInASecond(fleet.movedAt)).toBeLessThanOrEqual(50);
    expect(ratioOf(fleet, 15)).toBeLessThanOrEqual(1.1);
    for (const { moves } of fleet.relayed) expect(moves).toBeLessThanOrEqual(1);
    for (const number of $range(11, 15)) expect(fleet.active(`p${number}`)).toBe(54);
  });

  it("reach the new peers alike while it goes on", () => {
    const fleet = grown();
    fleet.begin(fleet.plan(1.1, WINDOW_S), 50, WINDOW_S);
    fleet.run(3);
    for (const number of $range(11, 15)) expect(fleet.active(`p${number}`)).toBeGreaterThan(10);
  });

  it("stay as they are when it is asked for again", () => {
    const fleet = grown();
    fleet.begin(fleet.plan(1.1, WINDOW_S), 1000, WINDOW_S);
    fleet.run(20);
    const again = fleet.plan(1.1, WINDOW_S);
    expect(again.count).toBe(0);
    expect(again.reason).toBeUndefined();
  });

  it("move no session twice within the window, however often it is asked for", () => {
    const fleet = grown();
    let most = 0;
    for (const turn of $range(1, 8)) {
      fleet.apply(upstream(15, (number) => (number % 4 === turn % 4 ? 1 : 5)));
      fleet.begin(fleet.plan(1, WINDOW_S), 2000, WINDOW_S);
      fleet.run(20);
      fleet.now += WINDOW_S / 3;
    }
    for (const { movedAt } of fleet.relayed) {
      most = Math.max(most, movedAt.length);
      for (const index of $range(1, movedAt.length - 1))
        expect(movedAt[index]! - movedAt[index - 1]!).toBeGreaterThanOrEqual(WINDOW_S);
    }
    expect(most).toBeGreaterThan(1);
  });
});

describe("a session", () => {
  function twoPeers(): MovingFleet {
    const fleet = new MovingFleet(1, upstream(1));
    for (const _ of $range(1, 10)) fleet.open(fleet.workers[0]!, "p1");
    fleet.apply(upstream(2));
    return fleet;
  }

  it("that was moved within the window stays, and may go when that is over", () => {
    const fleet = twoPeers();
    for (const one of fleet.relayed) {
      one.moves = 1;
      one.movedAtS = fleet.now - 100;
    }
    expect(fleet.plan(1.1, 101).count).toBe(0);
    expect(fleet.plan(1.1, 101).reason).toBe('only 0 of the 10 sessions of "p1" may be moved');
    expect(fleet.plan(1.1, 100).count).toBe(5);
  });

  it("whose route does not move it stays, and others go", () => {
    const fleet = twoPeers();
    for (const index of $range(0, 6)) fleet.relayed[index]!.isFixed = true;
    const plan = fleet.plan(1.1, WINDOW_S);
    expect(plan.planned).toEqual([7, 3]);
    fleet.begin(plan, 50, WINDOW_S);
    fleet.run(10);
    expect([fleet.active("p1"), fleet.active("p2")]).toEqual([7, 3]);
    expect(fleet.isDone()).toBe(true);
  });

  it("goes nowhere when the peer it was planned for takes none any more", () => {
    const fleet = twoPeers();
    fleet.begin(fleet.plan(1.1, WINDOW_S), 2, WINDOW_S);
    fleet.run(0.5);
    expect(fleet.movedAt.length).toBeLessThanOrEqual(2);
    fleet.apply(
      anUpstream({
        peers: [
          aPeerConfig({ id: "p1", address: "10.0.0.1:80" }),
          aPeerConfig({ id: "p2", address: "10.0.0.2:80", state: "drain" }),
        ],
      }),
    );
    const before = fleet.movedAt.length;
    fleet.run(10);
    expect(fleet.movedAt).toHaveLength(before);
    expect(fleet.isDone()).toBe(true);
  });

  it("stays when clients have come and gone, and its move would not make it better", () => {
    const fleet = twoPeers();
    const plan = fleet.plan(1.1, WINDOW_S);
    expect(plan.count).toBe(5);
    for (const _ of $range(1, 9)) fleet.open(fleet.workers[0]!, "p2");
    fleet.begin(plan, 50, WINDOW_S);
    fleet.run(10);
    expect(fleet.movedAt).toHaveLength(0);
  });

  it("is not moved when the time of the order is over", () => {
    const fleet = twoPeers();
    fleet.begin(fleet.plan(1.1, WINDOW_S), 50, WINDOW_S);
    fleet.now += 1000;
    fleet.run(10);
    expect(fleet.movedAt).toHaveLength(0);
    expect(fleet.isDone()).toBe(true);
  });
});
