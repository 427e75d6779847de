import type { PeerConfig, UpstreamConfig } from "../../../src/core/config/snapshot";
import type { Pool } from "../../../src/core/pool/pool";
import { newSession } from "../../../src/core/session/session";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, noAnswers, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { anUpstream, aPeerConfig } from "../support/upstream-fixture";

const KEYS = 30;
const NOBODY = "nobody";

const A = aPeerConfig({ id: "a" });
const B = aPeerConfig({ id: "b" });
const C = aPeerConfig({ id: "c" });

function bound(isStrict: boolean, ...peers: PeerConfig[]): UpstreamConfig {
  return anUpstream({
    peers,
    affinity: {
      type: "key",
      isStrict,
      name: "",
      path: "/",
      maxAgeS: 0,
      secure: "auto",
      isHttpOnly: true,
      sameSite: "",
    },
  });
}

function poolOf(config: UpstreamConfig): Pool {
  return aPool(poolDeps(new MemoryCounters(), new RecordingLog()), config);
}

/** Who gets the sessions of some keys, as the gateway asks for it. */
function owners(pool: Pool): string[] {
  const found: string[] = [];
  for (const number of $range(1, KEYS)) {
    const session = newSession();
    const key = `room ${number}`;
    found.push(pool.pick(session, key, pool.keyHome!.home(key))?.key ?? NOBODY);
    pool.release(session);
  }
  return found;
}

function previewOf(pool: Pool, key: string): string {
  const [found, reason] = pool.preview(key);
  return found === undefined ? reason! : `${found.peer.key}: ${found.reason}`;
}

describe("where sessions are bound by their key", () => {
  for (const isStrict of [false, true]) {
    it(`nobody goes to a peer that has left, also while the keys get new homes (strict: ${isStrict})`, () => {
      const pool = poolOf(bound(isStrict, A, B, C));
      expect(owners(pool)).toContain("a");
      let looks = 0;
      pool.apply(bound(isStrict, B, C), noAnswers, () => {
        if (pool.peers.length !== 2) return;
        looks += 1;
        const found = owners(pool);
        expect(found.includes("a")).toBe(false);
        expect(found.includes(NOBODY)).toBe(false);
      });
      expect(looks).toBeGreaterThan(1);
    });
  }

  it("the preview says so", () => {
    const pool = poolOf(bound(false, A, B, C));
    for (const number of $range(1, KEYS)) {
      const key = `room ${number}`;
      expect(previewOf(pool, key)).toBe(`${pool.keyHome!.home(key)!.key}: the key belongs to it`);
    }
    expect(previewOf(pool, "").includes("round_robin")).toBe(true);
  });

  it("the preview says who would be picked where the home takes no session", () => {
    for (const isStrict of [false, true]) {
      const pool = poolOf(bound(isStrict, A, B, C));
      const home = pool.keyHome!.home("room 1")!;
      pool.setUp(peerOf(pool, home.key), false);
      const said = previewOf(pool, "room 1");
      if (isStrict)
        expect(said).toBe(`affinity is strict, and "${home.key}", which the key belongs to, is down`);
      else expect(said.includes("round_robin among 2 of 3 peers")).toBe(true);
    }
  });
});
