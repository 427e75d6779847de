import { hasTried, isLate, markTried, newSession, type Session } from "../../../src/core/session/session";
import { SessionTable } from "../../../src/core/session/session-table";
import { aPeer } from "../support/upstream-fixture";

let table: SessionTable;
let requests = 0;

/** A session of a request that had none. */
function open(): Session {
  requests += 1;
  return table.open(requests);
}

beforeEach(() => {
  table = new SessionTable("7.1-");
});

/** The ids of those that are late now. */
function late(now: number): string[] {
  const ids: string[] = [];
  table.eachLate(now, (session) => {
    ids.push(session.id);
  });
  return ids.sort();
}

describe("the table of sessions", () => {
  it("finds a session by its request until it is closed", () => {
    const [one, two] = [table.open(11), table.open(12)];
    expect([one.id, two.id]).toEqual(["7.1-1", "7.1-2"]);
    expect(table.find(12)).toBe(two);
    expect(table.size).toBe(2);
    table.close(two);
    expect(table.find(12)).toBeUndefined();
    expect(table.find(11)).toBe(one);
    expect(table.size).toBe(1);
  });

  it("finds nothing else", () => {
    table.open(11);
    for (const request of [0, 1, 12]) expect(table.find(request)).toBeUndefined();
  });

  it("gives a request that comes where another was a session of its own", () => {
    table.close(table.open(11));
    const session = table.open(11);
    expect(session.id).toBe("7.1-2");
    expect(table.find(11)).toBe(session);
  });

  it("never gives an id twice", () => {
    const first = open();
    table.close(first);
    expect(open().id).toBe("7.1-2");
  });
});

describe("a session that is opened again", () => {
  /** Every field another than a new one has. */
  function spoil(session: Session): void {
    const peer = aPeer({ key: "a" });
    session.route = "rooms";
    session.peer = peer;
    session.hasSlot = true;
    session.isUpgrade = true;
    markTried(session, peer);
    session.attempts = 3;
    session.failure = "timeout";
    session.verdict = "bad_upstream";
    session.key = "room";
    session.upstreamHandle = 2;
  }

  it("has nothing of the one before", () => {
    table.markOpen(open(), 3);
    const before = open();
    table.beginHandshake(before, 5);
    table.markOpen(before, 4);
    spoil(before);
    table.close(before);
    const session = open();
    expect(session).toBe(before);
    expect(hasTried(session, aPeer({ key: "a" }))).toBe(false);
    expect(session).toEqual({ ...newSession(), id: session.id, requestHandle: session.requestHandle });
  });

  it("counts only the peers that it has tried itself", () => {
    const before = open();
    const peer = aPeer({ key: "a" });
    markTried(before, peer);
    expect(hasTried(before, peer)).toBe(true);
    table.close(before);
    expect(hasTried(open(), peer)).toBe(false);
  });

  it("is an object of its own while the other is open", () => {
    const one = open();
    table.close(one);
    const [two, three] = [open(), open()];
    expect(two).toBe(one);
    expect(three).not.toBe(two);
  });
});

describe("the handshakes under way", () => {
  it("are late once their deadline has come", () => {
    const [one, two] = [open(), open()];
    table.beginHandshake(one, 10);
    table.beginHandshake(two, 11);
    expect(late(9.9)).toEqual([]);
    expect(late(10)).toEqual([one.id]);
    expect(isLate(one)).toBe(true);
    expect(late(20)).toEqual([two.id]);
  });

  it("are told late once", () => {
    table.beginHandshake(open(), 10);
    expect(late(10)).toHaveLength(1);
    expect(late(11)).toEqual([]);
  });

  it("are not late any more once they have ended", () => {
    const [answered, closed, waiting] = [open(), open(), open()];
    for (const session of [answered, closed, waiting]) table.beginHandshake(session, 10);
    table.endHandshake(answered);
    table.close(closed);
    expect(late(10)).toEqual([waiting.id]);
  });

  it("take a new deadline for a further attempt", () => {
    const session = open();
    table.beginHandshake(session, 10);
    table.beginHandshake(session, 20);
    expect(late(15)).toEqual([]);
    expect(late(20)).toEqual([session.id]);
    table.beginHandshake(session, 30);
    expect(late(30)).toEqual([session.id]);
  });

  it("can end while they are told late", () => {
    const [one, two, three] = [open(), open(), open()];
    for (const session of [one, two, three]) table.beginHandshake(session, 10);
    let told = 0;
    table.eachLate(10, (session) => {
      told += 1;
      table.endHandshake(session);
    });
    expect(told).toBe(3);
    expect(late(10)).toEqual([]);
  });

  it("may end more than once", () => {
    const [one, two] = [open(), open()];
    table.beginHandshake(one, 10);
    table.beginHandshake(two, 10);
    table.endHandshake(one);
    table.endHandshake(one);
    expect(late(10)).toEqual([two.id]);
  });
});

describe("the open sessions", () => {
  function ids(): string[] {
    const found: string[] = [];
    table.eachOpen((session) => void found.push(session.id));
    return found.sort();
  }

  it("are those whose handshake has succeeded", () => {
    const [one, two] = [open(), open()];
    table.beginHandshake(one, 10);
    table.markOpen(one, 7);
    expect(ids()).toEqual([one.id]);
    expect([one.isOpen, one.openedAt, two.isOpen]).toEqual([true, 7, false]);
    expect(table.openCount()).toBe(1);
    expect(late(20)).toEqual([]);
  });

  it("keep their places until they close, and those of others are taken again", () => {
    const sessions = [open(), open(), open(), open()];
    for (const session of sessions) table.markOpen(session, 1);
    const places = sessions.map(({ place }) => place);
    expect(places).toEqual([0, 1, 2, 3]);
    table.close(sessions[1]!);
    expect(table.openAt(1)).toBeUndefined();
    expect(table.openAt(3)).toBe(sessions[3]);
    const next = open();
    table.markOpen(next, 2);
    expect(next.place).toBe(1);
    expect(table.openAt(1)).toBe(next);
    expect(table.openHighWater()).toBe(4);
  });

  it("begin at the first place again after the last has closed", () => {
    const sessions = [open(), open()];
    for (const session of sessions) table.markOpen(session, 1);
    for (const session of sessions) table.close(session);
    expect(table.openHighWater()).toBe(0);
    const next = open();
    table.markOpen(next, 2);
    expect(next.place).toBe(0);
    expect(ids()).toEqual([next.id]);
  });
});
