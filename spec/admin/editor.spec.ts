import type { RouteConfig } from "../../src/core/config/snapshot";
import type { Outcome, PeerCall } from "../../src/admin/write-call";
import { EditorFixture, FILE } from "./editor-fixture";

let fixture: EditorFixture;

beforeEach(() => {
  fixture = new EditorFixture();
});

function onPeer(kind: PeerCall["kind"], peer: string, body: object = {}): Outcome {
  return fixture.editor.execute({ kind, upstream: "chat", peer, body: fixture.body(body) });
}

function add(body: object): Outcome {
  return fixture.editor.execute({ kind: "add_peer", upstream: "chat", body: fixture.body(body) });
}

function peersOf(name: string): string[] {
  return fixture.upstream(name).peers.map(({ id, weight, state }) => `${id} ${weight} ${state}`);
}

describe("peers", () => {
  it("are added behind those of the file, and only their upstream is published", () => {
    const outcome = add({ id: "b", address: "10.0.0.3:80", weight: 3 });
    const { status, generation, etag, peer } = outcome;
    expect({ status, generation, etag }).toEqual({ status: 201, generation: 8, etag: '"8-t"' });
    expect(`${peer!.upstream} ${peer!.config.id} ${peer!.config.weight}`).toBe("chat b 3");
    expect(peersOf("chat")).toEqual(["a 1 ready", "10.0.0.2:80 1 ready", "b 3 ready"]);
    expect(fixture.published[1]!.isWhole).toBe(false);
    expect(fixture.published[1]!.upstreams).toHaveLength(1);
    expect(fixture.appended).toHaveLength(1);
    expect(add({ id: "b", address: "10.0.0.4:80" }).code).toBe("peer_exists");
  });

  it("are refused with pointers into the body", () => {
    const outcome = add({ id: "b", address: "nowhere", weigth: 1 });
    expect(outcome.status).toBe(422);
    expect(outcome.details!.map(({ pointer }) => pointer)).toEqual(["/address", "/weigth"]);
    expect(add({}).details).toEqual([{ pointer: "", message: '"address" is missing' }]);
    expect(fixture.appended).toHaveLength(0);
  });

  it("are changed, and a change to what is there is none", () => {
    expect(onPeer("patch_peer", "10.0.0.2:80", { weight: 5 }).status).toBe(200);
    expect(peersOf("chat")).toEqual(["a 1 ready", "10.0.0.2:80 5 ready"]);
    expect(onPeer("patch_peer", "10.0.0.2:80", { weight: 5 }).generation).toBe(8);
    expect(onPeer("ready_peer", "a").generation).toBe(8);
    expect(fixture.appended).toHaveLength(1);
    expect(onPeer("patch_peer", "a", { address: "10.0.0.9:80" }).status).toBe(422);
    expect(onPeer("patch_peer", "zz", {}).code).toBe("no_such_peer");
  });

  it("are drained with a deadline that a second call does not put off", () => {
    onPeer("drain_peer", "a", { close: "paced", deadline: "2m" });
    expect(fixture.upstream("chat").peers[0]!.closing).toEqual({ atS: 1120, spreadMs: 10_000 });
    fixture.now = 1050;
    expect(onPeer("drain_peer", "a").generation).toBe(8);
    onPeer("drain_peer", "a", { deadline: "3m" });
    expect(fixture.upstream("chat").peers[0]!.closing).toEqual({ atS: 1230, spreadMs: 10_000 });
    onPeer("ready_peer", "a");
    expect(fixture.upstream("chat").peers[0]!.closing).toBeUndefined();
    expect(fixture.editor.layers.overrides).toBe(0);
  });

  it("cannot all be drained without force", () => {
    onPeer("maint_peer", "a");
    expect(fixture.upstream("chat").peers[0]!.closing).toEqual({ atS: 0, spreadMs: 0 });
    expect(onPeer("drain_peer", "10.0.0.2:80").code).toBe("last_ready_peer");
    expect(onPeer("patch_peer", "10.0.0.2:80", { state: "maint" }).code).toBe("last_ready_peer");
    expect(onPeer("drain_peer", "10.0.0.2:80", { force: true }).status).toBe(200);
  });

  it("are removed, and listed until their last session has ended or they are back", () => {
    fixture.open.set("chat a", 2);
    expect(onPeer("remove_peer", "a", { sessions: "drain" }).peer!.isRemoved).toBe(true);
    expect(peersOf("chat")).toEqual(["10.0.0.2:80 1 ready"]);
    expect(fixture.upstream("chat").removed).toEqual([
      { key: "a", id: "a", host: "10.0.0.1", port: 80, closing: { atS: 1060, spreadMs: 10_000 } },
    ]);
    expect(fixture.editor.dropEmptied()).toBeUndefined();
    expect(fixture.generation).toBe(8);
    add({ id: "a", address: "10.0.0.1:80" });
    expect(fixture.upstream("chat").removed).toBeUndefined();
    expect(peersOf("chat")).toEqual(["a 1 ready", "10.0.0.2:80 1 ready"]);
    onPeer("remove_peer", "a");
    expect(fixture.upstream("chat").removed).toHaveLength(1);
    fixture.open.set("chat a", 0);
    fixture.editor.dropEmptied();
    expect(fixture.upstream("chat").removed).toBeUndefined();
  });
});

