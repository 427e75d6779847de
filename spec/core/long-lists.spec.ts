import type { PickInput } from "../../src/core/balance/contract";
import { roundRobin } from "../../src/core/balance/round-robin";
import { RuntimeState } from "../../src/core/config/layers/runtime-state";
import { insertAt } from "../../src/core/config/validate-part";
import { Exposition } from "../../src/core/metrics/exposition";
import { writeRoutes } from "../../src/core/metrics/route-page";
import type { MetricsWorld } from "../../src/core/metrics/world";
import { changesOf } from "../../src/core/state/record";
import { seededRng } from "./support/seeded-rng";
import { aPeer } from "./support/upstream-fixture";

/** What is spread goes over the stack in Lua, which has room for 8,000 values. */
const LENGTH = 10_000;

const numbers: number[] = [];
const names: string[] = [];
for (const index of $range(1, LENGTH)) {
  numbers.push(index);
  names.push(`name-${index}`);
}

describe(`lists of ${LENGTH}`, () => {
  it("are looked ahead in by round_robin", () => {
    const balancer = roundRobin.create({ rng: seededRng(1), clock: { now: () => 0 } }, { start: 0 });
    const input: PickInput = { key: "", active: () => 0, eligible: () => true };
    balancer.update(names.map((key) => aPeer({ key })));
    expect(balancer.peek!(input)!.key).toBe("name-1");
    expect(balancer.pick(input)!.key).toBe("name-1");
    expect(balancer.peek!(input)!.key).toBe("name-2");
  });

  it("of overrides are written as changes", () => {
    const state = new RuntimeState();
    for (const peer of names)
      state.apply({ kind: "peer", upstream: "chat", peer, override: { removed: true } });
    expect(changesOf(state).length).toBe(LENGTH);
  });

  it("of reasons to drop overrides lose the oldest", () => {
    const state = new RuntimeState();
    state.apply({ kind: "prune", peers: [], routes: [], reasons: names });
    expect(state.dropped[state.dropped.length - 1]).toBe(`name-${LENGTH}`);
  });

  it("take in one more", () => {
    const longer = insertAt(numbers, 9000, 0);
    expect(longer.length).toBe(LENGTH + 1);
    expect(longer.slice(8999, 9002)).toEqual([9000, 0, 9001]);
  });

  it("of routes have their metrics", () => {
    let lines = 0;
    const out = new Exposition({
      write: (written) => {
        lines += written.length;
      },
      pause: () => undefined,
    });
    const world = { routes: () => names, active: () => 1, read: () => 0 } as unknown as MetricsWorld;
    writeRoutes(out, world);
    out.end();
    expect(lines).toBeGreaterThan(LENGTH);
  });
});
