import { DESCRIBED, responseOf, validator } from "../admin/openapi";
import type { Described } from "../admin/openapi";
import { ANSWERS } from "../support/admin-fixtures";
import { startExampleAdmin, startFakeAdmin } from "../support/fake-admin";
import { switchboard, switchboards } from "../support/switchboard";
import { temporaryFolder } from "../support/temporary-folder";

const PEER = "/v1/upstreams/chat/peers/a";

/** A command line, the call that it ends with, and the body of that call. */
const COMMANDS: readonly (readonly [line: string, call: string, body?: unknown])[] = [
  ["status", "GET /v1/status"],
  ["upstreams", "GET /v1/upstreams"],
  ["peers chat", "GET /v1/upstreams/chat"],
  ["routes", "GET /v1/routes"],
  ["pick chat --key a&b=c", "GET /v1/upstreams/chat/pick?key=a%26b%3Dc"],
  [
    "match wss://chat.example.com:443/rooms/4%202?v=1 --subprotocol v2,v1 --header X-Tenant:acme --header a:b",
    "GET /v1/routes/match?host=chat.example.com%3A443&path=%2Frooms%2F4%25202%3Fv%3D1&subprotocol=v2%2Cv1&header.x-tenant=acme&header.a=b",
  ],
  ["sessions --upstream chat --peer a --route r", "GET /v1/sessions?upstream=chat&peer=a&route=r&limit=1000"],
  ["config get", "GET /v1/config"],
  ["overrides clear", "DELETE /v1/overrides"],
  [
    "add chat 10.0.0.4:8010 --id d --weight 2 --max-conns 9 --backup --zone z --state drain",
    "POST /v1/upstreams/chat/peers",
    { address: "10.0.0.4:8010", id: "d", weight: 2, max_conns: 9, backup: true, zone: "z", state: "drain" },
  ],
  [
    "set chat/a --weight 0 --max-conns 0 --no-backup",
    `PATCH ${PEER}`,
    { weight: 0, max_conns: 0, backup: false },
  ],
  [
    "drain chat/a --deadline 5m --close paced --spread 10s --force",
    `POST ${PEER}/drain`,
    { deadline: "5m", close: "paced", spread: "10s", force: true },
  ],
  ["ready chat/a", `POST ${PEER}/ready`],
  ["maint chat/a --force", `POST ${PEER}/maint`, { force: true }],
  ["remove chat/a --sessions close", `DELETE ${PEER}?sessions=close`],
  ["sessions show 5f2a91c07be34d18", "GET /v1/sessions/5f2a91c07be34d18"],
  [
    "rebalance chat --dry-run --rate 9 --target 1.25 --window 5m",
    "POST /v1/upstreams/chat/rebalance",
    { dry_run: true, rate: 9, target: 1.25, window: "5m" },
  ],
  ["kill 5f2a91c07be34d18", "DELETE /v1/sessions/5f2a91c07be34d18"],
  [
    "kill 5f2a91c07be34d18 --code 4000 --reason a&b",
    "DELETE /v1/sessions/5f2a91c07be34d18?code=4000&reason=a%26b",
  ],
  ["kill --route r --code 1013 --yes", "DELETE /v1/sessions?route=r&code=1013"],
  ["kill --peer a --rate 100 --yes", "DELETE /v1/sessions?peer=a&rate=100"],
];

it("every command makes its call and prints the answer as it came with --json", async () => {
  const admin = await startExampleAdmin();
  const ended = await switchboards(
    COMMANDS.map(([line]) => ["--json", ...line.split(" ")]),
    { url: admin.url },
  );
  for (const [at, [line, call, body]] of COMMANDS.entries()) {
    const { code, stdout } = ended[at]!;
    const made = admin.requests.find(({ method, target }) => `${method} ${target}` === call);
    expect({ line, code, made: made !== undefined, body: made?.body }).toEqual({
      line,
      code: 0,
      made: true,
      body,
    });
    expect(JSON.parse(stdout)).toEqual(ANSWERS[call.split("?")[0]!]!.body);
  }
});

describe("against the description of the API", () => {
  function described(call: string): Described {
    const [method, target] = call.split(" ");
    const path = target!.split("?")[0]!;
    const found = DESCRIBED.filter((one) => one.method === method)
      .sort((one, other) => one.path.split("{").length - other.path.split("{").length)
      .find((one) => new RegExp(`^${one.path.replace(/\{\w+\}/g, "[^/]+")}$`).test(path));
    if (found === undefined) throw new Error(`${call} is no call of the API`);
    return found;
  }

  it.each(COMMANDS.map(([, call, body]) => ({ call, body })))(
    "$call is one of its calls",
    ({ call, body }) => {
      const { method, path, operation } = described(call);
      const known = (operation.parameters ?? []).filter((one) => one.in === "query").map(({ name }) => name);
      const given = [...new URL(call.split(" ")[1]!, "http://x").searchParams.keys()];
      expect(given.map((name) => name.split(".")[0]!).filter((name) => !known.includes(name))).toEqual([]);
      if (body === undefined) return;
      const steps = [
        path.replaceAll("/", "~1"),
        method.toLowerCase(),
        "requestBody/content/application~1json/schema",
      ];
      const validate = validator(`/paths/${steps.join("/").replaceAll("{", "%7B").replaceAll("}", "%7D")}`);
      expect(validate(body) ? [] : validate.errors).toEqual([]);
    },
  );

  it.each(Object.entries(ANSWERS))("the answer of the example to %s is one of the API's", (call, answer) => {
    const validate = validator(responseOf(described(call).operation, answer.status ?? 200).pointer);
    expect(validate(answer.body) ? [] : validate.errors).toEqual([]);
  });
});

it("a peer's id goes into the path as one piece", async () => {
  const admin = await startFakeAdmin();
  const body = { id: "unix:/a/b", address: "unix:/a/b", state: "ready", health: "up", weight: 1, active: 1 };
  admin.on("POST /v1/upstreams/a%20b/peers/unix%3A%2Fa%2Fb/ready", { body });
  const { code, stdout } = await switchboard(["ready", "a b/unix:/a/b"], { url: admin.url });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "a b/unix:/a/b: ready, up, weight 1, 1 session\n" });
});

it("tells of a change that is not live everywhere yet", async () => {
  const admin = await startExampleAdmin();
  admin.on("DELETE /v1/overrides", { status: 202, body: { generation: 9 } });
  const [text, json] = await switchboards(
    [
      ["overrides", "clear"],
      ["overrides", "clear", "--json"],
    ],
    {
      url: admin.url,
    },
  );
  expect(text).toEqual({
    code: 0,
    stdout: "overrides dropped, generation 9\n",
    stderr: "accepted; not yet live in every worker\n",
  });
  expect(JSON.parse(json!.stdout)).toEqual({ generation: 9 });
});

it("check prints its findings as one document with --json", async () => {
  const route = { id: "r", upstream: "no" };
  const cwd = temporaryFolder({ "bad.json": JSON.stringify({ upstreams: {}, routes: [route] }) });
  const { code, stdout } = await switchboard(["check", "bad.json", "--json"], { cwd });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ valid: false, errors: [{ pointer: "/routes/0/upstream" }] });
});
