import { BadScenario } from "../../src/simulator/scenario/errors";
import { readScenario } from "../../src/simulator/scenario/read";
import { makeVariants } from "../../src/simulator/scenario/timeline";
import { TINY } from "./scenarios";

function errorsOf(fields: object): string[] {
  try {
    makeVariants(readScenario({ ...TINY, ...fields }));
    return [];
  } catch (error) {
    if (!(error instanceof BadScenario)) throw error;
    return error.findings.map(({ pointer, message }) => `${pointer}: ${message}`);
  }
}

const drain = (peer: string): object => ({ at_s: 1, do: "drain", peers: [peer] });

describe("A bad scenario", () => {
  it.each([
    ["an unknown field", { durations: 1 }, /^: has an unknown field "durations"/],
    ["a missing field", { length: undefined }, /^: needs the field "length"/],
    ["a wrong type", { duration_s: "1" }, /^\/duration_s: must be number/],
    [
      "a negative rate",
      { arrivals: { phases: [{ rate: -1 }] } },
      /^\/arrivals\/phases\/0\/rate: must be >= 0/,
    ],
    [
      "a phase without an end",
      { arrivals: { phases: [{ rate: 1 }, { rate: 2 }] } },
      /^\/arrivals\/phases\/0: needs/,
    ],
    ["an unknown length", { length: { type: "weibull" } }, /^\/length: has an unknown "type": "weibull"/],
    [
      "a length that lacks something",
      { length: { type: "pareto", shape: 2 } },
      /^\/length: needs the field "min_s"/,
    ],
    ["a warm-up over the end", { warmup_s: 100 }, /^\/warmup_s: must be less than duration_s/],
    ["another staleness", { gateways: { staleness_ms: "soon" } }, /^\/gateways\/staleness_ms: must match/],
    [
      "an unknown event",
      { events: [{ at_s: 1, do: "explode" }] },
      /^\/events\/0: has an unknown "do": "explode"/,
    ],
    [
      "an event after the end",
      { events: [{ ...drain("p1"), at_s: 101 }] },
      /^\/events\/0\/at_s: must be at most/,
    ],
    [
      "a peer that is not there",
      { events: [drain("p3")] },
      /^\/events\/0\/peers\/0: there is no peer "p3" then/,
    ],
    [
      "a peer that is not there any more",
      { events: [drain("p1"), { at_s: 0, do: "remove", peers: ["p1"] }] },
      /^\/events\/0\/peers\/0: there is no peer "p1" then/,
    ],
    [
      "what the configuration refuses",
      { upstream: { peers: { count: 1 }, slow_start: "soon" } },
      /^\/upstream\/slow_start\/window: expected a duration/,
    ],
    [
      "a peer that the configuration refuses",
      { upstream: { peers: [{ id: "a" }, { id: "b", weight: -1 }] } },
      /^\/upstream\/peers\/1\/weight: expected/,
    ],
    ["an unknown balancer", { compare: ["fastest"] }, /^\/compare\/0: expected .*found "fastest"/],
    [
      "an option of a balancer",
      { compare: [{ label: "a", upstream: { balancer: { type: "round_robin", start: 1 } } }] },
      /^\/compare\/0\/upstream\/balancer: "start" must be 0/,
    ],
    [
      "what an event makes of the configuration",
      { events: [{ at_s: 1, do: "set", upstream: { retries: -1 } }] },
      /^\/events\/0\/upstream\/retries: expected/,
    ],
    [
      "what an event makes of a peer",
      { events: [{ at_s: 1, do: "set_peers", peers: ["p1"], fields: { weigth: 2 } }] },
      /^\/events\/0: .*weigth/,
    ],
    [
      "a peer that joins twice",
      { events: [{ at_s: 1, do: "join", peers: [{ id: "p1" }] }] },
      /^\/events\/0\/peers: /,
    ],
  ])("is refused with its place: %s", (_, fields, expected) => {
    const errors = errorsOf(fields);
    expect(errors[0]).toMatch(expected);
    expect(errors).toHaveLength(1);
  });

  it("is described once, whatever it compares", () => {
    const events = [drain("p9"), { ...drain("p8"), at_s: 2 }];
    expect(errorsOf({ compare: ["round_robin", "round_robin"], events })).toHaveLength(2);
  });
});
