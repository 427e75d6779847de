import { NULL, withUpstream } from "./documents";
import type { Json } from "./documents";
import { at, BOOLEANS, durations, integers } from "./field-case";
import type { FieldCase, Place } from "./field-case";

type Placed = Pick<FieldCase, "place" | "document">;

function inUpstream(fields: Json): Json {
  return withUpstream({ health: fields });
}

function inHealth(name: string): Placed {
  return at("/upstreams/chat/health", name, inUpstream);
}

function inPassive(name: string): Placed {
  return at("/upstreams/chat/health/passive", name, (fields) => inUpstream({ passive: fields }));
}

function inActive(name: string): Placed {
  const within: Place = (fields) => inUpstream({ active: fields });
  return at("/upstreams/chat/health/active", name, within);
}

/** What would end a line of a probe, or the probe itself. */
const LINE_ENDS = ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\u0000b", "\r\n\r\nGET / HTTP/1.1"];
const PROBE_HEADERS = ["Host", "connection", "UPGRADE", "Sec-WebSocket-Key", "Content-Length"];

const MANY_HEADERS: Json = {};
for (const index of $range(1, 33)) MANY_HEADERS[`X-${index}`] = "a";

export const HEALTH_CASES: readonly FieldCase[] = [
  {
    place: "/upstreams/chat/health",
    document: (value) => withUpstream({ health: value }),
    accepted: [{}, { passive: false, active: {} }, { passive: true, active: true, agent: true }],
    refused: [false, true, NULL, { actve: {} }],
  },
  { ...inHealth("passive"), accepted: [{}, true, false], refused: ["on", 1, NULL, { max_fail: 3 }] },
  { ...inHealth("active"), accepted: [{}, true, false], refused: ["http", 1, NULL, { header: {} }] },
  { ...inHealth("agent"), ...BOOLEANS },
  { ...inHealth("on_down"), accepted: ["keep", "close"], refused: ["", "paced", true, NULL] },
  { ...inPassive("max_fails"), ...integers(1, 1000) },
  { ...inPassive("window"), ...durations(["1ms", "24h"], ["0s", "25h"]) },
  { ...inPassive("max_failure_percent"), ...integers(1, 100) },
  { ...inPassive("min_attempts"), ...integers(1, 100_000) },
  { ...inPassive("eject"), ...durations(["1ms", "24h"], ["0s", "25h"]) },
  { ...inPassive("max_eject"), ...durations(["1ms", "24h"], ["0s", "25h"]) },
  { ...inPassive("max_ejected_percent"), ...integers(0, 100) },
  { ...inPassive("early_close"), ...durations(["0s", "1h"], ["61m"]) },
  { ...inActive("type"), accepted: ["tcp", "http", "websocket"], refused: ["ping", 1] },
  {
    ...inActive("path"),
    accepted: ["/", "/a?b=c"],
    refused: ["", "a", "/a b", "/a#b", 1, "/a HTTP/1.1\r\nX-Evil: 1", ...LINE_ENDS],
  },
  {
    ...inActive("host"),
    accepted: ["", "a.example", "A_b-c:8080", "10.0.0.1:80", "[::1]:80"],
    refused: ["a b", "$http_host", "a/b", "user@a", "ä", 1, NULL, ...LINE_ENDS],
  },
  { ...inActive("port"), ...integers(0, 65_535) },
  {
    ...inActive("headers"),
    accepted: [
      {},
      { "X-A": "b", Authorization: "Bearer a.b=", cookie: "" },
      { "sec-websocket-protocol": "chat.v2" },
    ],
    refused: [
      "x",
      NULL,
      { "a b": "c" },
      { "": "c" },
      { "a:": "c" },
      { "a\r\nb": "c" },
      { a: 1 },
      { a: true },
      { a: NULL },
      { a: "ä" },
      { a: "\t" },
      MANY_HEADERS,
      ...LINE_ENDS.map((text) => ({ a: text })),
    ],
    refusedBeyondSchema: [{ "X-A": "1", "x-a": "2" }, ...PROBE_HEADERS.map((name) => ({ [name]: "a" }))],
  },
  {
    ...inActive("expect_status"),
    accepted: ["100", "599", "200,204", "200-399", "101,200-299,404-404"],
    refused: ["", "2xx", "099", "600", "20", "2000", "200-", "-200", "200,", "200, 204", "200-204-300", 200],
    refusedBeyondSchema: ["399-200", "200,204-203"],
  },
  { ...inActive("expect_body"), accepted: ["", '{"ok":true}', "ä\r\n"], refused: [1, NULL, ["ok"]] },
  { ...inActive("interval"), ...durations(["100ms", "24h"], ["99ms", "25h"]) },
  { ...inActive("fast_interval"), ...durations(["100ms", "24h"], ["99ms", "25h"]) },
  { ...inActive("idle_interval"), ...durations(["0s", "24h"], ["25h"]) },
  { ...inActive("jitter"), accepted: [0, 0.1, 0.5], refused: [-0.1, 0.51, "0.1", 0 / 0, NULL] },
  { ...inActive("timeout"), ...durations(["1ms", "1h"], ["0s", "61m"]) },
  { ...inActive("rise"), ...integers(1, 100) },
  { ...inActive("fall"), ...integers(1, 100) },
  { ...inActive("initial"), accepted: ["up", "down", "last"], refused: ["", "ready", true, NULL] },
];
