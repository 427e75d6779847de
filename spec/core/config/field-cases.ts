import { fullUpstream, NULL, withPeer, withRoute, withUpstream } from "./documents";
import { at, BOOLEANS, durations, integers } from "./field-case";
import type { FieldCase, Place } from "./field-case";
import { HEALTH_CASES } from "./health-cases";
import { RELAY_CASES } from "./relay-cases";

function inUpstream(name: string): Pick<FieldCase, "place" | "document"> {
  return at("/upstreams/chat", name, withUpstream);
}

function inPeer(name: string): Pick<FieldCase, "place" | "document"> {
  return at("/upstreams/chat/peers/0", name, withPeer);
}

function inAffinity(name: string): Pick<FieldCase, "place" | "document"> {
  return at("/upstreams/chat/affinity", name, (fields) => withUpstream({ affinity: fields }));
}

function inRetryBudget(name: string): Pick<FieldCase, "place" | "document"> {
  return at("/upstreams/chat/retry_budget", name, (fields) => withUpstream({ retry_budget: fields }));
}

function inSlowStart(name: string): Pick<FieldCase, "place" | "document"> {
  const within: Place = (fields) => withUpstream({ slow_start: { window: "1m", ...fields } });
  return at("/upstreams/chat/slow_start", name, within);
}

function inDrain(name: string): Pick<FieldCase, "place" | "document"> {
  return at("/upstreams/chat/drain", name, (fields) => withUpstream({ drain: fields }));
}

function inRoute(name: string): Pick<FieldCase, "place" | "document"> {
  return at("/routes/0", name, withRoute);
}

function inResolver(name: string): Pick<FieldCase, "place" | "document"> {
  return at("/resolver", name, (fields) => ({ resolver: fields, upstreams: {} }));
}

const HASH_ID = "a#1";
const LONG_NAME = "a".repeat(65);

