import fc from "fast-check";
import { planMoves, type Plan } from "../../../src/core/rebalance/plan";
import { meanLoad, type PlanPeer } from "../../../src/core/rebalance/shares";

const ROUNDING = 1e-6;

function peersOf(fields: readonly Omit<PlanPeer, "key">[]): PlanPeer[] {
  return fields.map((peer, index) => ({
    ...peer,
    key: `p${index}`,
    movable: Math.min(peer.movable, peer.active),
  }));
}

const limit = fc.oneof({ weight: 3, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary: fc.nat(12) });
const smallPeer = fc.record({
  weight: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(0.5, 1 / 3)),
  active: fc.nat(7),
  movable: fc.oneof({ weight: 3, arbitrary: fc.constant(99) }, { weight: 1, arbitrary: fc.nat(7) }),
  limit,
});
const largePeer = fc.record({
  weight: fc.integer({ min: 1, max: 1000 }),
  active: fc.nat(20_000),
  movable: fc.oneof({ weight: 3, arbitrary: fc.constant(20_000) }, { weight: 1, arbitrary: fc.nat(20_000) }),
  limit: fc.oneof({ weight: 3, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary: fc.nat(20_000) }),
});
const target = fc.constantFrom(1, 1.05, 1.1, 1.25, 1.5, 2, 3);

/** What each peer loses (below 0) or gets. */
type Changes = readonly number[];

/** All that moves can make of it, with who is at its share taking no more. */
function* everyOutcome(peers: readonly PlanPeer[], at = 0, sum = 0): Generator<Changes> {
  const peer = peers[at];
  if (peer === undefined) {
    if (sum === 0) yield [];
    return;
  }
  const share = Math.ceil(meanLoad(peers) * peer.weight - 1e-9);
  const most = Math.max(0, Math.min(share, peer.limit) - peer.active);
  for (let change = -peer.movable; change <= most; change += 1)
    for (const rest of everyOutcome(peers, at + 1, sum + change)) yield [change, ...rest];
}

/** The highest load above the limit, of those that have not given all they could. */
function levelOf(peers: readonly PlanPeer[], changes: Changes, limitLoad: number): number {
  return peers.reduce((level, { active, weight, movable }, at) => {
    const change = changes[at]!;
    return change === -movable ? level : Math.max(level, (active + change) / weight);
  }, limitLoad);
}

function movesOf(changes: Changes): number {
  return changes.reduce((sum, change) => sum + Math.max(0, change), 0);
}

function changesOf(peers: readonly PlanPeer[], plan: Plan): Changes {
  const changes = new Map(peers.map(({ key }) => [key, 0]));
  for (const { from, to, count } of plan.moves) {
    changes.set(from, changes.get(from)! - count);
    changes.set(to, changes.get(to)! + count);
  }
  return [...changes.values()];
}

function highestRatio(peers: readonly PlanPeer[], changes: Changes): number {
  const mean = meanLoad(peers);
  if (mean === 0) return 1;
  return Math.max(...peers.map(({ active, weight }, at) => (active + changes[at]!) / weight / mean));
}

function isSound(peers: readonly PlanPeer[], plan: Plan, wanted: number): void {
  const changes = changesOf(peers, plan);
  const mean = meanLoad(peers);
  expect(plan.planned).toEqual(peers.map(({ active }, at) => active + changes[at]!));
  expect(plan.count).toBe(plan.moves.reduce((sum, { count }) => sum + count, 0));
  const givers = new Set(plan.moves.map(({ from }) => from));
  for (const { from, to, count } of plan.moves) {
    expect(count).toBeGreaterThan(0);
    expect(givers.has(to)).toBe(false);
    expect(from).not.toBe(to);
  }
  for (const [at, { active, weight, movable, limit: most }] of peers.entries()) {
    const change = changes[at]!;
    expect(-change).toBeLessThanOrEqual(movable);
    if (change <= 0) continue;
    expect(active + change).toBeLessThanOrEqual(most);
    // Before the last one it took it was below its share.
    expect(active + change - 1).toBeLessThan(mean * weight);
  }
  expect(plan.before).toBeCloseTo(
    highestRatio(
      peers,
      peers.map(() => 0),
    ),
    9,
  );
  expect(plan.after).toBeCloseTo(peers.length === 0 ? 1 : highestRatio(peers, changes), 9);
  expect(plan.after).toBeLessThanOrEqual(plan.before + ROUNDING);
  expect(plan.reason === undefined).toBe(plan.after <= wanted + ROUNDING);
  if (plan.reason !== undefined) expect(plan.reason).not.toBe("");
}

describe("a plan", () => {
  it("reaches the lowest load that any moves reach, with the fewest moves that do", () => {
    fc.assert(
      fc.property(fc.array(smallPeer, { minLength: 1, maxLength: 4 }), target, (fields, wanted) => {
        const peers = peersOf(fields);
        const limitLoad = wanted * meanLoad(peers);
        const plan = planMoves(peers, wanted);
        isSound(peers, plan, wanted);
        let level = Infinity;
        let moves = Infinity;
        let lowest = Infinity;
        for (const changes of everyOutcome(peers)) {
          const reached = levelOf(peers, changes, limitLoad);
          const count = movesOf(changes);
          if (reached < level - ROUNDING || (reached < level + ROUNDING && count < moves)) {
            level = Math.min(level, reached);
            moves = count;
          }
          lowest = Math.min(lowest, highestRatio(peers, changes));
        }
        expect(levelOf(peers, changesOf(peers, plan), limitLoad)).toBeCloseTo(level, 6);
        expect(plan.count).toBe(moves);
        if (lowest <= wanted + 1e-12) expect(plan.after).toBeLessThanOrEqual(wanted + ROUNDING);
      }),
      { numRuns: 400 },
    );
  });

  it("is sound for any fleet, and reaches the target where sessions and limits let it", () => {
    fc.assert(
      fc.property(fc.array(largePeer, { maxLength: 40 }), target, (fields, wanted) => {
        const peers = peersOf(fields);
        isSound(peers, planMoves(peers, wanted), wanted);
        const free = peers.map((peer) => ({ ...peer, movable: peer.active, limit: Infinity }));
        const plan = planMoves(free, wanted);
        isSound(free, plan, wanted);
        // Whole sessions are fine enough for the lightest of them.
        const isFine = free.every(({ weight }) => meanLoad(free) * weight * (wanted - 1) >= 1);
        if (isFine) {
          expect(plan.after).toBeLessThanOrEqual(wanted + ROUNDING);
          const mean = meanLoad(free);
          const above = free.reduce(
            (sum, { active, weight }) =>
              sum + Math.max(0, active - Math.floor(wanted * mean * weight + 1e-9)),
            0,
          );
          expect(plan.count).toBe(above);
        }
      }),
    );
  });

  it("has fewer pairs than peers, and is made at once for thousands", () => {
    const peers = Array.from({ length: 2_000 }, (_, index) => ({
      key: `p${index}`,
      weight: 1 + (index % 3),
      active: index % 2 === 0 ? 0 : 100,
      movable: index % 7 === 0 ? 10 : 100,
      limit: index % 5 === 0 ? 30 : Infinity,
    }));
    const plan = planMoves(peers, 1.1);
    isSound(peers, plan, 1.1);
    expect(plan.moves.length).toBeLessThan(peers.length);
    expect(plan.count).toBeGreaterThan(20_000);
  });
});
