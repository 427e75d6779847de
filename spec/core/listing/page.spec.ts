import { Listing, type SocketView } from "../../../src/core/listing/listing";
import { FIRST_PAGE, PageReader, parseCursor, type ListedProcess } from "../../../src/core/listing/page";
import type { SessionFilter } from "../../../src/core/session/filter";
import { SessionTable } from "../../../src/core/session/session-table";
import { MemoryListing } from "../support/memory-listing";
import { aPeer } from "../support/upstream-fixture";

const view: SocketView = { client: () => "", sentToClient: () => undefined, sentToPeer: () => undefined };
const noPause = (): void => undefined;

/** Two processes with ten sessions each, on the peers `a` and `b#10.0.0.9` in turn. */
function twoProcesses(): {
  stores: LuaMap<number, MemoryListing>;
  processes: ListedProcess[];
  ids: string[];
} {
  const stores = new LuaMap<number, MemoryListing>();
  const processes: ListedProcess[] = [];
  const ids: string[] = [];
  for (const slot of [2, 5]) {
    const table = new SessionTable(`${slot}-`);
    const store = new MemoryListing(100);
    for (let nth = 1; nth <= 10; nth += 1) {
      const session = table.open(nth);
      session.peer = aPeer({ key: nth % 2 === 0 ? "a" : "b#10.0.0.9" });
      session.route = nth > 5 ? "late" : "early";
      table.markOpen(session, 5);
      ids.push(session.id);
    }
    new Listing(table, store, view).catchUp(noPause);
    stores.set(slot, store);
    processes.push({ slot, pid: slot * 100, prefix: `${slot}-`, span: store.extent.span });
  }
  return { stores, processes, ids };
}

const { stores, processes, ids } = twoProcesses();
const reader = {
  record: (slot: number, place: number) => stores.get(slot)!.records.get(place),
  name: (slot: number, number: number) => stores.get(slot)!.names.get(number),
};

/** The ids on all pages. */
function pages(filter: SessionFilter, limit: number): string[][] {
  const found: string[][] = [];
  let after: string | undefined;
  do {
    let from = FIRST_PAGE;
    if (after !== undefined) {
      const [cursor] = parseCursor(after);
      from = cursor!;
    }
    const page = new PageReader(reader, filter, limit).read(processes, from, noPause);
    found.push(page.sessions.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  return found;
}

function sorted(found: readonly string[][]): string[] {
  const all: string[] = [];
  for (const page of found) for (const id of page) all.push(id);
  return all.sort();
}

describe("the pages of the list", () => {
  it("have each session once, as many as asked for", () => {
    for (const limit of [1, 3, 10, 19, 20, 21, 1000]) {
      const found = pages({}, limit);
      expect(sorted(found)).toEqual([...ids].sort());
      expect(found).toHaveLength(Math.ceil(20 / limit));
      for (const page of found.slice(0, found.length - 1)) expect(page).toHaveLength(limit);
    }
  });

  it("have those that are meant", () => {
    expect(sorted(pages({ route: "late" }, 4))).toHaveLength(10);
    expect(sorted(pages({ peer: "a", route: "late" }, 2))).toEqual([
      "2-10",
      "2-6",
      "2-8",
      "5-10",
      "5-6",
      "5-8",
    ]);
    expect(sorted(pages({ peer: "b" }, 3))).toHaveLength(10);
    expect(sorted(pages({ peer: "b#10.0.0.9", upstream: "chat" }, 3))).toHaveLength(10);
    expect(pages({ upstream: "other" }, 3)).toEqual([[]]);
  });

  it("leave out a session whose name is gone: it is closing", () => {
    const page = new PageReader({ ...reader, name: () => undefined }, {}, 5).read(
      processes,
      FIRST_PAGE,
      noPause,
    );
    expect(page.sessions).toEqual([]);
    expect(page.next).toBeUndefined();
  });

  it("go on with the next process where one is gone", () => {
    const page = new PageReader(reader, {}, 100).read([processes[1]!], { slot: 2, place: 7 }, noPause);
    expect(page.sessions).toHaveLength(10);
  });

  it("take no cursor of another kind", () => {
    for (const text of ["", "1", "1.", ".1", "a.b", "1.2.3", "-1.0", "1.99999999999"]) {
      const [cursor] = parseCursor(text);
      expect(cursor).toBeUndefined();
    }
  });
});
