import type { Pool } from "../../src/core/pool/pool";
import { newSession } from "../../src/core/session/session";
import { peerOf } from "../core/support/pool-fixture";
import { aPeerConfig } from "../core/support/upstream-fixture";
import { poolOf } from "./pools";
import { call, failure, type Answered } from "./world";

const A =
  '{"active":0,"address":"10.0.0.1:97","backup":false,"closing":false,"effective_weight":1,"health":"up","health_reason":"",' +
  '"id":"a","max_conns":0,"on_trial":false,"removed":false,"state":"ready","totals":{},"weight":1,"zone":""}';

function shown(name: string, active: number, peers: string): string {
  return `{"peers":[${peers}],"active":${active},"balancer":{"type":"round_robin"},"generation":7,"name":"${name}","panic":false}`;
}

function ok(body: string): Answered {
  return { status: 200, headers: {}, body };
}

describe("GET /v1/status", () => {
  it("tells the version, what is in use, and what is not", () => {
    const pools = [poolOf("chat", aPeerConfig({ id: "a" }), aPeerConfig({ id: "b" })), poolOf("rooms")];
    pools[0]!.pick(newSession());
    pools[0]!.setUp(peerOf(pools[0]!, "b"), false);
    expect(call("GET", "/v1/status", { pools })).toEqual(
      ok(
        '{"config_error":"conf/switchboard.json: not JSON","file_shadowed":false,"generation":9,"last_reload_error":"",' +
          '"leader":17,"overrides":0,"state_error":"","totals":{"peers":2,"peers_down":1,"routes":0,"sessions":1,"upstreams":2},' +
          '"uncounted":2,"unlisted":0,"version":"1.2.3","workers":4,"worker_generations":[],"dropped_overrides":[]}',
      ),
    );
  });
});

describe("GET /v1/upstreams", () => {
  it("is an empty list where there are none", () => {
    expect(call("GET", "/v1/upstreams")).toEqual(ok('{"upstreams":[]}'));
  });

  it("lists each with its peers", () => {
    const pools = [poolOf("chat", aPeerConfig({ id: "a" })), poolOf("rooms")];
    expect(call("GET", "/v1/upstreams", { pools }).body).toBe(
      `{"upstreams":[${shown("chat", 0, A)},${shown("rooms", 0, "")}]}`,
    );
  });

  it("makes way between one peer and the next", () => {
    const peers = ["a", "b", "c"].map((id) => aPeerConfig({ id }));
    let pauses = 0;
    call("GET", "/v1/upstreams", {
      pools: [poolOf("chat", ...peers)],
      world: { pause: () => void (pauses += 1) },
    });
    expect(pauses).toBe(3);
  });
});

describe("GET /v1/upstreams/U", () => {
  it("is one of them, with an empty list where it has no peers", () => {
    const pools = [poolOf("chat", aPeerConfig({ id: "a" })), poolOf("rooms")];
    expect(call("GET", "/v1/upstreams/chat", { pools })).toEqual(ok(shown("chat", 0, A)));
    expect(call("GET", "/v1/upstreams/rooms", { pools }).body).toBe(shown("rooms", 0, ""));
    expect(failure(call("GET", "/v1/upstreams/none", { pools }))).toBe("404 no_such_upstream");
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
    pool.setUp(peerOf(pool, "a"), false);
    peerOf(pool, "a").healthReason = "connect refused";
    peerOf(pool, "a").healthSinceS = 1767323045.678;
    const b =
      '{"active":2,"address":"10.0.0.1:98","backup":false,"closing":false,"effective_weight":5,"health":"up",' +
      '"health_reason":"","id":"b","max_conns":10,"on_trial":false,"removed":false,"state":"ready","totals":{},"weight":5,"zone":"eu"}';
    const a =
      '{"active":0,"address":"10.0.0.1:97","backup":true,"closing":true,"effective_weight":1,"health":"down",' +
      '"health_reason":"connect refused","health_since":"2026-01-02T03:04:05.678Z","id":"a","max_conns":0,"on_trial":false,"removed":false,"state":"drain","totals":{"sessions":4},"weight":1,"zone":""}';
    const life = { isClosing: true, totals: { sessions: 4 } };
    const none = { isClosing: false, totals: {} };
    const answer = call("GET", "/v1/upstreams/chat", {
      pools: [pool],
      world: {
        lifeOf: (_pool, peer) => ({
          ...(peer.id === "a" ? life : none),
          weight: peer.weight,
          effectiveWeight: peer.weight,
        }),
      },
    });
    expect(answer.body).toBe(shown("chat", 2, `${b},${a}`));
  });

  it("shows peers that no config has any more, and counts their sessions", () => {
    const gone = poolOf("chat", aPeerConfig({ id: "a" }));
    gone.pick(newSession());
    peerOf(gone, "a").isRemoved = true;
    const pool = poolOf("chat");
    pool.active = () => 1;
    const { body } = call("GET", "/v1/upstreams/chat", {
      pools: [pool],
      world: { removedPeers: () => gone.peers },
    });
    expect(body).toContain('"removed":true');
    expect(body).toContain('"active":1,"balancer"');
  });
});

