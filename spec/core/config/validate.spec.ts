import type { Snapshot } from "../../../src/core/config/snapshot";
import { validate } from "../../../src/core/config/validate";
import {
  errorsOf,
  fullDocument,
  fullRoute,
  keyed,
  NULL,
  registry,
  shown,
  withPeer,
  withRoute,
  withUpstream,
} from "./documents";
import type { Json } from "./documents";

function snapshotOf(document: unknown): Snapshot {
  const { snapshot, errors } = validate(document, registry);
  expect(shown(errors)).toEqual([]);
  return snapshot!;
}

describe("a valid document", () => {
  it("becomes a snapshot with every field in it", () => {
    const snapshot = snapshotOf(fullDocument());
    expect(snapshot.resolver).toEqual({
      addresses: ["127.0.0.1", "[::1]:5353"],
      ttlMinMs: 2000,
      ttlMaxMs: 600_000,
    });
    expect(snapshot.upstreams).toEqual([
      {
        name: "chat",
        balancer: { type: "round_robin", options: { start: 0 } },
        peers: [
          {
            id: "a",
            address: "10.0.0.1:8010",
            weight: 5,
            maxConns: 100,
            isBackup: true,
            zone: "eu-1",
            state: "drain",
          },
          {
            id: "unix:/run/chat.sock",
            address: "unix:/run/chat.sock",
            weight: 1,
            maxConns: 0,
            isBackup: false,
            zone: "",
            state: "ready",
          },
        ],
        tls: { serverName: "chat.internal" },
        hostHeader: "$host",
        connectTimeoutMs: 500,
        handshakeTimeoutMs: 3000,
        idleTimeoutMs: 300_000,
        totalTimeoutMs: 6000,
        tcpTimeoutMs: 90_000,
        retries: 1,
        retryOn: ["error"],
        retryBudget: { percent: 12.5, min: 3 },
        slowStart: { windowMs: 60_000, minPercent: 10, aggression: 1 },
        panicThreshold: 0.25,
        affinity: {
          type: "key",
          name: "peer",
          isStrict: true,
          path: "/chat",
          maxAgeS: 7200,
          secure: "always",
          isHttpOnly: false,
          sameSite: "None",
        },
        health: {
          passive: {
            maxFails: 3,
            windowMs: 20_000,
            maxFailurePercent: 30,
            minAttempts: 40,
            ejectMs: 60_000,
            maxEjectMs: 600_000,
            maxEjectedPercent: 25,
            earlyCloseMs: 2000,
          },
          active: {
            type: "http",
            path: "/up?x=1",
            host: "up.internal:8080",
            port: 8081,
            headers: { "x-probe": "yes" },
            expectStatus: "200,204",
            expectBody: "fine",
            intervalMs: 2000,
            fastIntervalMs: 500,
            idleIntervalMs: 20_000,
            jitter: 0.2,
            timeoutMs: 500,
            rise: 2,
            fall: 3,
            initial: "last",
          },
          hasAgent: true,
          onDown: "close",
        },
        drain: { deadlineMs: 60_000, spreadMs: 10_000, close: "paced" },
      },
    ]);
    expect(snapshot.routes).toEqual([
      {
        id: "rooms",
        hosts: ["chat.example.com", "*.example.com", "127.0.0.1", "[::1]"],
        path: "/rooms/{room}/*",
        headers: { "x-tenant": "a", "x-debug": false },
        query: { token: true },
        subprotocols: ["chat.v2"],
        priority: -5,
        split: [{ upstream: "chat", weight: 95 }],
        key: "$remote_addr/{room}",
        mode: "relay",
        rewrite: "/ws/{room}/*",
        isHttpAllowed: false,
        onDrain: "move",
        onCrash: "move",
        relay: {
          maxMessageBytes: 1_048_576,
          maxFrameBytes: 65_536,
          maxFragments: 100,
          messagesPerSecond: 12.5,
          bytesPerSecond: 1_000_000,
          onExcess: "delay",
          messageTimeoutMs: 600_000,
          maxAgeMs: 86_400_000,
          pingIntervalMs: 20_000,
          pongTimeoutMs: 5000,
          moveTimeoutMs: 3000,
          closeTimeoutMs: 2000,
          replay: 1,
          replayBytes: 4096,
          acceptRedirect: true,
          holdBytes: 16_384,
          onExit: "close",
          exitSpreadMs: 30_000,
          hasFlightRecorder: true,
        },
      },
    ]);
  });

  it("gets the defaults", () => {
    const snapshot = snapshotOf(withRoute({}));
    expect(snapshot.resolver).toEqual({ addresses: [], ttlMinMs: 1000, ttlMaxMs: 300_000 });
    expect(snapshot.upstreams).toEqual([
      {
        name: "chat",
        balancer: { type: "least_conn", options: {} },
        peers: [],
        hostHeader: "$http_host",
        connectTimeoutMs: 2000,
        handshakeTimeoutMs: 10_000,
        idleTimeoutMs: 3_600_000,
        totalTimeoutMs: 0,
        tcpTimeoutMs: 120_000,
        retries: 2,
        retryOn: ["error", "timeout", "http_502", "http_503", "http_504"],
        retryBudget: { percent: 20, min: 10 },
        slowStart: { windowMs: 0, minPercent: 10, aggression: 1 },
        panicThreshold: 0.5,
        health: { hasAgent: false, onDown: "keep" },
        drain: { deadlineMs: 300_000, spreadMs: 30_000, close: "keep" },
      },
    ]);
    expect(snapshot.routes).toEqual([
      {
        id: "r",
        hosts: [],
        path: "/*",
        headers: {},
        query: {},
        subprotocols: [],
        priority: 0,
        split: [{ upstream: "chat", weight: 1 }],
        key: "",
        mode: "tunnel",
        isHttpAllowed: true,
        onDrain: "close",
        onCrash: "close",
      },
    ]);
  });

  it("gets the defaults of a relay, whether it says something of it or not", () => {
    const relay = {
      maxMessageBytes: 0,
      maxFrameBytes: 0,
      maxFragments: 0,
      messagesPerSecond: 0,
      bytesPerSecond: 0,
      onExcess: "close",
      messageTimeoutMs: 0,
      maxAgeMs: 0,
      pingIntervalMs: 0,
      pongTimeoutMs: 10_000,
      moveTimeoutMs: 10_000,
      closeTimeoutMs: 5000,
      replay: 0,
      replayBytes: 65_536,
      acceptRedirect: false,
      holdBytes: 65_536,
      onExit: "stay",
      exitSpreadMs: 10_000,
      hasFlightRecorder: false,
    };
    const relayOf = (fields: Json): unknown => snapshotOf(withRoute(fields)).routes[0]!.relay;
    expect(relayOf({ mode: "relay" })).toEqual(relay);
    expect(relayOf({ mode: "relay", relay: {} })).toEqual(relay);
    expect(relayOf({ mode: "relay", relay: { pong_timeout: "1s" } })).toEqual({
      ...relay,
      pongTimeoutMs: 1000,
    });
  });

  it("gets the defaults of what it switches on without more", () => {
    const [upstream] = snapshotOf(
      withUpstream({ tls: true, affinity: {}, health: { passive: {}, active: {} } }),
    ).upstreams;
    expect(upstream!.tls).toEqual({ serverName: "" });
    expect(upstream!.affinity).toEqual({
      type: "cookie",
      name: "sb",
      isStrict: false,
      path: "/",
      maxAgeS: 0,
      secure: "auto",
      isHttpOnly: true,
      sameSite: "Lax",
    });
    expect(upstream!.health).toEqual({
      passive: {
        maxFails: 5,
        windowMs: 10_000,
        maxFailurePercent: 50,
        minAttempts: 20,
        ejectMs: 30_000,
        maxEjectMs: 300_000,
        maxEjectedPercent: 50,
        earlyCloseMs: 0,
      },
      active: {
        type: "websocket",
        path: "/",
        host: "",
        port: 0,
        headers: {},
        expectStatus: "200-399",
        expectBody: "",
        intervalMs: 5000,
        fastIntervalMs: 1000,
        idleIntervalMs: 0,
        jitter: 0.1,
        timeoutMs: 1000,
        rise: 1,
        fall: 2,
        initial: "up",
      },
      hasAgent: false,
      onDown: "keep",
    });
    const [other] = snapshotOf(withUpstream({ health: { passive: true, active: true } })).upstreams;
    expect(other!.health).toEqual(upstream!.health);
  });

  it("may switch off what is off already", () => {
    const [upstream] = snapshotOf(
      withUpstream({ tls: false, affinity: false, health: { passive: false, active: false } }),
    ).upstreams;
    expect(upstream!.tls).toBeUndefined();
    expect(upstream!.affinity).toBeUndefined();
    expect(upstream!.health).toEqual({ hasAgent: false, onDown: "keep" });
  });

  it("may be as good as empty", () => {
    expect(snapshotOf({ upstreams: {} })).toEqual({
      resolver: { addresses: [], ttlMinMs: 1000, ttlMaxMs: 300_000 },
      upstreams: [],
      routes: [],
    });
  });

  it("has its upstreams in the order of their names and its routes in its own", () => {
    const snapshot = snapshotOf({
      upstreams: { b: {}, "a-2": {}, a: {}, C: {} },
      routes: [
        { id: "2", path: "/2", upstream: "a" },
        { id: "1", path: "/1", upstream: "C" },
      ],
    });
    expect(snapshot.upstreams.map((upstream) => upstream.name)).toEqual(["C", "a", "a-2", "b"]);
    expect(snapshot.routes.map((route) => route.id)).toEqual(["2", "1"]);
  });

  it("may name the balancer alone, or with options", () => {
    const [plain] = snapshotOf(withUpstream({ balancer: "keyed" })).upstreams;
    expect(plain!.balancer).toEqual({ type: "keyed", options: {} });
    const [options] = snapshotOf(withUpstream({ balancer: { type: "keyed", factor: 1.5 } })).upstreams;
    expect(options!.balancer).toEqual({ type: "keyed", options: { factor: 1.5 } });
  });

  it("may have an empty list for an empty object and the other way round, as cjson does not tell them apart", () => {
    snapshotOf({ upstreams: [], routes: {} });
    snapshotOf(withUpstream({ peers: {}, health: [] }));
  });

  it("is not changed", () => {
    const document = fullDocument();
    snapshotOf(document);
    expect(document).toEqual(fullDocument());
  });
});

