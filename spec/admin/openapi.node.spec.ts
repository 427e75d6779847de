import { answerRefusal, type AdminAnswer } from "../../src/admin/answer";
import { ERROR_STATUS, refusal, type ErrorCode } from "../../src/admin/errors";
import { findStranger } from "../../src/admin/guard";
import { handle } from "../../src/admin/handler";
import { OPERATIONS, type Operation } from "../../src/admin/operations";
import type { AdminWorld, Outcome, Rebalanced } from "../../src/admin/world";
import { planMoves } from "../../src/core/rebalance/plan";
import { aRoute } from "../core/route/route-fixture";
import { aPeerConfig } from "../core/support/upstream-fixture";
import { DESCRIBED, DESCRIPTION, responseOf, resolve, validator, type Described } from "./openapi";
import { poolOf } from "./pools";
import { aRequest, aWorld, bodyOf, type Given, type Parts } from "./world";

/** Served apart from the others. */
const METRICS = "/metrics";
const CALLS = DESCRIBED.filter(({ path }) => path !== METRICS);
const CODES = Object.keys(ERROR_STATUS) as ErrorCode[];

const SESSION = { id: "1", client: "::1", route: "r", upstream: "chat", peer: "a", worker: 5 };
const LISTED = { ...SESSION, start: "2026-01-01T00:00:00.000Z" };
const SHOWN = {
  ...LISTED,
  mode: "relay",
  moves: 1,
  moved_at: LISTED.start,
  moving: false,
  messages_from_client: 1,
  messages_from_peer: 1,
  bytes_from_client: 5,
  bytes_from_peer: 5,
  unconfirmed_messages: 0,
  client_rtt_ms: 0.5,
  frames: [{ time: LISTED.start, from: "peer", opcode: "close", final: true, length: 2, code: 1000 }],
};
const PARTS: Parts = {
  pools: [poolOf("chat", aPeerConfig({ id: "a" })), poolOf("empty")],
  routes: [aRoute({ id: "r", path: "/rooms/{room}", split: [{ upstream: "chat", weight: 2 }] })],
  world: {
    encode: (value) => JSON.stringify(value),
    decode: (text) => {
      try {
        return $multi(JSON.parse(text) as unknown);
      } catch (error) {
        return $multi(undefined, String(error));
      }
    },
    sessions: (_filter, _limit, after) => {
      if (after === "x") return $multi(undefined, "this is no cursor");
      return $multi({ sessions: [LISTED], next: "1.2" });
    },
  },
};

/** What the port answers to an operation where all is well. */
function outcomeOf({ name }: Operation, status: number): Outcome {
  const etag = '"2"';
  const location = { upstream: "chat", config: aPeerConfig({ id: "10.0.0.1:8010" }) };
  if (name === "putConfig") return { status, etag, body: '{"generation":2,"warnings":[]}' };
  if (name === "deleteOverrides") return { status, etag, body: '{"generation":3}' };
  if (name === "putRoute" || name === "deleteRoute") return { status, etag, route: aRoute({ id: "r" }) };
  if (name === "closeSessions" && status === 202) return { status, body: '{"closing":5,"rate":100}' };
  if (name === "getSession") return { status, body: JSON.stringify(SHOWN) };
  if (name === "closeSessions" || name === "closeSession") return { status, body: '{"closed":1}' };
  return { status, etag, peer: { ...location, isRemoved: name === "removePeer" } };
}

function targetOf(operation: Operation): string {
  const target = operation.path
    .replace("{upstream}", "chat")
    .replace("{peer}", "10.0.0.1%3A8010")
    .replace("{route}", "r")
    .replace("{session}", "1");
  if (operation.name === "matchRoute") return `${target}?path=/rooms/7`;
  return operation.name === "closeSessions" ? `${target}?peer=a` : target;
}

interface Attempt {
  readonly target?: string;
  readonly given?: Given;
  readonly world?: Partial<AdminWorld>;
}

/** The plan of a peer that has too many sessions. */
const MOVED: Rebalanced = (() => {
  const peers = [
    { key: "a", weight: 1, active: 9, movable: 7, limit: Infinity },
    { key: "b", weight: 2, active: 0, movable: 0, limit: Infinity },
  ];
  return { peers, plan: planMoves(peers, 1.1), unanswered: 0 };
})();

const JSON_BODY: Given = { body: "{}", ifMatch: '"1"' };

/** How an operation is brought to an answer of a status, where the handler itself makes it. */
function attemptAt(operation: Operation, status: number): Attempt {
  const target = targetOf(operation);
  if (status === 400) return { target: `${target}${target.includes("?") ? "&" : "?"}zz=1` };
  if (status === 413) return { given: { ...JSON_BODY, body: " ".repeat(17 * 1024 * 1024) } };
  if (status === 415) return { given: { ...JSON_BODY, contentType: "text/plain" } };
  if (operation.name === "rebalanceUpstream") {
    if (status === 422) return { given: { body: '{"rate":-1}' } };
    if (status === 200) return { given: { body: '{"dry_run":true}' } };
  }
  if (status === 428) return { given: { body: "{}" } };
  if (status === 404 && target.startsWith("/v1/upstreams/chat"))
    return { target: target.replace("/chat", "/none") };
  if (status === 404 && operation.name === "matchRoute") return { target: `${target}/x` };
  if (status === 503 && operation.name === "pickPeer") return { target: target.replace("/chat", "/empty") };
  return { target };
}

/** The code that the port gives, where it is the port that refuses. */
function codeFor({ name }: Operation, status: number): ErrorCode {
  if (status === 404 && (name === "closeSession" || name === "getSession")) return "no_such_session";
  if (status === 404 && name === "deleteRoute") return "no_such_route";
  if (status === 503 && name === "streamEvents") return "too_many_readers";
  return CODES.find(
    (code) => ERROR_STATUS[code] === status && code !== "not_found" && code !== "no_live_peer",
  )!;
}

