import { handle, type AdminAnswer, type AdminWorld } from "../../src/admin/handler";
import type { PeerConfig } from "../../src/core/config/snapshot";
import type { Pool } from "../../src/core/pool/pool";
import { newSession } from "../../src/core/session/session";
import { MemoryCounters } from "../core/support/memory-counters";
import { aPool, peerOf, poolDeps } from "../core/support/pool-fixture";
import { RecordingLog } from "../core/support/recording-log";
import { anUpstream, aPeerConfig } from "../core/support/upstream-fixture";
import { aWorld, encode } from "./world";

function poolOf(name: string, ...peers: PeerConfig[]): Pool {
  return aPool(poolDeps(new MemoryCounters(), new RecordingLog()), anUpstream({ name, peers }));
}

function call(method: string, path: string, ...pools: Pool[]): AdminAnswer {
  return handle(method, path, aWorld(pools));
}

const A = `{"active":0,"address":"10.0.0.1:97","backup":false,"health":"up","id":"a","max_conns":0,"state":"ready","weight":1,"zone":""}`;

function shown(name: string, active: number, peers: string): string {
  return `{"active":${active},"balancer":{"type":"round_robin"},"generation":7,"name":"${name}","peers":[${peers}]}`;
}

describe("GET /v1/status", () => {
  it("tells the version, what is in use, and what is not", () => {
    const status = encode({
      version: "1.2.3",
      generation: 9,
      workers: 4,
      config_error: "conf/switchboard.json: not JSON",
      last_reload_error: "",
      uncounted: 2,
    });
    expect(call("GET", "/v1/status")).toEqual({ status: 200, body: status });
  });
});

describe("GET /v1/upstreams", () => {
  it("is an empty list where there are none", () => {
    expect(call("GET", "/v1/upstreams")).toEqual({ status: 200, body: '{"upstreams":[]}' });
  });

  it("lists each with its peers", () => {
    const pools = [poolOf("chat", aPeerConfig({ id: "a" })), poolOf("rooms")];
    expect(call("GET", "/v1/upstreams", ...pools).body).toBe(
      `{"upstreams":[${shown("chat", 0, A)},${shown("rooms", 0, "")}]}`,
    );
  });
});

describe("GET /v1/upstreams/U", () => {
  it("is one of them, with an empty list where it has no peers", () => {
    const [chat, rooms] = [poolOf("chat", aPeerConfig({ id: "a" })), poolOf("rooms")];
    expect(call("GET", "/v1/upstreams/chat", chat, rooms)).toEqual({
      status: 200,
      body: shown("chat", 0, A),
    });
    expect(call("GET", "/v1/upstreams/rooms", chat, rooms).body).toBe(shown("rooms", 0, ""));
  });

  it("shows the peers in the order of the config, with what is known of them now", () => {
    const limited = { weight: 5, maxConns: 10, zone: "eu" };
    const pool = poolOf(
      "chat",
      aPeerConfig({ id: "b", ...limited }),
      aPeerConfig({ id: "a", isBackup: true, state: "drain" }),
    );
    pool.pick(newSession());
    pool.pick(newSession());
    peerOf(pool, "a").isUp = false;
    const b = `{"active":2,"address":"10.0.0.1:98","backup":false,"health":"up","id":"b","max_conns":10,"state":"ready","weight":5,"zone":"eu"}`;
    const a = `{"active":0,"address":"10.0.0.1:97","backup":true,"health":"down","id":"a","max_conns":0,"state":"drain","weight":1,"zone":""}`;
    expect(call("GET", "/v1/upstreams/chat", pool).body).toBe(shown("chat", 2, `${b},${a}`));
  });
});

describe("a call that cannot be answered", () => {
  it("is 404 where there is nothing, whatever the method", () => {
    for (const path of ["/", "/v1", "/v1/statuses", "/v1/upstreams/", "/v1/upstreams/none", "/v2/status"]) {
      const body = `{"error":{"code":"not_found","message":"there is nothing at ${path}"}}`;
      for (const method of ["GET", "POST"]) expect(call(method, path)).toEqual({ status: 404, body });
    }
  });

  it("is 405 with what is allowed where only the method is wrong", () => {
    for (const path of ["/v1/status", "/v1/upstreams"]) {
      for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get"]) {
        expect(call(method, path)).toEqual({
          status: 405,
          body: `{"error":{"code":"method_not_allowed","message":"${path} takes GET"}}`,
          allow: "GET, HEAD",
        });
      }
    }
  });

  it("is refused before anything else is rendered", () => {
    const world = aWorld([poolOf("chat", aPeerConfig({ id: "a" }))]);
    const rendered: unknown[] = [];
    const watched: AdminWorld = {
      ...world,
      encode: (value: unknown) => {
        rendered.push(value);
        return world.encode(value);
      },
    };
    for (const path of ["/v1/status", "/v1/upstreams", "/v1/upstreams/chat"]) handle("POST", path, watched);
    expect(rendered.length).toBe(3);
  });
});

it("HEAD is answered like GET: nginx leaves the body out", () => {
  for (const path of ["/v1/status", "/v1/upstreams", "/v1/none"]) {
    expect(call("HEAD", path)).toEqual(call("GET", path));
  }
});