describe("an invalid document", () => {
  it("gives no snapshot", () => {
    expect(validate({ upstreams: { chat: { retries: 11 } } }, registry).snapshot).toBeUndefined();
  });

  it("may be no object at all", () => {
    expect(errorsOf("x")).toEqual([' expected an object, found "x"']);
    expect(errorsOf([1])).toEqual([" expected an object, found a list"]);
    expect(errorsOf(NULL)).toEqual([" expected an object, found null"]);
    expect(errorsOf({})).toEqual([' "upstreams" is missing']);
  });

  it("is told all its errors at once, in order", () => {
    const document = fullDocument();
    (document["resolver"] as Json)["ttl_min"] = "1d";
    document["upstreams"] = {
      chat: { retries: "2", peers: [{ weight: -1 }, { address: "x:1", wieght: 2 }] },
      "a b": { tls: 1 },
    };
    document["routes"] = [{ ...fullRoute(), mode: "relai" }, { id: "x" }];
    document["route"] = [];
    expect(errorsOf(document)).toEqual([
      '/resolver/ttl_min expected a duration from 100ms to 24h (like "500ms", "30s", "5m" or "1h"), found "1d": the unit is not ms, s, m or h',
      "/upstreams/a b expected 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-' as the name, found \"a b\": a character is missing or not allowed",
      "/upstreams/a b/tls expected an object, true or false, found 1",
      '/upstreams/chat/peers/0 "address" is missing',
      "/upstreams/chat/peers/0/weight expected an integer from 0 to 1000, found -1",
      '/upstreams/chat/peers/1/wieght unknown field "wieght"; did you mean "weight"?',
      '/upstreams/chat/retries expected an integer from 0 to 10, found "2"',
      '/routes/0/mode expected "tunnel" or "relay", found "relai"; did you mean "relay"?',
      '/routes/1 one of "upstream" or "split" is missing',
      '/route unknown field "route"; did you mean "routes"?',
    ]);
  });

  it("is told of a hundred errors and how many more there are", () => {
    const peers: Json[] = [];
    for (let index = 0; index < 130; index += 1) peers.push({ address: "x" });
    const errors = errorsOf(withUpstream({ peers }));
    expect(errors).toHaveLength(101);
    expect(errors[100]).toBe(" and 30 more");
  });

  it("never has its control characters or its length in a message", () => {
    const [error] = errorsOf(withPeer({ zone: `a\nb\u0000\u007f${"x".repeat(100)}` }));
    expect(error).toBe(
      `/upstreams/chat/peers/0/zone expected at most 64 of A-Z, a-z, 0-9, '_', '.' and '-', found "a?b?${"x".repeat(36)}...": a character is missing or not allowed`,
    );
  });

  it("is pointed at above a name that cannot be shown", () => {
    expect(errorsOf({ upstreams: { "a\n": { tls: 1 } } })).toEqual([
      "/upstreams expected 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-' as the name, found \"a?\": a character is missing or not allowed",
    ]);
    expect(errorsOf(withUpstream({ "\n": 1 }))).toEqual(['/upstreams/chat unknown field "?"']);
  });

  it("is pointed at with escapes where a name needs them", () => {
    expect(errorsOf(withUpstream({ "a/b~c": 1 }))).toEqual(['/upstreams/chat/a~1b~0c unknown field "a/b~c"']);
  });

  it("may use the names that objects have by themselves", () => {
    expect(errorsOf(withUpstream({ constructor: 1, toString: 1, length: 1, "": 1, "1": 1 }))).toEqual([
      '/upstreams/chat/ unknown field ""',
      '/upstreams/chat/1 unknown field "1"',
      '/upstreams/chat/constructor unknown field "constructor"',
      '/upstreams/chat/length unknown field "length"',
      '/upstreams/chat/toString unknown field "toString"',
    ]);
    expect(errorsOf(withRoute({ upstream: "constructor" }))).toEqual([
      '/routes/0/upstream unknown upstream "constructor"',
    ]);
  });
});

