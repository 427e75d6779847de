import { alternatives, printable } from "../core/config/show";

/** Every call of the admin API, in one table. docs/openapi.json describes each, and a spec holds the two together. */

export type Method = "GET" | "PUT" | "POST" | "PATCH" | "DELETE";

export type OperationName =
  | "getStatus"
  | "getConfig"
  | "putConfig"
  | "deleteOverrides"
  | "listUpstreams"
  | "getUpstream"
  | "addPeer"
  | "changePeer"
  | "removePeer"
  | "drainPeer"
  | "readyPeer"
  | "maintPeer"
  | "pickPeer"
  | "rebalanceUpstream"
  | "listRoutes"
  | "matchRoute"
  | "putRoute"
  | "deleteRoute"
  | "listSessions"
  | "getSession"
  | "closeSession"
  | "closeSessions"
  | "streamEvents";

export interface Operation {
  readonly name: OperationName;
  readonly method: Method;
  /** `{upstream}` stands for one segment, percent-encoded. */
  readonly path: string;
  /** Whether any worker does it, or only the one process that may change the config. */
  readonly where: "here" | "leader";
  /** The parameters it takes; a name that ends with `.` stands for all that begin so. */
  readonly query: readonly string[];
  /** A `document` goes to the leader unread. */
  readonly body: "none" | "object" | "document";
}

const MAX_SHOWN = 80;

type Row = readonly [
  name: OperationName,
  method: Method,
  path: string,
  where: Operation["where"],
  body?: Operation["body"],
  ...query: string[],
];

const PEERS = "/v1/upstreams/{upstream}/peers";
const PEER = `${PEERS}/{peer}`;

const ROWS: readonly Row[] = [
  ["getStatus", "GET", "/v1/status", "here"],
  ["getConfig", "GET", "/v1/config", "leader", "none", "layer"],
  ["putConfig", "PUT", "/v1/config", "leader", "document", "dry_run"],
  ["deleteOverrides", "DELETE", "/v1/overrides", "leader"],
  ["listUpstreams", "GET", "/v1/upstreams", "here"],
  ["getUpstream", "GET", "/v1/upstreams/{upstream}", "here"],
  ["pickPeer", "GET", "/v1/upstreams/{upstream}/pick", "here", "none", "key"],
  ["rebalanceUpstream", "POST", "/v1/upstreams/{upstream}/rebalance", "here", "object"],
  ["addPeer", "POST", PEERS, "leader", "object"],
  ["changePeer", "PATCH", PEER, "leader", "object"],
  ["removePeer", "DELETE", PEER, "leader", "object", "sessions"],
  ["drainPeer", "POST", `${PEER}/drain`, "leader", "object"],
  ["readyPeer", "POST", `${PEER}/ready`, "leader", "object"],
  ["maintPeer", "POST", `${PEER}/maint`, "leader", "object"],
  ["listRoutes", "GET", "/v1/routes", "here"],
  ["matchRoute", "GET", "/v1/routes/match", "here", "none", "host", "path", "subprotocol", "header."],
  ["putRoute", "PUT", "/v1/routes/{route}", "leader", "object"],
  ["deleteRoute", "DELETE", "/v1/routes/{route}", "leader"],
  ["listSessions", "GET", "/v1/sessions", "here", "none", "upstream", "peer", "route", "limit", "after"],
  [
    "closeSessions",
    "DELETE",
    "/v1/sessions",
    "here",
    "none",
    ...["upstream", "peer", "route", "rate", "code", "reason"],
  ],
  ["getSession", "GET", "/v1/sessions/{session}", "here"],
  ["closeSession", "DELETE", "/v1/sessions/{session}", "here", "none", "code", "reason"],
  ["streamEvents", "GET", "/v1/events", "here", "none", "after", "type"],
];

export const OPERATIONS: readonly Operation[] = ROWS.map(([name, method, path, where, body, ...query]) => ({
  name,
  method,
  path,
  where,
  query,
  body: body ?? "none",
}));

const PATTERNS = OPERATIONS.map((operation) => operation.path.substring(1).split("/"));

/** What stands in a path where its pattern has a name in braces. */
export type Names = Readonly<Record<string, string>>;

/**
 * Finds the operation of a method and a path.
 * @returns without an operation, the methods that the path takes, in the form of the Allow header; `""` if there is nothing
 */
export function findOperation(
  method: string,
  segments: readonly string[],
): LuaMultiReturn<
  [operation: Operation, names: Names] | [operation: undefined, names: undefined, allow: string]
> {
  const allowed: string[] = [];
  for (let index = 0; index < OPERATIONS.length; index += 1) {
    const operation = OPERATIONS[index]!;
    const names = namesIn(PATTERNS[index]!, segments);
    if (names !== undefined) {
      if (operation.method === method || (operation.method === "GET" && method === "HEAD"))
        return $multi(operation, names);
      allowed.push(operation.method === "GET" ? "GET, HEAD" : operation.method);
    }
  }
  return $multi(undefined, undefined, allowed.join(", "));
}

function namesIn(pattern: readonly string[], segments: readonly string[]): Names | undefined {
  if (pattern.length !== segments.length) return undefined;
  const names: Record<string, string> = {};
  for (let index = 0; index < pattern.length; index += 1) {
    const expected = pattern[index]!;
    const segment = segments[index]!;
    if (expected.startsWith("{")) {
      if (segment === "") return undefined;
      names[expected.substring(1, expected.length - 1)] = segment;
    } else if (segment !== expected) return undefined;
  }
  return names;
}

/** Parameters that take some words only. */
const WORDS: Readonly<Record<string, readonly string[] | undefined>> = {
  dry_run: ["1"],
  layer: ["file", "runtime"],
  sessions: ["keep", "drain", "close"],
};

/** Says what is wrong with a query: a parameter that was misspelt must not change what a call does. */
export function findQueryFault(
  operation: Operation,
  query: Readonly<Record<string, string>>,
): string | undefined {
  for (const name of Object.keys(query).sort()) {
    if (!takes(operation, name)) {
      const known = operation.query.length === 0 ? "" : `; there are ${operation.query.join(", ")}`;
      return `unknown parameter "${printable(name, MAX_SHOWN)}"${known}`;
    }
    const words = WORDS[name];
    if (words !== undefined && !words.includes(query[name]!)) return `${name} is ${alternatives(words)}`;
  }
  return undefined;
}

function takes(operation: Operation, name: string): boolean {
  return operation.query.some((known) => (known.endsWith(".") ? name.startsWith(known) : name === known));
}
