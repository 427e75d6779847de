import { Exposition, type Piece, type Sink } from "../../../src/core/metrics/exposition";
import { Flush } from "../../../src/core/metrics/flush";
import { PEER_LAYOUT } from "../../../src/core/metrics/layout";
import { Metrics } from "../../../src/core/metrics/metrics";
import { writePeers } from "../../../src/core/metrics/peer-page";
import type { MetricsWorld } from "../../../src/core/metrics/world";
import type { Pool } from "../../../src/core/pool/pool";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, peerOf, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { upstreamOf } from "../support/upstream-fixture";
import { MemoryStore } from "./memory-store";

class Page implements Sink {
  text = "";

  write(pieces: readonly Piece[]): void {
    this.text += pieces.join("");
  }

  pause(): void {
    return;
  }
}

let metrics: Metrics;
let store: MemoryStore;
let pool: Pool;

beforeEach(() => {
  metrics = new Metrics();
  store = new MemoryStore();
  pool = aPool(poolDeps(new MemoryCounters(), new RecordingLog()), upstreamOf("a", "b"));
});

/** Lines of the series whose name has `part` in it. */
function series(part: string): string[] {
  new Flush(metrics, store, new RecordingLog()).run(() => undefined);
  const page = new Page();
  const out = new Exposition(page);
  const world: Pick<MetricsWorld, "read" | "active" | "pools"> = {
    read: (name: string, code: string) => store.read(name, code) ?? 0,
    active: () => 0,
    pools: () => [pool],
  };
  writePeers(out, world as MetricsWorld);
  out.end();
  return page.text.split("\n").filter((line) => line.startsWith("switchboard_") && line.includes(part));
}

const A = 'upstream="chat",peer="a"';

describe("series of health", () => {
  it("are there only of what has happened", () => {
    expect(series("probes")).toEqual([]);
    expect(series("health")).toEqual([]);
    expect(series("ejections")).toEqual([]);
    metrics.probed(peerOf(pool, "a"), true);
    expect(series("probes")).toEqual([`switchboard_probes_total{${A},result="passed"} 1`]);
    expect(series("health")).toEqual([]);
  });

  it("count probes, changes and ejections of each peer", () => {
    const [a, b] = [peerOf(pool, "a"), peerOf(pool, "b")];
    for (const isGood of [true, false, true]) metrics.probed(a, isGood);
    metrics.healthChanged(a, { to: "down", reason: "", source: "probe" });
    metrics.healthChanged(a, { to: "up", reason: "", source: "probe" });
    metrics.healthChanged(b, { to: "down", reason: "", source: "handshakes" });
    metrics.healthChanged(b, { to: "trial", reason: "", source: "handshakes" });
    metrics.healthChanged(b, { to: "agent", reason: "drain", source: "agent" });
    expect(series("probes")).toEqual([
      `switchboard_probes_total{${A},result="passed"} 2`,
      `switchboard_probes_total{${A},result="failed"} 1`,
    ]);
    const changes = "switchboard_peer_health_changes_total";
    expect(series("health_changes")).toEqual([
      `${changes}{${A},to="up"} 1`,
      `${changes}{${A},to="down"} 1`,
      `${changes}{upstream="chat",peer="b",to="down"} 1`,
    ]);
    expect(series("ejections")).toEqual(['switchboard_peer_ejections_total{upstream="chat",peer="b"} 1']);
  });

  it("show who is up", () => {
    pool.setUp(peerOf(pool, "b"), false);
    expect(series("_up{")).toEqual([
      `switchboard_peer_up{${A}} 1`,
      'switchboard_peer_up{upstream="chat",peer="b"} 0',
    ]);
  });

  it("leave the failures of handshakes alone", () => {
    metrics.probed(peerOf(pool, "a"), false);
    expect(series("failures")).toEqual([]);
    expect(series("retries")).toEqual([]);
    metrics.failed(peerOf(pool, "a"), "error");
    expect(series("failures")).toHaveLength(1);
  });
});

it("workers of before and after a reload count what they share under the same codes", () => {
  expect(PEER_LAYOUT.codes.slice(0, 9)).toEqual(["o", "c", "u", "r", "f0", "f1", "f2", "f3", "f4"]);
});
