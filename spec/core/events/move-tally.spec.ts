import { MoveTally } from "../../../src/core/events/move-tally";

const NOW = 1000;
let tally: MoveTally;

beforeEach(() => {
  tally = new MoveTally();
});

describe("what is told of moves", () => {
  it("is one event for a drain of thousands", () => {
    expect(tally.isDue(NOW)).toBe(false);
    for (let nth = 0; nth < 10_000; nth += 1) tally.moved("chat", "a", nth % 2 === 0 ? "b" : "c", "drained");
    expect(tally.isDue(NOW)).toBe(true);
    expect(tally.take(NOW)).toEqual([{ upstream: "chat", from: "a", why: "drained", sessions: 10_000 }]);
    expect(tally.isDue(NOW + 5)).toBe(false);
  });

  it("comes once a second, also when the clock was set back", () => {
    tally.moved("chat", "a", "b", "drained");
    tally.take(NOW);
    tally.moved("chat", "a", "b", "drained");
    expect([tally.isDue(NOW + 0.9), tally.isDue(NOW + 1), tally.isDue(NOW - 600)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("names where they went if that is one peer, and how many found none", () => {
    tally.moved("chat", "a", "b", "crashed");
    tally.failed("chat", "a", "crashed");
    tally.moved("chat", "a", "b", "crashed");
    tally.failed("chat", "c", "maint");
    const events = tally
      .take(NOW)
      .concat()
      .sort((one, other) => (one["from"]! < other["from"]! ? -1 : 1));
    expect(events).toEqual([
      { upstream: "chat", from: "a", to: "b", why: "crashed", sessions: 2, failed: 1 },
      { upstream: "chat", from: "c", why: "maint", sessions: 0, failed: 1 },
    ]);
  });

  it("keeps peers and reasons apart", () => {
    tally.moved("chat", "a", "b", "crashed");
    tally.moved("chat", "a", "b", "drained");
    tally.moved("chat", "b", "a", "drained");
    tally.moved("next", "a", "b", "drained");
    expect(tally.take(NOW)).toHaveLength(4);
  });

  it("is bounded where very many peers lose sessions", () => {
    for (let nth = 0; nth < 200; nth += 1) tally.moved("chat", `p${nth}`, "b", "drained");
    const events = tally.take(NOW);
    expect(events).toHaveLength(51);
    expect(events[50]).toEqual({ why: "others", sessions: 150 });
    for (let nth = 0; nth < 200; nth += 1) tally.moved("chat", `p${nth}`, "b", "drained");
    expect(tally.take(NOW + 1)).toHaveLength(3);
  });
});