describe("what has to agree", () => {
  it("peers have ids of their own, given or taken from the address", () => {
    const peers = [{ id: "b:1", address: "a:1" }, { address: "c:1" }, { address: "b:1" }];
    expect(errorsOf(withUpstream({ peers }))).toEqual([
      '/upstreams/chat/peers/2 duplicate id "b:1": /upstreams/chat/peers/0 has it already',
    ]);
  });

  it("routes have ids of their own", () => {
    const routes = [
      { id: "a", path: "/a", upstream: "chat" },
      { id: "a", path: "/b", upstream: "chat" },
    ];
    expect(errorsOf({ upstreams: { chat: {} }, routes })).toEqual([
      '/routes/1 duplicate id "a": /routes/0 has it already',
    ]);
  });

  it("routes go to upstreams that exist", () => {
    expect(errorsOf(withRoute({ upstream: "caht" }))).toEqual([
      '/routes/0/upstream unknown upstream "caht"; did you mean "chat"?',
    ]);
    const split = [{ upstream: "chat" }, { upstream: "elsewhere" }];
    expect(errorsOf({ upstreams: { chat: {} }, routes: [{ id: "r", split }] })).toEqual([
      '/routes/0/split/1/upstream unknown upstream "elsewhere"',
    ]);
  });

  it("a route has an upstream or a split with some weight", () => {
    const split = [{ upstream: "chat", weight: 0 }];
    expect(errorsOf(withRoute({ split }))).toContain(
      '/routes/0 only one of "upstream" or "split" can be there',
    );
    expect(errorsOf({ upstreams: { chat: {} }, routes: [{ id: "r", split }] })).toEqual([
      "/routes/0/split expected at least one weight above 0",
    ]);
    expect(
      errorsOf({ upstreams: { chat: {} }, routes: [{ id: "r", split: [split[0], { upstream: "chat" }] }] }),
    ).toEqual(['/routes/0/split/1 duplicate upstream "chat": /routes/0/split/0 has it already']);
  });

  it("key and rewrite use the path's parameters", () => {
    expect(errorsOf(withRoute({ path: "/{a}", key: "{b}", rewrite: "/x/{c}" }))).toEqual([
      '/routes/0/key expected a template such as $remote_addr or {room}, found "{b}": the path has no parameter {b}',
      '/routes/0/rewrite expected a path over the route\'s parameters, found "/x/{c}": the path /{a} has no parameter {c}',
    ]);
    expect(errorsOf(withRoute({ path: "/{a}", rewrite: "/x/*" }))).toEqual([
      '/routes/0/rewrite expected a path over the route\'s parameters, found "/x/*": the path /{a} does not end with *',
    ]);
  });

  it("only a relay can move its sessions", () => {
    expect(errorsOf(withRoute({ on_drain: "move", on_crash: "move" }))).toEqual([
      '/routes/0/on_drain "move" needs "mode": "relay"',
      '/routes/0/on_crash "move" needs "mode": "relay"',
    ]);
    expect(errorsOf(withRoute({ mode: "relay", on_drain: "move", on_crash: "move" }))).toEqual([]);
  });

  it("only a relay has settings of one", () => {
    expect(errorsOf(withRoute({ relay: {} }))).toEqual(['/routes/0/relay needs "mode": "relay"']);
    expect(errorsOf(withRoute({ mode: "tunnel", relay: { replay: 101 } }))).toEqual([
      "/routes/0/relay/replay expected an integer from 0 to 100, found 101",
      '/routes/0/relay needs "mode": "relay"',
    ]);
    expect(errorsOf(withRoute({ mode: "relais", relay: {} }))).toEqual([
      '/routes/0/mode expected "tunnel" or "relay", found "relais"; did you mean "relay"?',
    ]);
  });

  it("a balancer exists and accepts its options", () => {
    expect(errorsOf(withUpstream({ balancer: "roundrobin" }))).toEqual([
      '/upstreams/chat/balancer expected "least_conn", "round_robin" or "keyed", found "roundrobin"; did you mean "round_robin"?',
    ]);
    expect(errorsOf(withUpstream({ balancer: { type: "keyed", factor: 0 } }))).toEqual([
      '/upstreams/chat/balancer its "factor"?is 0',
    ]);
    expect(errorsOf(withUpstream({ balancer: { type: "keyed", factor: [1], x: NULL, y: 1 / 0 } }))).toEqual([
      "/upstreams/chat/balancer/factor expected a string, a number or a boolean, found a list",
      "/upstreams/chat/balancer/x expected a string, a number or a boolean, found null",
      "/upstreams/chat/balancer/y expected a string, a number or a boolean, found a very large number",
    ]);
  });

  it("routes have a key where their upstream needs one", () => {
    const routes = [
      { id: "a", path: "/a", upstream: "chat" },
      { id: "b", path: "/b", upstream: "chat", key: "$remote_addr" },
    ];
    expect(errorsOf({ upstreams: { chat: { balancer: keyed.name } }, routes })).toEqual([
      '/routes/0 "key" is missing: upstream "chat" needs one for its balancer "keyed"',
    ]);
    expect(errorsOf({ upstreams: { chat: { affinity: { type: "key" } } }, routes })).toEqual([
      '/routes/0 "key" is missing: upstream "chat" needs one for its affinity',
    ]);
    expect(errorsOf({ upstreams: { chat: { affinity: {} } }, routes })).toEqual([]);
  });

  it("routes do not tie", () => {
    const routes = [
      { id: "a", path: "/{x}", upstream: "chat" },
      { id: "b", path: "/{y}", upstream: "chat" },
    ];
    expect(errorsOf({ upstreams: { chat: {} }, routes })).toEqual([
      '/routes/1 ties with /routes/0 ("a"): a request can match both, and neither is more specific; give one a higher "priority"',
    ]);
  });

  it("ttl_min is not above ttl_max", () => {
    expect(errorsOf({ resolver: { ttl_min: "6m" }, upstreams: {} })).toEqual([
      "/resolver/ttl_max expected at least ttl_min, which is 6m, found 5m",
    ]);
  });

  it("a cookie for every site is secure", () => {
    expect(errorsOf(withUpstream({ affinity: { same_site: "None", secure: false } }))).toEqual([
      '/upstreams/chat/affinity/same_site browsers refuse a cookie with "None" that is never secure',
    ]);
  });

  it("a cookie whose name says so is secure, and for every path", () => {
    const place = "/upstreams/chat/affinity/name browsers refuse a cookie of this name";
    const errorsWith = (affinity: Json): string[] => errorsOf(withUpstream({ affinity }));
    expect(errorsWith({ name: "__Secure-sb", secure: "never" })).toEqual([`${place} that is never secure`]);
    expect(errorsWith({ name: "__HOST-sb", secure: false, path: "/a" })).toEqual([
      `${place} that is never secure`,
      `${place} with another path than "/"`,
    ]);
    expect(errorsWith({ name: "__Secure-sb", path: "/a" })).toEqual([]);
    expect(errorsWith({ name: "__Host-sb" })).toEqual([]);
  });
});

