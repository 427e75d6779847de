import { peerChanges } from "../../../src/core/events/peer-changes";
import { anUpstream, aPeerConfig, upstreamOf } from "../support/upstream-fixture";

const upstream = "chat";

function withA(fields: Partial<Parameters<typeof aPeerConfig>[0]>): ReturnType<typeof anUpstream> {
  return anUpstream({ peers: [aPeerConfig({ id: "a", ...fields }), aPeerConfig({ id: "b" })] });
}

test("a config that is the same for its peers tells nothing", () => {
  expect(peerChanges(upstreamOf("a", "b"), { ...upstreamOf("b", "a"), retries: 7 })).toEqual([]);
  expect(peerChanges(undefined, undefined)).toEqual([]);
});

test("peers come and go, with their upstream too", () => {
  expect(peerChanges(upstreamOf("a", "b"), upstreamOf("b", "c"))).toEqual([
    { upstream, peer: "c", change: "added", to: "ready" },
    { upstream, peer: "a", change: "removed" },
  ]);
  expect(peerChanges(undefined, upstreamOf("a"))).toEqual([
    { upstream, peer: "a", change: "added", to: "ready" },
  ]);
  expect(peerChanges(upstreamOf("a"), undefined)).toEqual([{ upstream, peer: "a", change: "removed" }]);
});

test("state, address, and a weight that is 0 or was, are told with what was before", () => {
  expect(peerChanges(withA({ state: "drain" }), withA({ state: "ready" }))).toEqual([
    { upstream, peer: "a", change: "state", from: "drain", to: "ready" },
  ]);
  expect(peerChanges(withA({ address: "10.0.0.1:1" }), withA({ address: "10.0.0.1:2" }))).toEqual([
    { upstream, peer: "a", change: "address", from: "10.0.0.1:1", to: "10.0.0.1:2" },
  ]);
  expect(peerChanges(withA({ weight: 3 }), withA({ weight: 0 }))).toEqual([
    { upstream, peer: "a", change: "weight", from: 3, to: 0 },
  ]);
  expect(peerChanges(withA({ weight: 0 }), withA({ weight: 2 }))).toEqual([
    { upstream, peer: "a", change: "weight", from: 0, to: 2 },
  ]);
});

test("what does not decide whether a peer gets sessions is not told", () => {
  expect(peerChanges(withA({ weight: 3 }), withA({ weight: 5 }))).toEqual([]);
  expect(peerChanges(withA({}), withA({ zone: "z", maxConns: 9, isBackup: true }))).toEqual([]);
});
