import { closeWordsOf } from "../../src/admin/close-words";
import { refusal } from "../../src/admin/errors";
import type { Outcome } from "../../src/admin/world";
import type { SessionFilter } from "../../src/core/session/filter";
import { aRoute } from "../core/route/route-fixture";
import { call, failure, type Parts } from "./world";

const SESSION = {
  id: "7.1-1",
  client: "10.9.9.9:1234",
  route: "r",
  upstream: "chat",
  peer: "a",
  worker: 7,
  start: "2026-01-02T03:04:05.678Z",
  bytes_to_client: 1,
  bytes_to_peer: 2,
};

describe("GET /v1/routes", () => {
  it("is an empty list where there are none", () => {
    expect(call("GET", "/v1/routes").body).toBe('{"routes":[]}');
  });

  it("lists them all", () => {
    const routes = [aRoute({ id: "b" }), aRoute({ id: "a", priority: 2 })];
    expect(call("GET", "/v1/routes", { routes }).body).toBe(
      '{"routes":[{"active":3,"id":"b","upstream":"chat"},{"active":3,"id":"a","priority":2,"upstream":"chat"}]}',
    );
  });
});

describe("GET /v1/routes/match", () => {
  const split = [
    { upstream: "chat", weight: 9 },
    { upstream: "beta", weight: 0 },
  ];
  const rooms = aRoute({
    id: "rooms",
    hosts: ["*.test"],
    path: "/rooms/{room}/*",
    rewrite: "/ws/{room}/*",
    split,
  });
  const tenant = aRoute({ id: "tenant", path: "/t", headers: { "x-tenant": "a b" }, query: { v: "1" } });
  const spoken = aRoute({ id: "spoken", path: "/s", subprotocols: ["chat.v1"] });
  const parts: Parts = { routes: [rooms, tenant, spoken] };

  function routeAt(query: string): string {
    const answer = call("GET", `/v1/routes/match?${query}`, parts);
    if (answer.status !== 200) return failure(answer);
    const start = answer.body.indexOf('"id":"') + 6;
    return answer.body.substring(start, answer.body.indexOf('"', start));
  }

  it("tells route, upstreams with their weights, parameters, and the path for the peer", () => {
    const answer = call("GET", "/v1/routes/match?host=A.Test:80&path=/rooms/r%25201/x/../y%3Fq=1", parts);
    expect(answer.body).toBe(
      '{"params":{"room":"r 1"},"path":"/ws/r 1/y?q=1",' +
        '"upstreams":[{"upstream":"chat","weight":9},{"upstream":"beta","weight":0}],' +
        '"route":{"active":3,"hosts":["*.test"],"id":"rooms","path":"/rooms/{room}/*","rewrite":"/ws/{room}/*",' +
        '"split":[{"upstream":"chat","weight":9},{"upstream":"beta","weight":0}]}}',
    );
  });

  it("looks at headers, query and subprotocols", () => {
    expect(routeAt("path=/t?V=1%26v=2&header.X-Tenant=a+b")).toBe("tenant");
    expect(routeAt("path=/t?v=2&header.x-tenant=a+b")).toBe("404 no_route");
    expect(routeAt("path=/t?v=1")).toBe("404 no_route");
    expect(routeAt("path=/s&subprotocol=x,%20chat.v1")).toBe("spoken");
    expect(routeAt("path=/s")).toBe("404 no_route");
  });

  it("is 404 where no route matches, and 400 where nginx would refuse the path", () => {
    expect(routeAt("path=/rooms/1/")).toBe("404 no_route");
    expect(routeAt("host=a.test&path=/nowhere")).toBe("404 no_route");
    for (const path of ["/../x", "/%2500", "/a%20b", "x", ""])
      expect(routeAt(`path=${path}`)).toBe("400 bad_request");
  });
});

