import { Exposition } from "../../../src/core/metrics/exposition";
import { Flush } from "../../../src/core/metrics/flush";
import { ROUTE_LAYOUT, UPSTREAM_LAYOUT } from "../../../src/core/metrics/layout";
import { Metrics } from "../../../src/core/metrics/metrics";
import { RELAY_CLOSES } from "../../../src/core/metrics/relay-closes";
import { writeRelay } from "../../../src/core/metrics/relay-page";
import { writeRoutes } from "../../../src/core/metrics/route-page";
import type { MetricsWorld } from "../../../src/core/metrics/world";
import type { Pool } from "../../../src/core/pool/pool";
import { newSession } from "../../../src/core/session/session";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { upstreamOf } from "../support/upstream-fixture";
import { MemoryStore } from "./memory-store";

let metrics: Metrics;
let store: MemoryStore;
let pool: Pool;

beforeEach(() => {
  metrics = new Metrics();
  store = new MemoryStore();
  pool = aPool(poolDeps(new MemoryCounters(), new RecordingLog()), upstreamOf("a", "b"));
});

/** Lines of the series whose name begins so, without what all names begin with. */
function series(name: string): string[] {
  new Flush(metrics, store, new RecordingLog()).run(() => undefined);
  const pieces: string[] = [];
  const out = new Exposition({
    write: (more) => void pieces.push(more.join("")),
    pause: () => undefined,
  });
  const world: Pick<MetricsWorld, "read" | "active" | "pools" | "routes"> = {
    read: (owner: string, code: string) => store.read(owner, code) ?? 0,
    active: () => 0,
    pools: () => [pool],
    routes: () => ["r"],
  };
  writeRoutes(out, world as MetricsWorld);
  writeRelay(out, world as MetricsWorld);
  out.end();
  return pieces
    .join("")
    .split("\n")
    .filter((line) => line.startsWith(`switchboard_${name}`))
    .map((line) => line.substring("switchboard_".length));
}

function close(outcome: string): void {
  const session = newSession();
  session.route = "r";
  metrics.ended(session, 1, outcome, 0, 0);
}

const NAMES = [
  "moves",
  "move_pause",
  "unconfirmed",
  "ping_round",
  "relay_messages",
  "relay_payload",
  "frames",
];