describe("a call that cannot be answered", () => {
  it("is 404 where there is nothing, whatever the method", () => {
    const nowhere = [
      "/",
      "/v1",
      "/v1/statuses",
      "/v1/status/",
      "/v1//status",
      "/v1/upstreams/",
      "/v2/status",
      "",
    ];
    for (const path of nowhere) {
      for (const method of ["GET", "POST", "BREW"]) expect(failure(call(method, path))).toBe("404 not_found");
    }
    expect(call("GET", "/v1/n%22o%0d?x=1").body).toBe(
      '{"error":{"code":"not_found","message":"there is nothing at /v1/n\\"o?"}}',
    );
  });

  it("is 405 with what is allowed where only the method is wrong", () => {
    const allowed: [string, string][] = [
      ["/v1/status", "GET, HEAD"],
      ["/v1/config", "GET, HEAD, PUT"],
      ["/v1/upstreams/chat/peers", "POST"],
      ["/v1/upstreams/chat/peers/a", "PATCH, DELETE"],
      ["/v1/routes/match", "GET, HEAD, PUT, DELETE"],
      ["/v1/routes/r", "PUT, DELETE"],
      ["/v1/sessions", "GET, HEAD, DELETE"],
    ];
    for (const [path, allow] of allowed) {
      for (const method of ["OPTIONS", "get", "TRACE"]) {
        const answer = call(method, path);
        expect(failure(answer)).toBe("405 method_not_allowed");
        expect(answer.headers).toEqual({ Allow: allow });
      }
    }
  });

  it("is 400 where an escape is malformed, or a parameter unknown, given twice, or of another word", () => {
    for (const target of [
      "/v1/%zz",
      "/v1/upstreams/%",
      "/v1/upstreams/a%00",
      "/v1/status?a=%f",
      "/v1/status?verbose=1",
      "/v1/sessions?peer=a&peer=b",
      "/v1/sessions?limit=0",
      "/v1/sessions?limit=1001",
      "/v1/sessions?limit=1e2",
      "/v1/sessions?limit=",
      "/v1/config?layer=effective",
      "/v1/routes/match",
      "/v1/routes/match?path=rooms",
      "/v1/routes/match?path=/../x",
      "/v1/routes/match?path=/%25zz",
    ])
      expect(failure(call("GET", target))).toBe("400 bad_request");
    expect(failure(call("PUT", "/v1/config?dry_run=true"))).toBe("400 bad_request");
    expect(failure(call("DELETE", "/v1/upstreams/u/peers/p?sessions=kill"))).toBe("400 bad_request");
  });
});

it("HEAD is answered like GET, without a body", () => {
  for (const path of ["/v1/status", "/v1/upstreams", "/v1/none"]) {
    const { status, headers } = call("GET", path);
    expect(call("HEAD", path)).toEqual({ status, headers, body: "" });
  }
});

describe("GET /v1/upstreams/U/pick", () => {
  it("says where a new session would go, and why", () => {
    const pools = [poolOf("chat", aPeerConfig({ id: "a" })), poolOf("rooms")];
    expect(call("GET", "/v1/upstreams/chat/pick?key=10.0.0.1%3A80", { pools })).toEqual(
      ok('{"peer":{"address":"10.0.0.1:97","id":"a"},"reason":"its turn"}'),
    );
    expect(failure(call("GET", "/v1/upstreams/rooms/pick", { pools }))).toBe("503 no_live_peer");
    expect(failure(call("GET", "/v1/upstreams/none/pick", { pools }))).toBe("404 no_such_upstream");
  });

  it("decodes the key, in which a + is a space", () => {
    let asked = "";
    const pools = [poolOf("chat")];
    const world = {
      pick: (_pool: Pool, key: string) => {
        asked = key;
        return $multi(undefined, "none");
      },
    };
    call("GET", "/v1/upstreams/chat/pick?key=a%2Bb+c%2f%C3%A9", { pools, world });
    expect(asked).toBe(`a+b c/${String.fromCharCode(0xc3, 0xa9)}`);
  });
});
