import type { Backend } from "../support/backend";
import type { AdminReply, AdminRequest } from "../support/admin-request";
import { describedRequest } from "../support/described-request";
import { startGateway, type Gateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import { allWorkers, NAME_WORKER, probe, startNamedBackend } from "../support/worker-probe";

const HANDSHAKES = 20;
const PEERS = "/v1/upstreams/chat/peers";

interface Peer {
  readonly id: string;
  readonly state: string;
  readonly weight: number;
}

interface Failure {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details?: readonly { readonly pointer: string }[];
  };
}

let backends: Record<"a" | "b" | "c", Backend>;
let gateway: Gateway;

beforeAll(async () => {
  backends = {
    a: await startNamedBackend("a"),
    b: await startNamedBackend("b"),
    c: await startNamedBackend("c"),
  };
  gateway = await startGateway({ config: document(), workers: 2, locationExtra: NAME_WORKER });
  await allWorkers(gateway);
});

function document(): object {
  const peers = [
    { id: "a", address: backends.a.address },
    { id: "b", address: backends.b.address },
    { address: "10.0.0.1:8010", weight: 0 },
  ];
  return {
    upstreams: { chat: { peers }, other: { peers: [{ id: "c", address: backends.c.address }] } },
    routes: [{ id: "all", path: "/*", upstream: "chat" }],
  };
}

beforeEach(async () => {
  await change("DELETE", "/v1/overrides");
});

function call<T = unknown>(method: string, target: string, request?: AdminRequest): Promise<AdminReply<T>> {
  return describedRequest<T>(gateway, method, target, request);
}

/** Makes a change, which is in force everywhere when this returns: on a busy machine the answer may come before that. */
async function change<T = unknown>(
  method: string,
  target: string,
  body?: unknown,
  headers?: AdminRequest["headers"],
): Promise<AdminReply<T>> {
  const reply = await call<T>(method, target, { body, headers });
  if (reply.status >= 300) throw new Error(`${method} ${target}: ${reply.status} ${reply.text}`);
  if (reply.status === 202) {
    // It changes nothing, and is answered when everything before it is in force.
    const isInForce = async (): Promise<boolean> =>
      (await call("PATCH", "/v1/upstreams/other/peers/c", { body: { backup: false } })).status !== 202;
    await waitFor(isInForce, { timeoutMs: 3_000, what: `${method} ${target} to be in force` });
  }
  return reply;
}

async function refusal(method: string, target: string, request?: AdminRequest): Promise<string> {
  const { status, json } = await call<Failure>(method, target, request);
  return `${status} ${json.error?.code}`;
}

async function effective(): Promise<string> {
  return (await call("GET", "/v1/config")).text;
}

async function etag(): Promise<string> {
  return (await call("GET", "/v1/config")).headers.get("etag")!;
}

