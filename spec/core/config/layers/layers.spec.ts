import type { PeerOverride } from "../../../../src/core/config/layers/change";
import { Layers } from "../../../../src/core/config/layers/layers";
import { NULL } from "../documents";
import type { Json } from "../documents";

const FILE = {
  upstreams: {
    chat: { retries: 1, peers: [{ id: "a", address: "h:1", weight: 2 }, { address: "h:2" }] },
    other: { peers: [{ id: "a", address: "h:3" }] },
  },
  routes: [
    { id: "one", upstream: "chat" },
    { id: "two", upstream: "other" },
  ],
};

function withPeer(layers: Layers, peer: string, override?: PeerOverride, upstream = "chat"): Layers {
  const [next] = layers.apply({ kind: "peer", upstream, peer, override });
  return next!;
}

function withRoute(layers: Layers, route: string, config?: Json): Layers {
  const [next] = layers.apply({ kind: "route", route, override: { config } });
  return next!;
}

function pruned(layers: Layers): Layers {
  const change = layers.findPruned();
  if (change === undefined) return layers;
  const [next] = layers.apply(change);
  return next!;
}

const file = new Layers(FILE);

describe("overrides", () => {
  it("are merged into the peers they are for, and added peers come last in their order", () => {
    let layers = withPeer(file, "z", { fields: { id: "z", address: "h:9" }, added: true });
    layers = withPeer(layers, "b", { fields: { id: "b", address: "h:8" }, added: true });
    layers = withPeer(layers, "h:2", { fields: { weight: 7 } });
    layers = withPeer(layers, "z", { fields: { id: "z", address: "h:9", weight: 3 }, added: true });
    expect(layers.upstream("chat")).toEqual({
      retries: 1,
      peers: [
        { id: "a", address: "h:1", weight: 2 },
        { id: "h:2", address: "h:2", weight: 7 },
        { id: "z", address: "h:9", weight: 3 },
        { id: "b", address: "h:8" },
      ],
    });
    expect(layers.overrides).toBe(3);
    expect((layers.document() as Json)["upstreams"]).toEqual({
      chat: layers.upstream("chat"),
      other: FILE.upstreams.other,
    });
  });

  it("change no layers that others hold", () => {
    const one = withPeer(file, "a", { fields: { weight: 5 } });
    withPeer(withPeer(one, "a", { removed: true }), "h:2", { removed: true });
    expect(one.overrides).toBe(1);
    expect(one.upstream("chat")!["peers"]).toEqual([
      { id: "a", address: "h:1", weight: 5 },
      { address: "h:2" },
    ]);
    expect(file.document()).toEqual(FILE);
  });

  it("leave a document that nobody asks about as it is", () => {
    const layers = withPeer(file, "a", { removed: true });
    expect(layers.upstream("other")).toBe(FILE.upstreams.other as never);
    expect(layers.upstream("none")).toBeUndefined();
    expect(withPeer(layers, "a").upstream("chat")).toBe(FILE.upstreams.chat as never);
  });

  it("replace routes in their place, and add others behind", () => {
    let layers = withRoute(file, "new", { id: "new", upstream: "chat" });
    layers = withRoute(layers, "one", { id: "one", upstream: "other" });
    layers = withRoute(layers, "two");
    expect(layers.routes()).toEqual([
      { id: "one", upstream: "other" },
      { id: "new", upstream: "chat" },
    ]);
  });
});

describe("another file", () => {
  it("drops what it has no place for", () => {
    let layers = withPeer(file, "a", { fields: { weight: 5 } });
    layers = withPeer(layers, "n", { fields: { id: "n", address: "h:7" }, added: true });
    layers = withPeer(layers, "a", { fields: { weight: 6 } }, "other");
    layers = withRoute(layers, "two", { id: "two", upstream: "other" });
    const next = pruned(layers.withFile({ upstreams: { chat: {} }, routes: FILE.routes }));
    expect(next.upstream("chat")).toEqual({ peers: [{ id: "n", address: "h:7" }] });
    expect(next.overrides).toBe(1);
    expect(next.state.dropped).toEqual([
      'peer "a" of upstream "chat", changed at run time: the peer is gone',
      'peer "a" of upstream "other", changed at run time: the upstream is gone',
      'route "two", changed at run time: its upstream "other" is gone',
    ]);
    expect(next.findPruned()).toBeUndefined();
  });

  it("is shadowed by a document that was put, until a reset", () => {
    const [put] = withPeer(file, "a", { removed: true }).apply({ kind: "put", document: {}, text: "{}" });
    expect([put!.isFileShadowed, put!.overrides]).toEqual([true, 0]);
    expect(put!.withFile(FILE).document()).toEqual({});
    const [reset] = put!.withFile(FILE).apply({ kind: "reset" });
    expect(reset!.document()).toEqual(FILE);
  });
});

describe("a document that makes no sense", () => {
  const odd: readonly unknown[] = [NULL, true, 0, "x", [], [1], {}, { id: 1 }, { peers: 5 }];

  it("is merged without an error, anywhere", () => {
    for (const value of odd) {
      for (const document of [
        value,
        { upstreams: value, routes: value },
        { upstreams: { chat: value }, routes: [value] },
        { upstreams: { chat: { peers: value } } },
        { upstreams: { chat: { peers: [value] } } },
      ]) {
        let layers = withPeer(new Layers(document), "a", { fields: { weight: 1 } });
        layers = withPeer(layers, "b", { fields: { id: "b" }, added: true });
        layers = withRoute(layers, "r", { id: "r", split: value });
        layers.document();
        layers.upstream("chat");
        layers.routes();
        pruned(layers);
      }
    }
    expect(odd.length).toBeGreaterThan(0);
  });
});
