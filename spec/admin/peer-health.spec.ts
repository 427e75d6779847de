import { putHealth } from "../../src/admin/peer-health";
import type { Peer } from "../../src/core/pool/peer";
import { peerOf } from "../core/support/pool-fixture";
import { aPeerConfig } from "../core/support/upstream-fixture";
import { poolOf } from "./pools";
import { call, encode } from "./world";

function aPeer(fields: Partial<Peer> = {}): Peer {
  return Object.assign(peerOf(poolOf("chat", aPeerConfig({ id: "a" })), "a"), fields);
}

function shown(...addresses: Peer[]): string {
  const fields: Record<string, unknown> = {};
  putHealth(fields, addresses);
  return encode(fields);
}

const UP = '{"health":"up","health_reason":"","on_trial":false}';

describe("the health of a peer", () => {
  it("is up before anything was observed, and of one that this worker does not have", () => {
    expect(shown(aPeer())).toBe(UP);
    expect(shown()).toBe(UP);
  });

  it("has a reason and a time", () => {
    const down = aPeer({ isUp: false, healthReason: "pong timeout", healthSinceS: 1767323045.678 });
    expect(shown(down)).toBe(
      '{"health":"down","health_reason":"pong timeout","health_since":"2026-01-02T03:04:05.678Z","on_trial":false}',
    );
    down.isOnTrial = true;
    expect(shown(down)).toContain('"on_trial":true');
  });

  it("has what the peer says itself, apart from what the operator wants", () => {
    expect(shown(aPeer({ state: "maint", agent: { isDraining: true } }))).toContain(
      '{"agent":{"state":"drain"},"health":"up"',
    );
    expect(shown(aPeer({ agent: { isDraining: false, weight: 0, maxConns: 1000 } }))).toContain(
      '"agent":{"max_conns":1000,"state":"ready","weight":0}',
    );
    expect(shown(aPeer({ agent: { isDraining: false, weightPercent: 50 } }))).toContain(
      '"agent":{"state":"ready","weight_percent":50}',
    );
  });
});

describe("the health of a peer of several addresses", () => {
  const refused = aPeer({ isUp: false, healthReason: "connect refused", healthSinceS: 20 });
  const silent = aPeer({ isUp: false, healthReason: "pong timeout", healthSinceS: 40 });
  const up = aPeer({ healthSinceS: 30 });
  const upForLong = aPeer({ healthSinceS: 10 });

  it("is up if one of them is, since the first of these is", () => {
    const since = (s: number): string =>
      `{"health":"up","health_reason":"","health_since":"1970-01-01T00:00:${s}.000Z","on_trial":false}`;
    expect(shown(refused, up)).toBe(since(30));
    expect(shown(up, refused)).toBe(since(30));
    expect(shown(refused, up, silent, upForLong)).toBe(since(10));
    expect(shown(up, aPeer(), refused)).toBe(UP);
  });

  it("is down for the reason of the first, since the last went down", () => {
    const down =
      '{"health":"down","health_reason":"connect refused","health_since":"1970-01-01T00:00:40.000Z","on_trial":false}';
    expect(shown(refused, silent)).toBe(down);
    expect(shown(silent, refused)).toBe(down.split("connect refused").join("pong timeout"));
  });

  it("is on trial if one is, and says what the first says that says something", () => {
    const onTrial = aPeer({ isUp: false, isOnTrial: true, agent: { isDraining: true } });
    expect(shown(up, onTrial)).toContain('"on_trial":true');
    expect(shown(up, onTrial, aPeer({ agent: { isDraining: false, weight: 1 } }))).toContain(
      '"agent":{"state":"drain"}',
    );
  });
});

it("an upstream tells that health is ignored because so few are up", () => {
  const ids = ["a", "b", "c"];
  const pool = poolOf("chat", ...ids.map((id) => aPeerConfig({ id })));
  const isPanic = (): boolean =>
    call("GET", "/v1/upstreams/chat", { pools: [pool] }).body.includes('"panic":true');
  pool.setUp(peerOf(pool, "a"), false);
  expect(isPanic()).toBe(false);
  pool.setUp(peerOf(pool, "b"), false);
  expect(isPanic()).toBe(true);
});
