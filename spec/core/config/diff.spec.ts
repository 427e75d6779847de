import { diff } from "../../../src/core/config/diff";
import type { Snapshot } from "../../../src/core/config/snapshot";
import { validate } from "../../../src/core/config/validate";
import { fullDocument, fullUpstream, registry } from "./documents";
import type { Json } from "./documents";

function snapshotOf(changes: Json): Snapshot {
  const { snapshot } = validate({ ...fullDocument(), ...changes }, registry);
  return snapshot!;
}

const NOTHING = {
  upstreamsChanged: [],
  upstreamsRemoved: [],
  isRoutesChanged: false,
  isResolverChanged: false,
};

describe("a diff of snapshots", () => {
  it("is empty between equal ones", () => {
    expect(diff(snapshotOf({}), snapshotOf({}))).toEqual(NOTHING);
  });

  it("has everything when there was none before", () => {
    expect(diff(undefined, snapshotOf({}))).toEqual({
      upstreamsChanged: ["chat"],
      upstreamsRemoved: [],
      isRoutesChanged: true,
      isResolverChanged: true,
    });
  });

  it("names upstreams that came, changed or went", () => {
    const routes: unknown[] = [];
    const before = snapshotOf({ routes, upstreams: { a: {}, b: {}, c: fullUpstream() } });
    const changed = { ...fullUpstream(), drain: { deadline: "2m" } };
    const after = snapshotOf({ routes, upstreams: { b: {}, c: changed, d: {} } });
    expect(diff(before, after)).toEqual({
      ...NOTHING,
      upstreamsChanged: ["c", "d"],
      upstreamsRemoved: ["a"],
    });
    expect(diff(after, before).upstreamsRemoved).toEqual(["d"]);
  });

  it("sees what is there on one side only", () => {
    const plain = snapshotOf({ upstreams: { chat: {} } });
    const secure = snapshotOf({ upstreams: { chat: { tls: true } } });
    expect(diff(plain, secure).upstreamsChanged).toEqual(["chat"]);
    expect(diff(secure, plain).upstreamsChanged).toEqual(["chat"]);
  });

  it("sees a change of the routes, of their order too, and of the resolver", () => {
    const a = { id: "a", path: "/a", upstream: "chat", key: "$host" };
    const b = { ...a, id: "b", path: "/b" };
    const before = snapshotOf({ routes: [a, b] });
    expect(diff(before, snapshotOf({ routes: [b, a] }))).toEqual({ ...NOTHING, isRoutesChanged: true });
    expect(diff(before, snapshotOf({ routes: [a] }))).toEqual({ ...NOTHING, isRoutesChanged: true });
    const resolver = { ttl_min: "3s" };
    expect(diff(before, snapshotOf({ routes: [a, b], resolver }))).toEqual({
      ...NOTHING,
      isResolverChanged: true,
    });
  });
});