function answerAt(operation: Operation, status: number): AdminAnswer {
  const world = aWorld(PARTS);
  if (status === 401 || status === 403) {
    const caller = {
      addresses: ["10.0.0.9"],
      host: "localhost",
      origin: "",
      fetchSite: "",
      authorization: "",
    };
    const stranger = findStranger(caller, { token: status === 401 ? "t" : undefined, hosts: [] })!;
    return answerRefusal(stranger, world, status === 401 ? { "WWW-Authenticate": "Bearer" } : undefined);
  }
  const { target, given } = attemptAt(operation, status);
  const outcome = (): Outcome =>
    status < 400
      ? outcomeOf(operation, status)
      : {
          status,
          refusal: { ...refusal(codeFor(operation, status), "no"), details: [{ pointer: "", message: "m" }] },
        };
  const document = (): Outcome =>
    status < 400 ? { status, body: '{"upstreams":{}}', etag: '"1"' } : outcome();
  const events: AdminWorld["events"] = (query, lastEventId) =>
    status < 400 ? world.events(query, lastEventId) : answerRefusal(outcome().refusal!, world);
  const rebalance: AdminWorld["rebalance"] = () => {
    if (status < 400) return $multi(MOVED);
    return $multi(undefined, "no memory");
  };
  const port = { ...world, change: outcome, close: outcome, session: outcome, document, events, rebalance };
  return handle(aRequest(operation.method, target ?? targetOf(operation), given ?? JSON_BODY), port);
}

function described(operation: Operation): Described {
  return CALLS.find(({ method, path }) => method === operation.method && path === operation.path)!;
}

function isSound(pointer: string, text: string): unknown {
  const validate = validator(pointer);
  return validate(JSON.parse(text)) ? true : validate.errors;
}

describe("the description", () => {
  it("is OpenAPI 3.1 whose references all lead somewhere", () => {
    expect(DESCRIPTION.openapi).toBe("3.1.0");
    const references = [...JSON.stringify(DESCRIPTION).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to!);
    expect(references.length).toBeGreaterThan(100);
    for (const reference of references)
      expect([reference, resolve(reference)]).not.toEqual([reference, undefined]);
    for (const name of Object.keys(DESCRIPTION.components.schemas)) validator(`/components/schemas/${name}`);
  });

  it("refuses what is not so", () => {
    expect(validator("/components/schemas/Status")({})).toBe(false);
    expect(validator("/components/schemas/Pick")({ peer: { id: "a", address: "b" }, reason: 1 })).toBe(false);
  });

  it("uses every schema and response that it defines", () => {
    const text = JSON.stringify(DESCRIPTION.paths) + JSON.stringify(DESCRIPTION.components);
    for (const kind of ["schemas", "responses"] as const) {
      const unused = Object.keys(DESCRIPTION.components[kind]).filter(
        (name) => !text.includes(`"#/components/${kind}/${name}"`) && name !== "E405",
      );
      expect(unused).toEqual([]);
    }
  });

  it("has every operation of the handler, under its name, and no other", () => {
    const known = OPERATIONS.map(({ name, method, path }) => `${name} ${method} ${path}`);
    const listed = CALLS.map(({ method, path, operation }) => `${operation.operationId} ${method} ${path}`);
    expect(listed.sort()).toEqual(known.sort());
  });

  it("has every parameter and body that an operation takes", () => {
    for (const operation of OPERATIONS) {
      const { parameters = [], requestBody } = described(operation).operation;
      const query = parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
      expect(query.sort()).toEqual(operation.query.map((name) => name.replace(".", "")).sort());
      const inPath = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => `{${name}}`);
      expect(inPath).toEqual(operation.path.match(/\{\w+\}/g) ?? []);
      expect(requestBody !== undefined).toBe(operation.body !== "none");
    }
  });

  it("has every code of an error, at its status", () => {
    const listed = Object.values(DESCRIPTION.components.responses).flatMap((response, index) => {
      const status = Number(Object.keys(DESCRIPTION.components.responses)[index]!.slice(1));
      const enums = /"enum":(\[[^\]]+\])/.exec(JSON.stringify(response))![1]!;
      return (JSON.parse(enums) as string[]).map((code) => `${code} ${status}`);
    });
    const known = CODES.filter((code) => code !== "internal_error").map(
      (code) => `${code} ${ERROR_STATUS[code]}`,
    );
    expect(listed.sort()).toEqual(known.sort());
  });
});

describe.each(OPERATIONS.map((operation) => ({ name: operation.name, operation })))(
  "$name",
  ({ operation }) => {
    const { responses } = described(operation).operation;

    it.each(Object.keys(responses).map(Number))("answers %i as described", (status) => {
      const answer = answerAt(operation, status);
      expect(answer.status).toBe(status);
      const { type, headers, pointer } = responseOf(described(operation).operation, status);
      expect(answer.headers["Content-Type"] ?? "application/json").toBe(type);
      for (const header of headers) expect(Object.keys(answer.headers)).toContain(header);
      const body = bodyOf(answer);
      if (type === "application/json") expect(isSound(pointer, body)).toBe(true);
    });
  },
);

it("404 and 405 are as described, wherever they are met", () => {
  for (const [status, method, target] of [
    [404, "GET", "/v2"],
    [405, "POST", "/v1/status"],
  ] as const) {
    const answer = handle(aRequest(method, target), aWorld(PARTS));
    expect(answer.status).toBe(status);
    const pointer = `/components/responses/E${status}/content/application~1json/schema`;
    expect(isSound(pointer, bodyOf(answer))).toBe(true);
  }
});