describe("the addresses of a name", () => {
  const address = { key: "n#10.0.0.1", id: "n", host: "10.0.0.1", port: 80 };

  beforeEach(() => {
    add({ id: "n", address: "chat.test:80" });
  });

  it("are named after a removal that closes, as long as a worker may have to hear of it", () => {
    onPeer("remove_peer", "n", { sessions: "close" });
    const closing = { atS: 1000, spreadMs: 0 };
    expect(fixture.upstream("chat").removed).toEqual([{ ...address, closing }]);
    const { generation } = fixture;
    fixture.now = 1005;
    fixture.editor.dropEmptied();
    expect(fixture.generation).toBe(generation);
    fixture.now = 1011;
    fixture.editor.dropEmptied();
    expect(fixture.upstream("chat").removed).toBeUndefined();
  });

  it("are named until a paced closing is over", () => {
    onPeer("remove_peer", "n", { sessions: "drain" });
    fixture.now = 1075;
    fixture.editor.dropEmptied();
    expect(fixture.upstream("chat").removed).toHaveLength(1);
    fixture.now = 1081;
    fixture.editor.dropEmptied();
    expect(fixture.upstream("chat").removed).toBeUndefined();
  });

  it("are not named after a removal that closes nothing, where no session is open", () => {
    onPeer("remove_peer", "n");
    expect(fixture.upstream("chat").removed).toBeUndefined();
  });
});

describe("a change that fails", () => {
  it("in the store leaves nothing", () => {
    fixture.prepareErr = "full";
    expect(onPeer("maint_peer", "a").code).toBe("store_full");
    expect(fixture.appended).toHaveLength(0);
  });

  it("on the disk leaves nothing", () => {
    fixture.appendErr = "no space";
    expect(onPeer("maint_peer", "a").code).toBe("state_not_writable");
    expect(fixture.aborted).toBe(1);
    expect(fixture.editor.layers.overrides).toBe(0);
  });

  it("at the last step is taken back", () => {
    fixture.commitErr = "full";
    expect(onPeer("maint_peer", "a").code).toBe("store_full");
    expect([fixture.undone, fixture.aborted, fixture.appended.length]).toEqual([1, 1, 0]);
    fixture.commitErr = undefined;
    expect(onPeer("maint_peer", "a").generation).toBe(8);
  });
});

describe("the whole document", () => {
  const document = { upstreams: { chat: { peers: [{ id: "z", address: "10.0.0.9:80" }] } } };

  function put(value: unknown, ifMatch?: string, isDryRun = false): Outcome {
    return fixture.editor.execute({ kind: "put_config", body: fixture.body(value), ifMatch, isDryRun });
  }

  it("is replaced by whoever has seen what is there", () => {
    expect(put(document).code).toBe("precondition_required");
    expect(put(document, '"6-t"').code).toBe("precondition_failed");
    onPeer("maint_peer", "a");
    expect(put(document, '"7-t"').status).toBe(412);
    expect(put(document, '"1-t", "8-t"').status).toBe(200);
    expect(peersOf("chat")).toEqual(["z 1 ready"]);
    expect(fixture.editor.layers.isFileShadowed).toBe(true);
    expect(fixture.editor.layers.overrides).toBe(0);
  });

  it("is only checked in a dry run", () => {
    expect(put(document, undefined, true)).toEqual({
      status: 200,
      warnings: [],
      isDryRun: true,
      generation: 7,
      etag: '"7-t"',
    });
    expect(put({ upstreams: 1 }, undefined, true).code).toBe("invalid_config");
    expect(put(undefined, undefined, true).code).toBe("bad_json");
  });

  it("is the file's again after a reset", () => {
    put(document, "*");
    expect(
      fixture.editor.fileChanged({ upstreams: { chat: {} }, routes: [] }, "NEW").refused,
    ).toBeUndefined();
    expect(peersOf("chat")).toEqual(["z 1 ready"]);
    fixture.editor.execute({ kind: "reset" });
    expect(peersOf("chat")).toEqual([]);
    expect(fixture.editor.layers.isFileShadowed).toBe(false);
  });
});

