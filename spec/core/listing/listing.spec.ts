import { Listing, type SocketView } from "../../../src/core/listing/listing";
import { FIRST_PAGE, PageReader, type ListedSession } from "../../../src/core/listing/page";
import type { Session } from "../../../src/core/session/session";
import { SessionTable } from "../../../src/core/session/session-table";
import { MemoryListing } from "../support/memory-listing";
import { aPeer } from "../support/upstream-fixture";

const view: SocketView = {
  client: () => "unix:",
  sentToClient: (session) => session.upstreamHandle,
  sentToPeer: () => 7,
};

let table: SessionTable;
let store: MemoryListing;
let listing: Listing;
let requests = 0;

beforeEach(() => {
  table = new SessionTable("7-");
  store = new MemoryListing(1000);
  listing = new Listing(table, store, view);
});

const noPause = (): void => undefined;

function openSession(peer = "a", route = "all"): Session {
  requests += 1;
  const session = table.open(requests);
  session.peer = aPeer({ key: peer });
  session.route = route;
  table.markOpen(session, 5);
  return session;
}

function listed(): readonly ListedSession[] {
  const process = { slot: 1, pid: 7, prefix: "7-", span: store.extent.span };
  return new PageReader(store.reader, {}, 1000).read([process], FIRST_PAGE, noPause).sessions;
}

function ids(): string[] {
  return listed()
    .map(({ id }) => id)
    .sort();
}

describe("the list of a worker's sessions", () => {
  it("has those that are open", () => {
    const [one, two] = [openSession("a"), openSession("b", "other")];
    expect(listing.isBehind()).toBe(true);
    listing.catchUp(noPause);
    expect(listing.isBehind()).toBe(false);
    expect(ids()).toEqual([one.id, two.id]);
    const second = listed().find(({ id }) => id === two.id);
    expect([second!.peer, second!.route, second!.start]).toEqual(["b", "other", "1970-01-01T00:00:05.000Z"]);
    table.close(one);
    listing.catchUp(noPause);
    expect(ids()).toEqual([two.id]);
  });

  it("spends nothing on one that is over before it is looked at", () => {
    table.close(openSession());
    listing.catchUp(noPause);
    expect([store.writes, store.announcements, store.size]).toEqual([0, 0, 0]);
  });

  it("has the one that follows another at its place", () => {
    const before = openSession("a");
    listing.catchUp(noPause);
    table.close(before);
    const after = openSession("b");
    expect(after.place).toBe(0);
    listing.catchUp(noPause);
    expect(ids()).toEqual([after.id]);
    expect(listed()[0]!.peer).toBe("b");
  });

  it("follows one that goes to another peer", () => {
    const [moved, other] = [openSession("a"), openSession("a")];
    listing.catchUp(noPause);
    moved.peer = aPeer({ key: "b" });
    table.changed.mark(moved.place);
    expect(listing.isBehind()).toBe(true);
    listing.catchUp(noPause);
    expect(listed().map(({ id, peer }) => `${id} ${peer}`)).toEqual([`${moved.id} b`, `${other.id} a`]);
    moved.upstreamHandle = 9;
    listing.refresh(10, noPause);
    expect(listed()[0]!.bytes_to_client).toBe(9);
    other.peer = moved.peer;
    table.changed.mark(other.place);
    listing.catchUp(noPause);
    for (const session of [moved, other]) table.close(session);
    listing.catchUp(noPause);
    expect([store.size, store.trespasses, listing.unlisted]).toEqual([0, 0, 0]);
  });

  it("leaves nothing when the last is closed", () => {
    const sessions: Session[] = [];
    for (let nth = 0; nth < 100; nth += 1) sessions.push(openSession(`p${nth}`));
    listing.catchUp(noPause);
    expect(store.size).toBe(201);
    for (const session of sessions) table.close(session);
    listing.catchUp(noPause);
    expect([store.size, store.extent.span, store.trespasses]).toEqual([0, 0, 0]);
    expect(store.extent.firstName).toBe(store.extent.nextName);
  });

  it("writes the bytes of those that have moved some, within its budget", () => {
    const sessions = [openSession(), openSession(), openSession()];
    listing.catchUp(noPause);
    const { writes } = store;
    listing.refresh(10, noPause);
    expect(store.writes).toBe(writes);
    for (const session of sessions) session.upstreamHandle = 100;
    listing.refresh(2, noPause);
    expect(store.writes).toBe(writes + 2);
    listing.refresh(2, noPause);
    expect(store.writes).toBe(writes + 3);
    for (const session of listed())
      expect([session.bytes_to_client, session.bytes_to_peer]).toEqual([100, 7]);
    expect(store.trespasses).toBe(0);
  });
});

describe("a list that is full", () => {
  it("leaves sessions out, tells how many, and takes them when there is room", () => {
    store.capacity = 12;
    const sessions: Session[] = [];
    for (let nth = 0; nth < 15; nth += 1) sessions.push(openSession());
    listing.catchUp(noPause);
    expect(listed()).toHaveLength(10);
    expect([listing.unlisted, store.extent.unlisted]).toEqual([5, 5]);
    table.close(sessions.find(({ id }) => id === listed()[0]!.id)!);
    listing.catchUp(noPause);
    listing.retry(noPause);
    expect(listed()).toHaveLength(10);
    expect(listing.unlisted).toBe(4);
    store.capacity = 100;
    listing.catchUp(noPause);
    listing.retry(noPause);
    expect(listed()).toHaveLength(14);
    expect([listing.unlisted, store.extent.unlisted]).toEqual([0, 0]);
    expect(store.trespasses).toBe(0);
  });

  it("forgets those that close meanwhile", () => {
    store.capacity = 0;
    const sessions = [openSession(), openSession()];
    listing.catchUp(noPause);
    expect(listing.unlisted).toBe(2);
    for (const session of sessions) table.close(session);
    listing.catchUp(noPause);
    listing.retry(noPause);
    expect(listing.unlisted).toBe(0);
  });
});