describe("an answered change", () => {
  const seen = new Set<number>();

  /** Where so many handshakes end up that begin now: the backends' names, or statuses. */
  async function landings(target = "/"): Promise<string> {
    const probes = await Promise.all(Array.from({ length: HANDSHAKES }, () => probe(gateway, target)));
    for (const { worker } of probes) seen.add(worker);
    const found = new Set(probes.map(({ status, backend }) => backend || `${status}`));
    return [...found].sort().join();
  }

  it("holds for every handshake after it, in every worker", async () => {
    const a = `${PEERS}/a`;
    const b = `${PEERS}/b`;
    const added = { id: "c", address: backends.c.address };
    for (let round = 0; round < 2; round += 1) {
      await change("PATCH", a, { weight: 0 });
      expect(await landings()).toBe("b");
      await change("PATCH", a, { weight: 3 });
      await change("PATCH", b, { weight: 0 });
      expect(await landings()).toBe("a");
      await change("PATCH", b, { weight: 1 });
      expect(await landings()).toBe("a,b");
      await change("POST", PEERS, added);
      expect(await landings()).toBe("a,b,c");
      await change("DELETE", a);
      await change("DELETE", b);
      expect(await landings()).toBe("c");
      await change("DELETE", `${PEERS}/c`);
      expect(await landings()).toBe("503");
      await change("DELETE", "/v1/overrides");
      expect(await landings()).toBe("a,b");
      await change("POST", `${a}/drain`);
      expect(await landings()).toBe("b");
      await change("POST", `${a}/ready`);
      await change("POST", `${b}/maint`);
      expect(await landings()).toBe("a");
      await change("POST", `${b}/ready`);
      await change("PUT", "/v1/routes/more", { path: "/more/{x}", upstream: "other" });
      expect(await landings("/more/1")).toBe("c");
      await change("DELETE", "/v1/routes/more");
      expect(await landings("/more/1")).toBe("a,b");
      await change("DELETE", "/v1/routes/all");
      expect(await landings()).toBe("404");
      await change("DELETE", "/v1/overrides");
    }
    expect([...seen].sort()).toEqual(gateway.workerPids().sort());
  });

  it("is 200 as a rule, not 202", async () => {
    let prompt = 0;
    for (let round = 1; round <= 10; round += 1) {
      const { status } = await change("PATCH", `${PEERS}/a`, { weight: round });
      if (status === 200) prompt += 1;
    }
    expect(prompt).toBeGreaterThan(4);
  });
});

describe("each change", () => {
  const STEPS: readonly (readonly [string, string, unknown, number, object])[] = [
    [
      "POST",
      PEERS,
      { id: "n", address: "10.0.0.2:80", weight: 0 },
      201,
      { id: "n", weight: 0, removed: false },
    ],
    ["POST", PEERS, { address: "unix:/a/b", weight: 0 }, 201, { id: "unix:/a/b", address: "unix:/a/b" }],
    ["PATCH", `${PEERS}/unix%3A%2Fa%2Fb`, { zone: "z" }, 200, { id: "unix:/a/b", zone: "z" }],
    ["PATCH", `${PEERS}/10.0.0.1%3A8010`, { max_conns: 7 }, 200, { id: "10.0.0.1:8010", max_conns: 7 }],
    ["POST", `${PEERS}/10.0.0.1:8010/drain`, { deadline: "1h" }, 200, { state: "drain", closing: false }],
    ["POST", `${PEERS}/10.0.0.1:8010/ready`, undefined, 200, { state: "ready", closing: false }],
    ["POST", `${PEERS}/a/maint`, {}, 200, { id: "a", state: "maint", closing: true }],
    ["DELETE", `${PEERS}/unix%3A%2Fa%2Fb?sessions=close`, undefined, 200, { id: "unix:/a/b", removed: true }],
    ["DELETE", `${PEERS}/n`, { sessions: "drain" }, 200, { id: "n", removed: true }],
    ["PUT", "/v1/routes/new", { path: "/n", upstream: "other" }, 200, { id: "new", path: "/n" }],
    ["DELETE", "/v1/routes/new", undefined, 200, { id: "new" }],
    ["PUT", "/v1/config", "DOCUMENT", 200, { warnings: [] }],
    ["DELETE", "/v1/overrides", undefined, 200, {}],
  ];

  it("is answered as described, with an ETag that the next one takes and no other takes again", async () => {
    let tag = await etag();
    for (const [method, target, given, status, shown] of STEPS) {
      const body = given === "DOCUMENT" ? document() : given;
      const before = await effective();
      const stale = { body, headers: { "if-match": '"1-0"' } };
      expect([target, await refusal(method, target, stale)]).toEqual([target, "412 precondition_failed"]);
      expect(await effective()).toBe(before);
      const reply = await change(method, target, body, { "if-match": `"0-0", ${tag}` });
      expect([target, reply.status]).toEqual([target, reply.status === 202 ? 202 : status]);
      expect(reply.json).toMatchObject(shown);
      expect(reply.headers.get("etag")).not.toBe(tag);
      tag = reply.headers.get("etag")!;
      expect(await etag()).toBe(tag);
    }
  });

  it("tells where a new peer is", async () => {
    const { headers } = await change("POST", PEERS, { address: "unix:/a/b", weight: 0 });
    expect(headers.get("location")).toBe(`${PEERS}/unix%3A%2Fa%2Fb`);
    expect((await change("PATCH", headers.get("location")!, { zone: "y" })).json).toMatchObject({
      zone: "y",
    });
  });

  it("is made by one of several editors that have seen the same", async () => {
    const headers = { "if-match": await etag() };
    const replies = await Promise.all(
      [2, 3, 4, 5, 6].map((weight) => call<Peer>("PATCH", `${PEERS}/a`, { body: { weight }, headers })),
    );
    const winners = replies.filter(({ status }) => status < 300);
    expect(winners).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 412)).toHaveLength(4);
    expect(await effective()).toContain(`"weight":${winners[0]!.json.weight}`);
  });

  it("that says what is so already is none", async () => {
    const tag = await etag();
    expect((await change("PATCH", `${PEERS}/a`, { weight: 1 })).headers.get("etag")).toBe(tag);
    expect((await change("POST", `${PEERS}/a/ready`)).headers.get("etag")).toBe(tag);
    expect((await change("DELETE", "/v1/overrides")).headers.get("etag")).toBe(tag);
  });

  it("is asked for in the ways that curl has", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const body = '{"weight": 4}';
    for (const headers of [form, { "content-type": "application/json; charset=utf-8" }]) {
      expect((await call("PATCH", `${PEERS}/a`, { body, headers })).json).toMatchObject({ weight: 4 });
    }
    const other = { body, headers: { "content-type": "text/plain" } };
    expect(await refusal("PATCH", `${PEERS}/a`, other)).toBe("415 unsupported_media_type");
    expect(await refusal("PATCH", `${PEERS}/a`, { body: "{", headers: form })).toBe("400 bad_json");
    expect(await refusal("PATCH", `${PEERS}/a`, { body: "[1]", headers: form })).toBe("400 bad_json");
  });
});

