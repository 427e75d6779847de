import { refusal } from "../../src/admin/errors";
import type { Call, Outcome } from "../../src/admin/world";
import { aRoute } from "../core/route/route-fixture";
import { newSession } from "../../src/core/session/session";
import { aPeerConfig } from "../core/support/upstream-fixture";
import { poolOf } from "./pools";
import { call, failure, type Given } from "./world";

/** The calls that reached the port, and their answers. */
function recorder(outcome: Outcome = { status: 200 }) {
  const calls: Call[] = [];
  const change = (made: Call): Outcome => {
    calls.push(made);
    return outcome;
  };
  return { calls, parts: { change } };
}

describe("a change", () => {
  it("goes to the port with its names decoded", () => {
    const { calls, parts } = recorder();
    const given = { ifMatch: '"7"', body: '{"weight":2}' };
    call("PATCH", "/v1/upstreams/chat/peers/unix%3A%2Frun%2Fa%20b.sock", parts, given);
    call("DELETE", "/v1/upstreams/chat/peers/10.0.0.1:8010?sessions=drain", parts);
    expect(calls).toEqual([
      {
        method: "PATCH",
        operation: "changePeer",
        names: { upstream: "chat", peer: "unix:/run/a b.sock" },
        query: {},
        ifMatch: '"7"',
        body: '{"weight":2}',
      },
      {
        method: "DELETE",
        operation: "removePeer",
        names: { upstream: "chat", peer: "10.0.0.1:8010" },
        query: { sessions: "drain" },
        ifMatch: "",
        body: "",
      },
    ]);
  });

  it("keeps a peer called drain apart from the call", () => {
    const { calls, parts } = recorder();
    call("POST", "/v1/upstreams/chat/peers/drain/drain", parts);
    call("PUT", "/v1/routes/match", parts);
    expect(calls.map(({ operation, names }) => [operation, names["peer"] ?? names["route"]!])).toEqual([
      ["drainPeer", "drain"],
      ["putRoute", "match"],
    ]);
  });

  it("is answered with the peer as it is, its ETag, and where a new one is", () => {
    const pool = poolOf("chat", aPeerConfig({ id: "a" }));
    pool.pick(newSession());
    const config = aPeerConfig({ id: "a", state: "drain", weight: 3 });
    const { parts } = recorder({
      status: 201,
      etag: '"8"',
      peer: { upstream: "chat", config, isRemoved: false },
    });
    const answer = call("POST", "/v1/upstreams/chat/peers", { ...parts, pools: [pool] });
    expect(answer.status).toBe(201);
    expect(answer.headers).toEqual({ ETag: '"8"', Location: "/v1/upstreams/chat/peers/a" });
    expect(answer.body).toBe(
      '{"active":1,"address":"10.0.0.1:97","backup":false,"closing":false,"effective_weight":1,"health":"up",' +
        '"health_reason":"","id":"a","max_conns":0,"on_trial":false,"removed":false,"state":"drain","totals":{},"weight":3,"zone":""}',
    );
  });

  it("shows a peer that this worker does not have, or no more", () => {
    const config = aPeerConfig({ id: "10.0.0.1:80/x", closing: { atS: 0, spreadMs: 0 } });
    const { parts } = recorder({ status: 202, peer: { upstream: "none", config, isRemoved: true } });
    const answer = call("POST", "/v1/upstreams/none/peers", parts);
    expect(answer.headers).toEqual({ Location: "/v1/upstreams/none/peers/10.0.0.1%3A80%2Fx" });
    expect(answer.body).toContain('"active":0,');
    expect(answer.body).toContain('"closing":true,');
    expect(answer.body).toContain('"removed":true,');
  });

  it("is answered with the route as it stands in the document", () => {
    const route = aRoute({ id: "r", path: "/rooms/{room}", hosts: ["a.test"], isHttpAllowed: false });
    const { parts } = recorder({ status: 200, route });
    expect(call("PUT", "/v1/routes/r", parts, { body: "{}" }).body).toBe(
      '{"active":3,"hosts":["a.test"],"http":false,"id":"r","path":"/rooms/{room}","upstream":"chat"}',
    );
  });

  it("that the port refuses is answered with its code's status, and where it is wrong", () => {
    const details = [{ pointer: "/weight", message: "expected less" }];
    const { parts } = recorder({
      status: 0,
      refusal: { ...refusal("invalid_config", "no"), details },
    });
    expect(call("PATCH", "/v1/upstreams/u/peers/p", parts)).toEqual({
      status: 422,
      headers: {},
      body: '{"error":{"code":"invalid_config","message":"no","details":[{"message":"expected less","pointer":"/weight"}]}}',
    });
  });
});

describe("PUT /v1/config", () => {
  it("needs an If-Match, unless it only checks", () => {
    const { calls, parts } = recorder();
    expect(failure(call("PUT", "/v1/config", parts, { body: "{}" }))).toBe("428 precondition_required");
    expect(calls).toHaveLength(0);
    expect(call("PUT", "/v1/config?dry_run=1", parts, { body: "{}" }).status).toBe(200);
    expect(call("PUT", "/v1/config", parts, { body: "not read here", ifMatch: "*" }).status).toBe(200);
    expect(calls.map(({ body }) => body)).toEqual(["{}", "not read here"]);
  });
});

describe("GET /v1/config", () => {
  it("is the document with its ETag, or one layer", () => {
    const effective = { status: 200, headers: { ETag: '"e1"' }, body: '{"layer":"effective"}' };
    expect(call("GET", "/v1/config")).toEqual(effective);
    expect(call("GET", "/v1/config?layer=runtime").body).toBe('{"layer":"runtime"}');
  });
});

describe("a body", () => {
  function withBody(given: Given): string {
    const answer = call("POST", "/v1/upstreams/u/peers/p/ready", recorder().parts, given);
    return answer.status === 200 ? "taken" : failure(answer);
  }

  it("is JSON without a type, with that of curl, or with one of JSON's", () => {
    for (const contentType of [
      "",
      "application/json",
      "Application/JSON; charset=utf-8",
      "application/merge-patch+json",
      "application/x-www-form-urlencoded",
    ])
      expect(withBody({ contentType, body: " {}" })).toBe("taken");
    for (const contentType of ["text/plain", "multipart/form-data; boundary=x", "json", "application/jsonx"])
      expect(withBody({ contentType, body: "{}" })).toBe("415 unsupported_media_type");
  });

  it("may be missing, whatever its type", () => {
    expect(withBody({})).toBe("taken");
    expect(withBody({ contentType: "text/plain" })).toBe("taken");
    expect(withBody({ body: " \r\n" })).toBe("taken");
  });

  it("is refused where it is no JSON, or no object", () => {
    expect(withBody({ body: '{"a":' })).toBe("400 bad_json");
    for (const body of ["[]", "[{}", '"{}', "7}", "null}"]) expect(withBody({ body })).toBe("400 bad_json");
    const answer = call("POST", "/v1/upstreams/u/peers/p/ready", {}, { body: "{" });
    expect(answer.body).toContain("character 9");
  });

  it("is refused where it is too large", () => {
    const body = `{${" ".repeat(1024 * 1024)}}`;
    expect(withBody({ body })).toBe("413 body_too_large");
    expect(call("PUT", "/v1/config", recorder().parts, { body, ifMatch: "*" }).status).toBe(200);
  });
});
