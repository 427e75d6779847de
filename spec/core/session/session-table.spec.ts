import { hasTried, markTried, newSession, type Session } from "../../../src/core/session/session";
import { SessionTable } from "../../../src/core/session/session-table";
import { aPeer } from "../support/upstream-fixture";

let table: SessionTable;

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
  it("finds a session by its id until it is closed", () => {
    const [one, two] = [table.open(), table.open()];
    expect([one.id, two.id]).toEqual(["7.1-1", "7.1-2"]);
    expect(table.find("7.1-2")).toBe(two);
    expect(table.size).toBe(2);
    table.close(two);
    expect(table.find("7.1-2")).toBeUndefined();
    expect(table.find("7.1-1")).toBe(one);
    expect(table.size).toBe(1);
  });

  it("finds nothing else", () => {
    table.open();
    for (const id of ["", "1", "7.1-", "7.1-01", "7.1-2"]) expect(table.find(id)).toBeUndefined();
  });

  it("never gives an id twice", () => {
    const first = table.open();
    table.close(first);
    expect(table.open().id).toBe("7.1-2");
  });
});

describe("a session that is opened again", () => {
  /** Every field another than a new one has. */
  function spoil(session: Session): void {
    const peer = aPeer({ key: "a" });
    table.beginHandshake(session, 5);
    session.route = "rooms";
    session.peer = peer;
    session.hasSlot = true;
    session.isUpgrade = true;
    session.isOpen = true;
    markTried(session, peer);
    session.attempts = 3;
    session.failure = "timeout";
    session.refusal = "bad_upstream";
    session.isLate = true;
    session.requestHandle = 1;
    session.upstreamHandle = 2;
  }

  it("has nothing of the one before", () => {
    const before = table.open();
    table.beginHandshake(table.open(), 5);
    spoil(before);
    table.beginHandshake(table.open(), 5);
    table.close(before);
    const session = table.open();
    expect(session).toBe(before);
    expect(hasTried(session, aPeer({ key: "a" }))).toBe(false);
    expect(session).toEqual({ ...newSession(), id: session.id });
  });

  it("counts only the peers that it has tried itself", () => {
    const before = table.open();
    const peer = aPeer({ key: "a" });
    markTried(before, peer);
    expect(hasTried(before, peer)).toBe(true);
    table.close(before);
    expect(hasTried(table.open(), peer)).toBe(false);
  });

  it("is an object of its own while the other is open", () => {
    const one = table.open();
    table.close(one);
    const [two, three] = [table.open(), table.open()];
    expect(two).toBe(one);
    expect(three).not.toBe(two);
  });
});

describe("the handshakes under way", () => {
  it("are late once their deadline has come", () => {
    const [one, two] = [table.open(), table.open()];
    table.beginHandshake(one, 10);
    table.beginHandshake(two, 11);
    expect(late(9.9)).toEqual([]);
    expect(late(10)).toEqual([one.id]);
    expect(one.isLate).toBe(true);
    expect(late(20)).toEqual([two.id]);
  });

  it("are told late once", () => {
    table.beginHandshake(table.open(), 10);
    expect(late(10)).toHaveLength(1);
    expect(late(11)).toEqual([]);
  });

  it("are not late any more once they have ended", () => {
    const [answered, closed, waiting] = [table.open(), table.open(), table.open()];
    for (const session of [answered, closed, waiting]) table.beginHandshake(session, 10);
    table.endHandshake(answered);
    table.close(closed);
    expect(late(10)).toEqual([waiting.id]);
  });

  it("take a new deadline for a further attempt", () => {
    const session = table.open();
    table.beginHandshake(session, 10);
    table.beginHandshake(session, 20);
    expect(late(15)).toEqual([]);
    expect(late(20)).toEqual([session.id]);
    session.isLate = false;
    table.beginHandshake(session, 30);
    expect(late(30)).toEqual([session.id]);
  });

  it("can end while they are told late", () => {
    const [one, two, three] = [table.open(), table.open(), table.open()];
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
    const [one, two] = [table.open(), table.open()];
    table.beginHandshake(one, 10);
    table.beginHandshake(two, 10);
    table.endHandshake(one);
    table.endHandshake(one);
    expect(late(10)).toEqual([two.id]);
  });
});