describe("warnings", () => {
  function warningsOf(document: unknown): string[] {
    return shown(validate(document, registry).warnings);
  }

  it("are none of a document with every field", () => {
    expect(warningsOf(fullDocument())).toEqual([]);
  });

  it("do not name what is absent or switched off", () => {
    expect(warningsOf(withUpstream({ affinity: false, health: {} }))).toEqual([]);
  });

  describe("of health", () => {
    const warningsWith = (health: Json): string[] => warningsOf(withUpstream({ health }));

    it("name an ejection that is longer than the longest", () => {
      expect(warningsWith({ passive: { eject: "10m" } })).toEqual([
        '/upstreams/chat/health/passive/eject is cut to "max_eject", which is shorter',
      ]);
      expect(warningsWith({ passive: { eject: "5m" } })).toEqual([]);
    });

    it("name sessions to close where nobody finds that a peer is down", () => {
      const warnings = ['/upstreams/chat/health/on_down has no effect: "passive" and "active" are off'];
      expect(warningsWith({ on_down: "close" })).toEqual(warnings);
      expect(warningsWith({ on_down: "close", agent: true })).toEqual(warnings);
      expect(warningsWith({ on_down: "close", passive: {} })).toEqual([]);
      expect(warningsWith({ on_down: "close", active: {} })).toEqual([]);
      expect(warningsWith({ agent: true })).toEqual([]);
    });

    it("name what probes of this type do not look at", () => {
      const http = { expect_status: "200", expect_body: "ok" };
      const any = { path: "/up", host: "a", headers: { a: "b" } };
      const named = (type: string): string[] =>
        warningsWith({ active: { type, ...any, ...http } }).map((text) => text.split("/active/")[1]!);
      expect(named("http")).toEqual([]);
      expect(named("websocket")).toEqual([
        'expect_status has no effect on probes of the type "websocket"',
        'expect_body has no effect on probes of the type "websocket"',
      ]);
      expect(named("tcp").map((text) => text.split(" ")[0])).toEqual([
        "path",
        "host",
        "headers",
        "expect_status",
        "expect_body",
      ]);
      expect(warningsWith({ active: { type: "tcp" } })).toEqual([]);
    });
  });
});