describe("series of relay mode", () => {
  it("are not there where there is none", () => {
    metrics.tryRefused(pool, "budget");
    close("client:closed");
    for (const name of NAMES) expect(series(name)).toEqual([]);
  });

  it("count moves by reason and result, and how long clients waited", () => {
    metrics.moved(pool, "drained", 0.004);
    metrics.moved(pool, "drained", 0.4);
    metrics.moved(pool, "crashed", 11);
    metrics.moveFailed(pool, "redirected");
    expect(series("moves_total")).toEqual([
      'moves_total{upstream="chat",result="done",reason="drained"} 2',
      'moves_total{upstream="chat",result="done",reason="crashed"} 1',
      'moves_total{upstream="chat",result="failed",reason="redirected"} 1',
    ]);
    const pauses = series("move_pause_seconds");
    expect(pauses).toContain('move_pause_seconds_bucket{upstream="chat",le="0.005"} 1');
    expect(pauses).toContain('move_pause_seconds_bucket{upstream="chat",le="0.5"} 2');
    expect(pauses).toContain('move_pause_seconds_bucket{upstream="chat",le="10"} 2');
    expect(pauses).toContain('move_pause_seconds_bucket{upstream="chat",le="+Inf"} 3');
    expect(pauses).toContain('move_pause_seconds_count{upstream="chat"} 3');
    expect(series("unconfirmed")).toEqual(['unconfirmed_messages_total{upstream="chat"} 0']);
  });

  it("count what was not confirmed", () => {
    metrics.unconfirmed(pool, 0);
    expect(series("unconfirmed")).toEqual([]);
    metrics.unconfirmed(pool, 3);
    expect(series("unconfirmed")).toEqual(['unconfirmed_messages_total{upstream="chat"} 3']);
  });

  it("tell the round trips of both sides apart", () => {
    metrics.roundTrip(pool, "client", 0.08);
    metrics.roundTrip(pool, "client", 20);
    metrics.roundTrip(pool, "peer", 0.0005);
    const trips = series("ping_round_trip_seconds");
    const client = 'ping_round_trip_seconds_bucket{upstream="chat",side="client",le=';
    expect(trips).toContain(`${client}"0.05"} 0`);
    expect(trips).toContain(`${client}"0.1"} 1`);
    expect(trips).toContain(`${client}"10"} 1`);
    expect(trips).toContain(`${client}"+Inf"} 2`);
    expect(trips).toContain('ping_round_trip_seconds_sum{upstream="chat",side="peer"} 0.0005');
    expect(trips).toContain('ping_round_trip_seconds_bucket{upstream="chat",side="peer",le="0.001"} 1');
    expect(series("moves")).toEqual([]);
  });

  it("count messages, bytes of payload and refused frames of each side", () => {
    metrics.relayEnded("r", {
      moves: 1,
      messagesFromClient: 3,
      messagesFromPeer: 5,
      bytesFromClient: 70,
      bytesFromPeer: 900,
      unconfirmedMessages: 0,
    });
    for (const code of [1002, 1002, 1007, 1008, 1009, 1003]) metrics.frameRefused("r", "client", code);
    metrics.frameRefused("r", "peer", 1009);
    expect(series("relay_messages")).toEqual([
      'relay_messages_total{route="r",from="client"} 3',
      'relay_messages_total{route="r",from="peer"} 5',
    ]);
    expect(series("relay_payload")).toEqual([
      'relay_payload_bytes_total{route="r",from="client"} 70',
      'relay_payload_bytes_total{route="r",from="peer"} 900',
    ]);
    expect(series("frames_refused")).toEqual([
      'frames_refused_total{route="r",side="client",code="1002"} 2',
      'frames_refused_total{route="r",side="client",code="1007"} 1',
      'frames_refused_total{route="r",side="client",code="1008"} 1',
      'frames_refused_total{route="r",side="client",code="1009"} 1',
      'frames_refused_total{route="r",side="client",code="other"} 1',
      'frames_refused_total{route="r",side="peer",code="1009"} 1',
    ]);
  });

  it("have the codes of Closes in a fixed number of labels", () => {
    for (let code = 0; code < 70_000; code += 1) close(`client:close_${code}`);
    close("upstream:close_4000");
    close("upstream:close_");
    close("upstream:gone");
    close("gateway:drained");
    close("gateway:anything");
    const found = series("closes_total");
    expect(found).toContain('closes_total{route="r",by="client",why="close_1000"} 1');
    expect(found).toContain('closes_total{route="r",by="client",why="close_3xxx"} 1000');
    expect(found).toContain('closes_total{route="r",by="client",why="close_4xxx"} 1000');
    expect(found).toContain('closes_total{route="r",by="client",why="close_other"} 67987');
    expect(found).toContain('closes_total{route="r",by="upstream",why="close_4xxx"} 1');
    expect(found).toContain('closes_total{route="r",by="upstream",why="close_other"} 1');
    expect(found).toContain('closes_total{route="r",by="upstream",why="gone"} 1');
    expect(found).toContain('closes_total{route="r",by="gateway",why="drained"} 1');
    expect(found).toContain('closes_total{route="r",by="gateway",why="other"} 1');
    expect(found).toHaveLength(16 + 2 + 3);
  });
});

it("every number of an owner has a code of its own", () => {
  for (const { codes, groups } of [ROUTE_LAYOUT, UPSTREAM_LAYOUT]) {
    const known = new LuaSet<string>();
    for (const code of [...codes, ...groups.map(({ guard }) => guard).filter((guard) => guard !== "")]) {
      expect([code, known.has(code)]).toEqual([code, false]);
      known.add(code);
    }
    expect(groups[groups.length - 1]!.last).toBe(codes.length - 1);
  }
  expect(RELAY_CLOSES).toHaveLength(38);
});
