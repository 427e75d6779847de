import type { RelayConfig } from "../../../src/core/config/snapshot";
import { ExitCloser } from "../../../src/core/session/exit-closer";
import type { Session } from "../../../src/core/session/session";
import { SessionTable } from "../../../src/core/session/session-table";
import { aRelayRoute, FakeRelayed } from "../support/fake-relayed";
import { seededRng } from "../support/seeded-rng";

let now: number;
let sessions: SessionTable;
let requests = 0;

beforeEach(() => {
  now = 1000;
  sessions = new SessionTable("7.1-");
});

function open(): Session {
  requests += 1;
  const session = sessions.open(requests);
  sessions.markOpen(session, now);
  return session;
}

function relay(id: string, fields: Partial<RelayConfig>): FakeRelayed {
  const goTo = (): undefined => undefined;
  return new FakeRelayed(open(), aRelayRoute({ id }, fields), sessions, () => now, goTo);
}

function many(count: number, id: string, fields: Partial<RelayConfig>): FakeRelayed[] {
  const made: FakeRelayed[] = [];
  for (const _ of $range(1, count)) made.push(relay(id, fields));
  return made;
}

function closedOf(relays: readonly FakeRelayed[]): number {
  return relays.filter(({ closedAs }) => closedAs === "exiting").length;
}

function exiting(): ExitCloser {
  return new ExitCloser(
    { sessions, clock: { now: () => now }, rng: seededRng(1), makeWay: () => undefined },
    now,
  );
}

function run(closer: ExitCloser, seconds: number): void {
  for (const _ of $range(1, seconds / 0.05)) {
    if (closer.isDue()) closer.step(() => undefined);
    now += 0.05;
  }
}

describe("a worker that exits", () => {
  it("closes the sessions of routes that want it, each over its spread, and leaves the others", () => {
    const slow = many(100, "slow", { onExit: "close", exitSpreadMs: 10_000 });
    const fast = many(100, "fast", { onExit: "close", exitSpreadMs: 2000 });
    const staying = many(3, "staying", {});
    const tunnel = open();
    const closer = exiting();
    run(closer, 1);
    expect(closedOf(fast)).toBeGreaterThan(30);
    expect(closedOf(fast)).toBeLessThan(70);
    run(closer, 1.1);
    expect(closedOf(fast)).toBe(100);
    run(closer, 3);
    expect(closedOf(slow)).toBeGreaterThan(30);
    expect(closedOf(slow)).toBeLessThan(70);
    run(closer, 5.1);
    expect(closedOf(slow)).toBe(100);
    expect(closedOf(staying)).toBe(0);
    expect(tunnel.verdict).toBe("");
  });

  it("closes also what opens meanwhile, by the same end", () => {
    const closer = exiting();
    run(closer, 5);
    const late = relay("late", { onExit: "close", exitSpreadMs: 10_000 });
    run(closer, 5.6);
    expect(late.closedAs).toBe("exiting");
    const later = relay("late", { onExit: "close", exitSpreadMs: 10_000 });
    run(closer, 0.6);
    expect(later.closedAs).toBe("exiting");
  });

  it("without a spread closes them at once", () => {
    const relays = many(100, "r", { onExit: "close", exitSpreadMs: 0 });
    run(exiting(), 0.05);
    expect(closedOf(relays)).toBe(100);
  });
});
