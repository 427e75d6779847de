import { answerStream } from "../../src/admin/answer";
import type { AdminAnswer } from "../../src/admin/answer";
import { handle } from "../../src/admin/handler";
import type { AdminRequest } from "../../src/admin/request";
import type { AdminWorld, Call, Outcome } from "../../src/admin/world";
import type { RouteConfig } from "../../src/core/config/snapshot";
import { compileRoute } from "../../src/core/gateway/compiled-route";
import type { Pool } from "../../src/core/pool/pool";
import { Router } from "../../src/core/route/router";
import { newSession } from "../../src/core/session/session";

/** JSON with the keys in order, from either runtime; an empty list comes out as `{}`, as from Lua's codec. */
export function encode(this: void, value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object") return `${value as number | boolean}`;
  const record = value as Record<string, unknown>;
  if (Array.isArray(record) && record.length > 0) return `[${record.map((item) => encode(item)).join(",")}]`;
  const fields = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort()
    .map((key) => `"${key}":${encode(record[key])}`);
  return `{${fields.join(",")}}`;
}

function quote(text: string): string {
  let quoted = "";
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    quoted += character === '"' || character === "\\" ? `\\${character}` : character;
  }
  return `"${quoted}"`;
}

export interface Parts {
  readonly pools?: readonly Pool[];
  readonly routes?: readonly RouteConfig[];
  readonly change?: (this: void, call: Call) => Outcome;
  readonly world?: Partial<AdminWorld>;
}

/** A gateway of the given parts, each at generation 7. Its `decode` knows one thing: what ends with `}` is an object. */
export function aWorld({
  pools = [],
  routes = [],
  change = () => ({ status: 200 }),
  world,
}: Parts): AdminWorld {
  const compiled = routes.map((route) => compileRoute(route));
  const router = new Router<(typeof compiled)[number]>();
  for (const route of compiled) router.add(route);
  return {
    encode,
    decode: (text) => {
      if (text.endsWith("}")) return $multi({});
      return $multi(undefined, "unexpected end at character 9");
    },
    pause: () => undefined,
    status: () => ({
      version: "1.2.3",
      generation: 9,
      workers: 4,
      workerGenerations: [],
      leaderPid: 17,
      configError: "conf/switchboard.json: not JSON",
      lastReloadError: "",
      stateError: "",
      isFileShadowed: false,
      overrides: 0,
      droppedOverrides: [],
      uncounted: 2,
      unlisted: 0,
    }),
    upstreamNames: () => pools.map((pool) => pool.config.name),
    upstream: (name) => pools.find((pool) => pool.config.name === name),
    generationOf: () => 7,
    removedPeers: () => [],
    lifeOf: (_pool, { weight }) => ({
      weight,
      effectiveWeight: weight,
      isClosing: false,
      totals: {},
    }),
    pick: (pool) => {
      const peer = pool.pick(newSession());
      if (peer === undefined) return $multi(undefined, "no peer is eligible");
      return $multi({ peer, reason: "its turn" });
    },
    rebalance: () => $multi(undefined, "no memory"),
    rebalancing: () => undefined,
    routes: () => [compiled],
    match: (request) => router.match(request),
    activeOfRoute: () => 3,
    sessions: () => $multi({ sessions: [] }),
    session: (id) => ({ status: 200, body: `{"id":"${id}"}` }),
    close: (call) => change(call),
    events: (_query, lastEventId) =>
      answerStream((out) => out.write(`id: ${lastEventId}\n\n`), { "Content-Type": "text/event-stream" }),
    change: (call) => change(call),
    document: (layer) => ({ status: 200, body: `{"layer":"${layer}"}`, etag: '"e1"' }),
    ...world,
  };
}

export interface Given {
  readonly contentType?: string;
  readonly ifMatch?: string;
  readonly lastEventId?: string;
  readonly body?: string;
}

export function aRequest(method: string, target: string, given: Given = {}): AdminRequest {
  const { contentType = "", ifMatch = "", lastEventId = "", body = "" } = given;
  return {
    method,
    target,
    contentType,
    ifMatch,
    lastEventId,
    readBody: (limitBytes) => {
      if (body.length > limitBytes) return $multi(undefined, "too large");
      return $multi(body);
    },
  };
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function bodyOf(answer: AdminAnswer): string {
  const pieces: string[] = [];
  answer.write({ write: (text) => void pieces.push(text), flush: () => true });
  return pieces.join("");
}

/** A call and its whole answer. */
export function call(method: string, target: string, parts: Parts = {}, given: Given = {}): Answered {
  const answer = handle(aRequest(method, target, given), aWorld(parts));
  return { status: answer.status, headers: answer.headers, body: bodyOf(answer) };
}

/** The code of an error's answer, behind its status. */
export function failure({ status, body }: Answered): string {
  const start = body.indexOf('"code":"') + 8;
  return `${status} ${body.substring(start, body.indexOf('"', start))}`;
}