export const FIELD_CASES: readonly FieldCase[] = [
  {
    place: "/$schema",
    document: (value) => ({ $schema: value, upstreams: {} }),
    accepted: ["", "x"],
    refused: [1, NULL, {}],
  },
  {
    ...inResolver("addresses"),
    accepted: [[], ["10.0.0.1", "[::1]:53"]],
    refused: ["10.0.0.1", [1], ["dns.example"], ["::1"], ["10.0.0.1", "10.0.0.1"]],
    refusedBeyondSchema: [["10.0.0.256"]],
  },
  { ...inResolver("ttl_min"), ...durations(["100ms", "5m"], ["99ms", "25h"]) },
  { ...inResolver("ttl_max"), ...durations(["1s", "24h"], ["99ms", "25h"]) },
  {
    ...inUpstream("balancer"),
    accepted: ["round_robin", { type: "round_robin", start: 0 }],
    refused: [
      {},
      1,
      NULL,
      "",
      ["round_robin"],
      { type: 1 },
      { type: "round_robin", start: { a: 1 } },
      { type: "round_robin", start: NULL },
    ],
    refusedBeyondSchema: ["nothing", { type: "round_robin", start: 1 }],
  },
  {
    ...inUpstream("tls"),
    accepted: [true, false, {}, { server_name: "$host" }],
    refused: [1, "true", NULL, { name: "a" }, { server_name: 1 }, { server_name: "a b" }],
    refusedBeyondSchema: [{ server_name: "{room}" }],
  },
  {
    ...inUpstream("host_header"),
    accepted: ["$http_host", "a.example:80"],
    refused: ["", "a b", "a\r\nb", 1],
    refusedBeyondSchema: ["$", "{room}"],
  },
  { ...inUpstream("connect_timeout"), ...durations(["1ms", "1h"], ["0s", "61m"]) },
  { ...inUpstream("handshake_timeout"), ...durations(["1ms", "1h"], ["0s", "61m"]) },
  { ...inUpstream("idle_timeout"), ...durations(["1ms", "576h"], ["0s", "577h"]) },
  { ...inUpstream("total_timeout"), ...durations(["0s", "1h"], ["61m"]) },
  { ...inUpstream("tcp_timeout"), ...durations(["0s", "24h"], ["25h"]) },
  { ...inUpstream("retries"), ...integers(0, 10) },
  {
    ...inUpstream("retry_on"),
    accepted: [[], ["error", "http_504"]],
    refused: ["error", ["http_500"], ["error", "error"], [NULL]],
  },
  {
    ...inUpstream("retry_budget"),
    accepted: [{}, { percent: 0, min: 0 }],
    refused: [true, false, 20, NULL, { max: 1 }],
  },
  { ...inRetryBudget("percent"), accepted: [0, 12.5, 100], refused: [-1, 101, "20", NULL] },
  { ...inRetryBudget("min"), ...integers(0, 10_000) },
  {
    ...inUpstream("slow_start"),
    accepted: ["0s", "24h", { window: "1m" }],
    refused: ["1", 1, NULL, {}, { window: "1m", steps: 3 }],
    refusedBeyondSchema: ["25h"],
  },
  { ...inSlowStart("window"), ...durations(["0s", "24h"], ["25h"]) },
  { ...inSlowStart("min_percent"), accepted: [1, 12.5, 100], refused: [0, 101, "10"] },
  { ...inSlowStart("aggression"), accepted: [0.1, 1, 10], refused: [0, 10.5, "1"] },
  { ...inUpstream("panic_threshold"), accepted: [0, 0.5, 1], refused: [-0.1, 1.1, 0 / 0, "0.5", NULL] },
  {
    ...inUpstream("affinity"),
    accepted: [false, {}, fullUpstream()["affinity"]],
    refused: [true, "cookie", NULL, { sticky: true }],
  },
  { ...inAffinity("type"), accepted: ["cookie", "key"], refused: ["ip", "", 1] },
  {
    ...inAffinity("name"),
    accepted: ["sb", "__Host-sb", "a".repeat(128)],
    refused: ["", "a b", "a=b", "a;b", "a".repeat(129), 1],
  },
  { ...inAffinity("strict"), ...BOOLEANS },
  { ...inAffinity("path"), accepted: ["/", "/a/b"], refused: ["", "a", "/a;b", "/a b", 1] },
  { ...inAffinity("max_age"), ...durations(["0s", "1000ms", "8784h"], ["1500ms", "8785h"]) },
  { ...inAffinity("secure"), accepted: ["auto", "always", "never", true, false], refused: ["yes", 1, NULL] },
  { ...inAffinity("http_only"), ...BOOLEANS },
  { ...inAffinity("same_site"), accepted: ["Lax", "Strict", "None", ""], refused: ["lax", 1, NULL] },
  ...HEALTH_CASES,
  { ...inUpstream("drain"), accepted: [{}, { close: "paced" }], refused: [false, "paced", { wait: "1s" }] },
  { ...inDrain("deadline"), ...durations(["0s", "576h"], ["577h"]) },
  { ...inDrain("spread"), ...durations(["0s", "24h"], ["25h"]) },
  { ...inDrain("close"), accepted: ["keep", "paced"], refused: ["move", "", true] },
  {
    ...inUpstream("peers"),
    accepted: [[], [{ address: "a:1" }]],
    refused: ["a:1", ["a:1"], [{}], [NULL]],
    refusedBeyondSchema: [[{ address: "a:1" }, { id: "a:1", address: "b:1" }]],
  },
  {
    ...inPeer("id"),
    accepted: ["a", "10.0.0.1:80", "a/b~c", "a".repeat(260)],
    refused: ["", "a b", HASH_ID, "ä", "a".repeat(261), 1],
  },
  {
    ...inPeer("address"),
    accepted: ["10.0.0.1:80", "[::1]:80", "unix:/a", "a-b.c:80"],
    refused: ["", "a", "a:0", "a b:80", "unix:a", "http://a:80", 80],
    refusedBeyondSchema: ["a:65536", "10.0.0.256:80", "[1::2::3]:80"],
  },
  { ...inPeer("weight"), ...integers(0, 1000) },
  { ...inPeer("max_conns"), ...integers(0, 1_000_000_000) },
  { ...inPeer("backup"), ...BOOLEANS },
  { ...inPeer("zone"), accepted: ["", "eu-1.a_b"], refused: ["a b", LONG_NAME, 1] },
  { ...inPeer("state"), accepted: ["ready", "drain", "maint"], refused: ["up", "", NULL] },
  { ...inRoute("id"), accepted: ["a", "a/b"], refused: ["", "a b", HASH_ID, 1] },
  {
    ...inRoute("hosts"),
    accepted: [[], ["a.example", "*.example", "[::1]"]],
    refused: ["a.example", [""], ["a:80"], ["*"], ["a.*"], ["ä.example"], ["a", "a"]],
    refusedBeyondSchema: [["A.example", "a.EXAMPLE"], ["1.2.3"], ["a..b"]],
  },
  {
    ...inRoute("path"),
    accepted: ["/", "/*", "/a/{b}/*", "/a/"],
    refused: ["", "a", "//", "/a?b", "/a%20", "/{a}b", "/*/a", "/./a", "/a/..", "/{A}", 1],
    refusedBeyondSchema: ["/{a}/{a}", "/a".repeat(65)],
  },
  {
    ...inRoute("headers"),
    accepted: [{}, { "X-A": "b", "x-b": true, "x-c": false }],
    refused: ["x", { "a b": true }, { "": true }, { a: 1 }, { a: NULL }],
    refusedBeyondSchema: [{ "X-A": "1", "x-a": "2" }],
  },
  {
    ...inRoute("query"),
    accepted: [{}, { a: "", "ä b": true }],
    refused: ["x", { "": true }, { "a\n": true }, { a: [], b: 1 }],
  },
  { ...inRoute("subprotocols"), accepted: [[], ["a", "A"]], refused: ["a", ["a b"], [""], ["a", "a"]] },
  { ...inRoute("priority"), ...integers(-1000, 1000) },
  {
    ...inRoute("upstream"),
    accepted: ["chat"],
    refused: ["", "a b", LONG_NAME, 1],
    refusedBeyondSchema: ["other"],
  },
  {
    place: "/routes/0/split",
    document: (value) => ({ upstreams: { chat: {} }, routes: [{ id: "r", split: value }] }),
    accepted: [[{ upstream: "chat" }], [{ upstream: "chat", weight: 1000 }]],
    refused: ["chat", ["chat"], [{}], [{ upstream: "chat", weight: 1001 }]],
    refusedBeyondSchema: [[], [{ upstream: "chat", weight: 0 }], [{ upstream: "other" }]],
  },
  {
    ...inRoute("key"),
    accepted: ["", "$remote_addr", "a${host}$$"],
    refused: ["a b", 1, "ä"],
    refusedBeyondSchema: ["{room}", "$"],
  },
  { ...inRoute("mode"), accepted: ["tunnel", "relay"], refused: ["proxy", NULL] },
  {
    ...inRoute("rewrite"),
    accepted: ["/", "/a/b", "/*"],
    refused: ["", "a", 1],
    refusedBeyondSchema: ["/{room}", "/a?b", "/.."],
  },
  { ...inRoute("http"), ...BOOLEANS },
  { ...inRoute("on_drain"), accepted: ["close"], refused: ["keep", true], refusedBeyondSchema: ["move"] },
  { ...inRoute("on_crash"), accepted: ["close"], refused: ["keep", true], refusedBeyondSchema: ["move"] },
  ...RELAY_CASES,
];