describe("a change that cannot be", () => {
  it.each<[string, string, string, unknown]>([
    ["409 peer_exists", "POST", PEERS, { id: "a", address: "10.0.0.9:1" }],
    ["409 peer_exists", "POST", PEERS, { address: "10.0.0.1:8010" }],
    ["404 no_such_upstream", "POST", "/v1/upstreams/none/peers", { address: "10.0.0.9:1" }],
    ["404 no_such_peer", "PATCH", `${PEERS}/none`, { weight: 1 }],
    ["404 no_such_peer", "DELETE", `${PEERS}/none`, undefined],
    ["404 no_such_peer", "POST", `${PEERS}/none/drain`, undefined],
    ["404 no_such_route", "DELETE", "/v1/routes/none", undefined],
    ["409 last_ready_peer", "POST", "/v1/upstreams/other/peers/c/drain", undefined],
    ["409 last_ready_peer", "POST", "/v1/upstreams/other/peers/c/maint", undefined],
    ["409 last_ready_peer", "PATCH", "/v1/upstreams/other/peers/c", { state: "drain" }],
    ["400 bad_request", "DELETE", `${PEERS}/a?force=1`, undefined],
    ["428 precondition_required", "PUT", "/v1/config", { upstreams: {} }],
  ])("is %s: %s %s", async (expected, method, target, body) => {
    const before = await effective();
    expect(await refusal(method, target, { body })).toBe(expected);
    expect(await effective()).toBe(before);
  });

  it("names each place of the body that is wrong", async () => {
    const pointers = async (method: string, target: string, body: unknown): Promise<string[]> => {
      const headers = { "if-match": "*" };
      const { status, json } = await call<Failure>(method, target, { body, headers });
      expect([target, status, json.error.code]).toEqual([target, 422, "invalid_config"]);
      return json.error.details!.map(({ pointer }) => pointer).sort();
    };
    const before = await effective();
    expect(await pointers("POST", PEERS, { id: "x", address: "no", wieght: 1 })).toEqual([
      "/address",
      "/wieght",
    ]);
    expect(await pointers("POST", PEERS, {})).toEqual([""]);
    expect(await pointers("PATCH", `${PEERS}/a`, { weight: -1, address: "b:1" })).toEqual([
      "/address",
      "/weight",
    ]);
    expect(await pointers("POST", `${PEERS}/a/drain`, { close: "now", deadline: 5 })).toEqual([
      "/close",
      "/deadline",
    ]);
    expect(await pointers("DELETE", `${PEERS}/a`, { sessions: "all" })).toEqual(["/sessions"]);
    expect(await pointers("PUT", "/v1/routes/r", { path: "x", upstream: "none" })).toEqual(["/path"]);
    expect(await pointers("PUT", "/v1/config", { upstreams: { u: { peers: [{ id: 1 }] } } })).toEqual([
      "/upstreams/u/peers/0",
      "/upstreams/u/peers/0/id",
    ]);
    expect(await effective()).toBe(before);
  });

  it("is done by force where it is the last ready peer", async () => {
    const last = "/v1/upstreams/other/peers/c";
    expect((await change("POST", `${last}/drain`, { force: true })).json).toMatchObject({ state: "drain" });
    expect((await change("POST", `${last}/maint`, { force: true })).json).toMatchObject({ state: "maint" });
  });
});