describe("GET /v1/sessions", () => {
  it("is an empty list without a next where there are none", () => {
    expect(call("GET", "/v1/sessions").body).toBe('{"sessions":[]}');
  });

  it("is a page of those that a filter leaves, and where the next begins", () => {
    const asked: [SessionFilter, number, string][] = [];
    const sessions: NonNullable<Parts["world"]>["sessions"] = (filter, limit, after) => {
      asked.push([filter, limit, after]);
      return $multi({ sessions: [SESSION], next: "3.4" });
    };
    const answer = call("GET", "/v1/sessions?upstream=chat&peer=unix%3A/a&limit=1000&after=1.2", {
      world: { sessions },
    });
    expect(asked).toEqual([[{ upstream: "chat", peer: "unix:/a", route: undefined }, 1000, "1.2"]]);
    expect(answer.body).toBe(
      '{"next":"3.4","sessions":[{"bytes_to_client":1,"bytes_to_peer":2,"client":"10.9.9.9:1234","id":"7.1-1",' +
        '"peer":"a","route":"r","start":"2026-01-02T03:04:05.678Z","upstream":"chat","worker":7}]}',
    );
    call("GET", "/v1/sessions", { world: { sessions } });
    expect(asked[1]![1]).toBe(100);
  });

  it("is 400 where the cursor is none", () => {
    const sessions = () => $multi(undefined, "this is no cursor");
    expect(failure(call("GET", "/v1/sessions?after=x", { world: { sessions } }))).toBe("400 bad_request");
  });
});

describe("GET /v1/sessions/ID", () => {
  it("is what the session's process says of it", () => {
    expect(call("GET", "/v1/sessions/7-ab-1").body).toBe('{"id":"7-ab-1"}');
    expect(failure(call("GET", "/v1/sessions/7-ab-1?x=1"))).toBe("400 bad_request");
  });

  it("is 404 where there is none", () => {
    const session = (id: string): Outcome => ({
      status: 404,
      refusal: refusal("no_such_session", `no ${id}`),
    });
    expect(failure(call("GET", "/v1/sessions/7-ab-1", { world: { session } }))).toBe("404 no_such_session");
  });
});

describe("the words of a Close", () => {
  const TARGETS = ["/v1/sessions/7-ab-1?", "/v1/sessions?peer=a&"];

  it("are a code that an operator may mean", () => {
    for (const target of TARGETS) {
      for (const code of ["1000", "1001", "1008", "1011", "1012", "1013", "3000", "4999"])
        expect(call("DELETE", `${target}code=${code}`).status).toBe(200);
      for (const code of [
        "999",
        "1002",
        "1004",
        "1005",
        "1006",
        "1007",
        "1009",
        "1010",
        "1014",
        "1015",
        "2000",
      ])
        expect(failure(call("DELETE", `${target}code=${code}`))).toBe("400 bad_request");
      for (const code of ["", "5000", "01000", "1e3", "4 00", "0x40", "-100", "10000"])
        expect(failure(call("DELETE", `${target}code=${code}`))).toBe("400 bad_request");
    }
  });

  it("are a reason of UTF-8 that fits into the frame", () => {
    const euros = (count: number): string => "%E2%82%AC".repeat(count);
    for (const target of TARGETS) {
      for (const reason of ["", "see+you", "x".repeat(123), euros(41)])
        expect(call("DELETE", `${target}reason=${reason}`).status).toBe(200);
      for (const reason of ["x".repeat(124), `${euros(41)}x`, "%FF", "%ED%A0%80", "%C0%80", "a%E2%82"])
        expect(failure(call("DELETE", `${target}code=4000&reason=${reason}`))).toBe("400 bad_request");
    }
  });

  it("come from the query", () => {
    expect(closeWordsOf({ code: "4001", reason: "bye" })).toEqual({ code: 4001, reason: "bye" });
    expect(closeWordsOf({ rate: "1" })).toEqual({});
  });
});

describe("DELETE /v1/sessions", () => {
  it("needs a filter, and a rate that is a number", () => {
    expect(failure(call("DELETE", "/v1/sessions"))).toBe("400 filter_required");
    expect(failure(call("DELETE", "/v1/sessions?rate=5"))).toBe("400 filter_required");
    for (const rate of ["0", "-1", "1.5", "x", "", "99999999999"])
      expect(failure(call("DELETE", `/v1/sessions?peer=a&rate=${rate}`))).toBe("400 bad_request");
    expect(call("DELETE", "/v1/sessions?route=r&rate=100").status).toBe(200);
  });
});

describe("GET /v1/events", () => {
  it("is a stream that begins where the client left off", () => {
    const answer = call("GET", "/v1/events", {}, { lastEventId: "41" });
    expect(answer.headers).toEqual({ "Content-Type": "text/event-stream" });
    expect(answer.body).toBe("id: 41\n\n");
  });
});