describe("the config file", () => {
  it("has to be valid also where another document stands in for it", () => {
    const document = { upstreams: {}, routes: [] };
    fixture.editor.execute({
      kind: "put_config",
      body: fixture.body(document),
      isDryRun: false,
      ifMatch: "*",
    });
    const bad = { upstreams: { chat: { peeers: [] } } };
    expect(fixture.editor.fileChanged(bad, "BAD").refused!.code).toBe("invalid_config");
    const { state } = fixture.editor.layers;
    const successor = new EditorFixture();
    const published = successor.published.length;
    expect(successor.editor.load(bad, "BAD", state).refused!.code).toBe("invalid_config");
    expect(successor.published).toHaveLength(published);
    expect(successor.editor.load(FILE, "FILE", state).refused).toBeUndefined();
  });

  it("keeps overrides of what it still has, and drops the others with a reason", () => {
    onPeer("patch_peer", "a", { weight: 9 });
    onPeer("patch_peer", "10.0.0.2:80", { weight: 8 });
    const peers = [{ id: "a", address: "10.0.0.7:80" }];
    fixture.editor.fileChanged({ ...FILE, upstreams: { ...FILE.upstreams, chat: { peers } } }, "NEW");
    expect(peersOf("chat")).toEqual(["a 9 ready"]);
    expect(fixture.upstream("chat").peers[0]!.address).toBe("10.0.0.7:80");
    expect(fixture.editor.layers.state.dropped).toEqual([
      'peer "10.0.0.2:80" of upstream "chat", changed at run time: the peer is gone',
    ]);
    expect(fixture.appended).toHaveLength(3);
  });

  it("changes nothing where it is not valid together with the overrides", () => {
    const outcome = fixture.editor.fileChanged({ upstreams: {}, routes: FILE.routes }, "NEW");
    expect(outcome.refused!.code).toBe("invalid_config");
    expect(fixture.generation).toBe(7);
  });
});

describe("routes", () => {
  function put(route: string, body: object): Outcome {
    return fixture.editor.execute({ kind: "put_route", route, body: fixture.body(body) });
  }

  it("are added, replaced in their place, and removed", () => {
    expect(put("rooms", { path: "/rooms/*", upstream: "other" }).status).toBe(200);
    put("all", { upstream: "other" });
    const ids = (): string[] => fixture.published[fixture.published.length - 1]!.routes!.map(({ id }) => id);
    expect(ids()).toEqual(["all", "rooms"]);
    fixture.editor.execute({ kind: "delete_route", route: "all" });
    expect(ids()).toEqual(["rooms"]);
    put("all", { upstream: "chat" });
    expect(ids()).toEqual(["all", "rooms"]);
    expect(fixture.editor.execute({ kind: "delete_route", route: "none" }).code).toBe("no_such_route");
  });

  it("are refused with pointers into the body", () => {
    expect(put("b", { upstream: "nobody" }).details![0]!.pointer).toBe("/upstream");
    expect(put("b", { id: "c", upstream: "chat" }).details![0]!.pointer).toBe("/id");
    expect(put("b", { upstream: "chat" }).details![0]!.message).toContain('ties with /routes/0 ("all")');
    expect(put("b", { upstream: "chat", path: "/b", relay: { replay: 1 } }).details![0]!.pointer).toBe(
      "/relay",
    );
  });

  it("have a mode, and what goes with it", () => {
    const relayed = { path: "/b", upstream: "chat", mode: "relay", on_drain: "move", relay: { replay: 1 } };
    const published = (): RouteConfig => fixture.published[fixture.published.length - 1]!.routes![1]!;
    expect(put("b", relayed).status).toBe(200);
    const { mode, onDrain, relay } = published();
    expect([mode, onDrain, relay!.replay, relay!.holdBytes]).toEqual(["relay", "move", 1, 65_536]);
    put("b", { path: "/b", upstream: "chat" });
    expect(published().relay).toBe(undefined);
  });
});
