import type { Outcome, PeerCall } from "../../src/admin/write-call";
import { EditorFixture } from "./editor-fixture";

const A = { id: "a", address: "10.0.0.1:80" };
const B = { id: "b", address: "10.0.0.2:80" };
const C = { id: "c", address: "10.0.0.3:80" };

function fileOf(peers: readonly object[], fields: object = { slow_start: "1m" }): object {
  return { upstreams: { chat: { peers, ...fields } }, routes: [] };
}

let fixture: EditorFixture;

beforeEach(() => {
  fixture = new EditorFixture(fileOf([A, B]));
});

function onPeer(kind: PeerCall["kind"], peer: string, body: object = {}): Outcome {
  return fixture.editor.execute({ kind, upstream: "chat", peer, body: fixture.body(body) });
}

function add(body: object): Outcome {
  return fixture.editor.execute({ kind: "add_peer", upstream: "chat", body: fixture.body(body) });
}

function readFile(file: object): void {
  expect(fixture.editor.fileChanged(file, "FILE").refused).toBeUndefined();
}

/** Since when each of the peers takes sessions, as it was published last. */
function starts(of = fixture): string {
  return of
    .upstream("chat")
    .peers.map(({ id, readySinceS }) => `${id} ${readySinceS === undefined ? "-" : readySinceS.toString()}`)
    .join(", ");
}

describe("since when a peer takes sessions is noted", () => {
  it("of one that is added, and not of those that are there from the start", () => {
    expect(starts()).toBe("a -, b -");
    add(C);
    expect(starts()).toBe("a -, b -, c 1000");
    fixture.now = 1010;
    readFile(fileOf([A, B, { id: "d", address: "10.0.0.4:80" }]));
    expect(starts()).toBe("a -, b -, d 1010, c 1000");
  });

  it("of one that comes back from drain, maintenance, weight 0, or from among the backups", () => {
    onPeer("drain_peer", "a");
    expect(starts()).toBe("a -, b -");
    fixture.now = 1020;
    onPeer("ready_peer", "a");
    expect(starts()).toBe("a 1020, b -");
    onPeer("maint_peer", "a");
    expect(starts()).toBe("a -, b -");
    fixture.now = 1030;
    onPeer("patch_peer", "a", { state: "ready" });
    onPeer("patch_peer", "b", { weight: 0 });
    expect(starts()).toBe("a 1030, b -");
    fixture.now = 1040;
    onPeer("patch_peer", "b", { weight: 2 });
    expect(starts()).toBe("a 1030, b 1040");
    onPeer("patch_peer", "b", { backup: true });
    fixture.now = 1050;
    onPeer("patch_peer", "b", { backup: false });
    expect(starts()).toBe("a 1030, b 1050");
  });

  it("of one that has another address under its id", () => {
    readFile(fileOf([A, { id: "b", address: "10.0.0.9:80" }]));
    expect(starts()).toBe("a -, b 1000");
  });

  it("of one that is not added ready once it is", () => {
    add({ ...C, state: "drain" });
    expect(starts()).toBe("a -, b -, c -");
    fixture.now = 1020;
    onPeer("ready_peer", "c");
    expect(starts()).toBe("a -, b -, c 1020");
  });

  it("not where the upstream is new, or knows no slow start", () => {
    const other = { peers: [{ address: "10.0.1.1:80" }], slow_start: "1m" };
    readFile({ upstreams: { chat: { peers: [A, B] }, other }, routes: [] });
    expect(fixture.upstream("other").peers[0]!.readySinceS).toBeUndefined();
    add(C);
    expect(starts()).toBe("a -, b -, c -");
  });
});

describe("what was noted of a start", () => {
  beforeEach(() => {
    add(C);
  });

  it("stays over other changes", () => {
    fixture.now = 1010;
    onPeer("patch_peer", "c", { weight: 5 });
    onPeer("patch_peer", "a", { max_conns: 7 });
    readFile(fileOf([B, A]));
    expect(starts()).toBe("b -, a -, c 1000");
  });

  it("is no difference, neither under way nor when the window is over", () => {
    const { generation } = onPeer("ready_peer", "c");
    const published = fixture.published.length;
    for (const now of [1010, 5000]) {
      fixture.now = now;
      expect(onPeer("ready_peer", "c").generation).toBe(generation);
      expect(onPeer("patch_peer", "c", { weight: 1 }).generation).toBe(generation);
      expect(fixture.editor.dropEmptied()).toBeUndefined();
    }
    expect(fixture.published).toHaveLength(published);
  });

  it("stays over a reload, also when the window is over", () => {
    for (const now of [1010, 5000]) {
      fixture.now = now;
      const reloaded = new EditorFixture(fileOf([A, B, C, { id: "d", address: "10.0.0.4:80" }]), fixture);
      expect(starts(reloaded)).toBe("a -, b -, c 1000, d 1000");
    }
  });

  it("stays when emptied peers are dropped", () => {
    fixture.open.set("chat a", 1);
    onPeer("remove_peer", "a");
    fixture.open.set("chat a", 0);
    fixture.now = 1010;
    fixture.editor.dropEmptied();
    expect(fixture.upstream("chat").removed).toBeUndefined();
    expect(starts()).toBe("b -, c 1000");
  });

  it("is dropped where it is over and the window is made longer, and kept where it is not over", () => {
    fixture.now = 1030;
    readFile(fileOf([A, B], { slow_start: "2m" }));
    expect(starts()).toBe("a -, b -, c 1000");
    fixture.now = 1130;
    readFile(fileOf([A, B], { slow_start: "3m" }));
    expect(starts()).toBe("a -, b -, c -");
  });

  it("is dropped with slow start itself", () => {
    readFile(fileOf([A, B], {}));
    expect(starts()).toBe("a -, b -, c -");
  });

  it("is not in the document, nor in what is kept on the disk", () => {
    expect(fixture.appended).toEqual([
      { kind: "peer", upstream: "chat", peer: "c", override: { fields: C, added: true } },
    ]);
    expect(fixture.editor.layers.document()).toEqual(fileOf([A, B, C]));
  });
});
