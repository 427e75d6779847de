import { allowance, isMeant } from "../../../src/core/session/close-order";
import type { SessionFilter } from "../../../src/core/session/filter";
import { newSession, type Session } from "../../../src/core/session/session";
import { aPeer } from "../support/upstream-fixture";

function aSession(): Session {
  const session = newSession();
  session.id = "7-1";
  session.isOpen = true;
  session.openedAt = 90;
  session.route = "all";
  session.peer = aPeer({ key: "a#10.0.0.1" });
  return session;
}

function means(filter: SessionFilter, session = aSession()): boolean {
  return isMeant({ filter, atS: 100 }, session, 101);
}

describe("an order to close sessions", () => {
  it("means those of its filter", () => {
    for (const filter of [{}, { peer: "a" }, { peer: "a#10.0.0.1" }, { upstream: "chat", route: "all" }]) {
      expect(means(filter)).toBe(true);
    }
    for (const filter of [
      { peer: "b" },
      { peer: "a#" },
      { upstream: "other" },
      { peer: "a", route: "some" },
    ]) {
      expect(means(filter)).toBe(false);
    }
  });

  it("means the one of its id", () => {
    expect(isMeant({ id: "7-1", filter: {}, atS: 100 }, aSession(), 101)).toBe(true);
    expect(isMeant({ id: "7-2", filter: {}, atS: 100 }, aSession(), 101)).toBe(false);
  });

  it("leaves those that open later, and takes all as old if the clock was set back", () => {
    const session = aSession();
    session.openedAt = 100.5;
    expect(means({}, session)).toBe(false);
    session.openedAt = 5000;
    expect(means({}, session)).toBe(true);
  });

  it("leaves those that are not open, or are being closed", () => {
    const pending = aSession();
    pending.isOpen = false;
    const closing = aSession();
    closing.verdict = "drained";
    expect([means({}, pending), means({}, closing)]).toEqual([false, false]);
  });
});

describe("the pace", () => {
  it("is the rate in each second, in even parts", () => {
    expect(allowance(100, 10, 20)).toBe(7);
    expect(allowance(100, 10, 20.5)).toBe(57);
    expect(allowance(100, 10, 20.97)).toBe(100);
    expect(allowance(1, 10, 20)).toBe(1);
  });

  it("begins with the order", () => {
    expect(allowance(100, 20.75, 20.75)).toBe(7);
    expect(allowance(100, 20.5, 20.75)).toBe(32);
  });

  it("goes on when the clock is set back", () => {
    expect(allowance(100, 5000, 20.5)).toBe(57);
  });
});
