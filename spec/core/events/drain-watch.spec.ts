import {
  DrainWatch,
  type DrainEvent,
  type DrainingPeer,
  type FormerPeers,
} from "../../../src/core/events/drain-watch";

const PEER: DrainingPeer = { upstream: "chat", peer: "a", state: "drain", isClosing: false, left: 5 };

let watch: DrainWatch;

beforeEach(() => {
  watch = new DrainWatch();
});

/** What one look tells of a single peer. */
function look(fields: Partial<DrainingPeer> = {}): string {
  watch.beginLook();
  const found = watch.look({ ...PEER, ...fields });
  expect(watch.endLook(former(0, false))).toEqual([]);
  return found === undefined ? "" : `${found.phase} ${found.left}`;
}

function former(left: number, isConfigured: boolean): FormerPeers {
  return { left: () => left, isConfigured: () => isConfigured };
}

/** What a look tells that finds no peer. */
function lookAway(peers: FormerPeers): readonly DrainEvent[] {
  watch.beginLook();
  return watch.endLook(peers);
}

describe("a drain", () => {
  it("starts, comes along and is done, each told once", () => {
    const told = [5, 5, 3, 3, 0, 0].map((left) => look({ left }));
    expect(told).toEqual(["started 5", "", "progress 3", "", "done 0", ""]);
  });

  it("of a peer without sessions starts, and is done at the next look", () => {
    expect([look({ left: 0 }), look({ left: 0 }), look({ left: 0 })]).toEqual(["started 0", "done 0", ""]);
  });

  it("tells when the sessions left begin to be closed, and again if that was put off", () => {
    const told = [
      look(),
      look({ isClosing: true, left: 4 }),
      look({ isClosing: true, left: 4 }),
      look({ left: 4 }),
      look({ isClosing: true, left: 4 }),
    ];
    expect(told).toEqual(["started 5", "closing 4", "", "", "closing 4"]);
  });

  it("goes on if a bound session comes after it was done", () => {
    expect([5, 0, 1, 0].map((left) => look({ left }))).toEqual([
      "started 5",
      "done 0",
      "progress 1",
      "done 0",
    ]);
  });

  it("is cancelled if the peer is ready again, unless it was done", () => {
    look();
    expect(lookAway(former(4, true))).toEqual([{ upstream: "chat", peer: "a", phase: "cancelled", left: 4 }]);
    expect(lookAway(former(4, true))).toEqual([]);
    look({ left: 0 });
    look({ left: 0 });
    expect(lookAway(former(2, true))).toEqual([]);
  });

  it("is done if the peer is gone with its last session, and cancelled if its sessions stay", () => {
    look();
    expect(lookAway(former(0, false))).toEqual([{ upstream: "chat", peer: "a", phase: "done", left: 0 }]);
    look();
    expect(lookAway(former(2, false))).toEqual([
      { upstream: "chat", peer: "a", phase: "cancelled", left: 2 },
    ]);
  });
});

test("peers of the same id in two upstreams are two peers", () => {
  watch.beginLook();
  expect(watch.look(PEER)?.phase).toBe("started");
  expect(watch.look({ ...PEER, upstream: "other" })?.phase).toBe("started");
});

test("what another watch has told is not told again", () => {
  const before = [
    { upstream: "chat", peer: "a", phase: "started", left: 5 },
    { upstream: "chat", peer: "a", phase: "closing", left: 5 },
    { upstream: "chat", peer: "a", phase: "progress", left: 4 },
    { upstream: "chat", peer: "b", phase: "done", left: 0 },
    { upstream: "chat", peer: "c", phase: "cancelled", left: 3 },
  ] as const;
  for (const told of before) watch.recall(told);
  watch.beginLook();
  expect(watch.look({ ...PEER, left: 4, isClosing: true })).toBe(undefined);
  expect(watch.look({ ...PEER, peer: "b", left: 0 })).toBe(undefined);
  expect(watch.look({ ...PEER, peer: "c" })?.phase).toBe("started");
});