describe("the document", () => {
  it("is the same after it was put as it was read", async () => {
    await change("PATCH", `${PEERS}/a`, { weight: 5, zone: "z" });
    await change("DELETE", `${PEERS}/b`);
    await change("POST", PEERS, { address: "unix:/a/b", weight: 0 });
    await change("PUT", "/v1/routes/more", { path: "/more/{x}", rewrite: "/m/{x}", upstream: "other" });
    const { text, headers } = await call("GET", "/v1/config");
    await change("PUT", "/v1/config", text, { "if-match": headers.get("etag")! });
    expect(await effective()).toBe(text);
    const { json } = await call("GET", "/v1/status");
    expect(json).toMatchObject({ file_shadowed: true, overrides: 0 });
  });

  it("has its layers apart", async () => {
    await change("PATCH", `${PEERS}/a`, { weight: 5 });
    await change("DELETE", "/v1/routes/all");
    expect((await call("GET", "/v1/config?layer=file")).json).toEqual(document());
    expect((await call("GET", "/v1/config?layer=runtime")).json).toEqual({
      peers: { chat: { a: { fields: { weight: 5 } } } },
      routes: { all: {} },
    });
    await change("PUT", "/v1/config", { upstreams: {} }, { "if-match": "*" });
    expect((await call("GET", "/v1/config?layer=runtime")).json).toEqual({
      peers: {},
      routes: {},
      document: { upstreams: {} },
    });
    expect((await call("GET", "/v1/config")).json).not.toHaveProperty("routes");
    await change("DELETE", "/v1/overrides");
    expect((await call("GET", "/v1/config?layer=runtime")).json).toEqual({ peers: {}, routes: {} });
  });

  it("is only looked at in a dry run", async () => {
    const [before, tag] = [await effective(), await etag()];
    const empty = { upstreams: { u: { health: { on_down: "close" } } } };
    const { status, json } = await call("PUT", "/v1/config?dry_run=1", { body: empty });
    expect(status).toBe(200);
    expect(json).toMatchObject({ dry_run: true, warnings: [{ pointer: "/upstreams/u/health/on_down" }] });
    expect(await refusal("PUT", "/v1/config?dry_run=1", { body: { upstreams: 1 } })).toBe(
      "422 invalid_config",
    );
    expect(await refusal("PUT", "/v1/config?dry_run=2", { body: empty })).toBe("400 bad_request");
    expect([await effective(), await etag()]).toEqual([before, tag]);
  });
});
