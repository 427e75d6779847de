import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { writeReadable } from "../../src/cli/nginx/run-directory";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import { connect, connectRefused } from "../support/client";
import { runCommand } from "../support/command";
import { routedByName } from "../support/documents";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { documentBlock, substitute } from "../support/readme";
import { startRefused } from "../support/refused-start";
import { temporaryFolder } from "../support/temporary-folder";
import { NAME_WORKER, startNamedBackend } from "../support/worker-probe";

const EXAMPLE = "examples/tenant-balancer";
const README = `${EXAMPLE}/README.md`;

/** http.conf as the pages have it, in front of the calls that the page leaves to http.conf. */
const OTHER_CALLS = `
include switchboard/http-base.conf;
init_worker_by_lua_block { require("resty.switchboard").init_worker() }
log_by_lua_block { require("resty.switchboard").log() }
`;

/** Builds the example where nothing of this repository is around it, and returns the Lua that came of it. */
async function buildExample(): Promise<string> {
  const project = temporaryFolder();
  for (const name of ["package.json", "tsconfig.json", "src"])
    cpSync(path.join(PACKAGE_ROOT, EXAMPLE, name), path.join(project, name), { recursive: true });
  const [install, build] = documentBlock(README, "Build", "sh").trim().split("\n");
  expect(install).toBe("npm install");
  // Stands for the installation: the packages that package.json names, from here.
  const modules = path.join(project, "node_modules");
  mkdirSync(path.join(modules, ".bin"), { recursive: true });
  for (const name of ["typescript", "typescript-to-lua"])
    symlinkSync(path.join(PACKAGE_ROOT, "node_modules", name), path.join(modules, name));
  symlinkSync(PACKAGE_ROOT, path.join(modules, "switchboard-ws"));
  symlinkSync("../typescript-to-lua/dist/tstl.js", path.join(modules, ".bin/tstl"));
  const [command, ...args] = build!.split(" ");
  const { code, output } = await runCommand(command!, args, { cwd: project });
  expect([code, output]).toEqual([0, expect.not.stringMatching(/error|warning TSTL/)]);
  return readFileSync(path.join(project, "lua/tenant_balancer.lua"), "utf8");
}

/** The configuration of the example with these addresses. */
function exampleConfig(addresses: readonly string[]): object {
  const replacements = addresses.map((address, nth) => [`10.0.0.${nth + 1}:8010`, address]);
  const text = substitute(
    documentBlock(README, "The configuration", "json"),
    Object.fromEntries(replacements) as Record<string, string>,
  );
  return JSON.parse(text) as object;
}

let exampleFiles: Readonly<Record<string, string>>;

beforeAll(async () => {
  exampleFiles = {
    "lua/tenant_balancer.lua": await buildExample(),
    "conf/switchboard/http.conf": documentBlock(README, "nginx.conf", "nginx"),
  };
});

describe("the example by tenant", () => {
  let gateway: Gateway;
  const workers = new Set<unknown>();

  beforeAll(async () => {
    const backends = await Promise.all(["a", "b", "c", "d", "e"].map((name) => startNamedBackend(name)));
    gateway = await startGateway({
      config: exampleConfig(backends.map(({ address }) => address)),
      workers: 2,
      locationExtra: NAME_WORKER,
      files: exampleFiles,
    });
  });

  /** Opens a session, which stays open, and tells where it went. */
  async function serve(tenant: string): Promise<string> {
    const { response } = await connect(gateway.url(), { headers: { "x-tenant": tenant } });
    workers.add(response.headers["worker"]);
    return String(response.headers["backend"]);
  }

  it("is part of the answer to where a session would go", async () => {
    const target = `http://127.0.0.1:${gateway.adminPort}/v1/upstreams/chat/pick?key=acme`;
    const picked = (await (await fetch(target)).json()) as { peer: { id: string } };
    expect(await serve("acme")).toBe(picked.peer.id);
  });

  it("sends a tenant's sessions to the least loaded of its shard, over all workers", async () => {
    const served: string[] = [];
    while (served.length < 11 || workers.size < 2) served.push(await serve("acme"));
    const [first, second, ...others] = new Set(served);
    expect(others).toEqual([]);
    const count = (name: string): number => served.filter((one) => one === name).length;
    // One more is open, of the spec before.
    expect(Math.abs(count(first!) - count(second!))).toBeLessThanOrEqual(2);
  });

  it("gives tenants shards of two that differ", async () => {
    const shards = new Set<string>();
    for (let tenant = 0; tenant < 12; tenant += 1) {
      const served = new Set<string>();
      for (let nth = 0; nth < 6; nth += 1) served.add(await serve(`tenant-${tenant}`));
      expect(served.size).toBeLessThanOrEqual(2);
      shards.add([...served].sort().join());
    }
    expect(shards.size).toBeGreaterThan(3);
  });
});

/** The Lua of a factory that is all right but for what the statement does with it. */
function factory(name: string, statement: string): string {
  return `(function()
    local factory = { name = "${name}", needs = {}, validate = function() end, create = function()
      return { update = function() end, pick = function() end }
    end }
    ${statement}
    return factory
  end)()`;
}

describe("a start is refused", () => {
  async function start(httpConf: string, config: object): Promise<string> {
    const { exitCode, stderr } = await startRefused(JSON.stringify(config), (directory) => {
      for (const [name, text] of Object.entries(exampleFiles))
        writeReadable(path.join(directory, name), text);
      writeReadable(path.join(directory, "conf/switchboard/http.conf"), httpConf);
    });
    expect(exitCode).toBe(1);
    return stderr;
  }

  it("with the names of the balancer and of its option that is wrong", async () => {
    const peers = [{ address: "127.0.0.1:9" }];
    for (const [options, reason] of [
      [{ shard_size: 0 }, 'by_tenant: "shard_size" must be a whole number from 1 to 16'],
      [{ shard_sise: 2 }, 'by_tenant has no option "shard_sise"; it takes "shard_size"'],
    ] as const) {
      const upstreams = { chat: { peers, balancer: { type: "by_tenant", ...options } } };
      expect(await start(exampleFiles["conf/switchboard/http.conf"]!, { upstreams, routes: [] })).toContain(
        `/upstreams/chat/balancer: ${reason}`,
      );
    }
  });

  it.each([
    ['"validate" of balancer "mine" failed: ', 'factory.validate = function() error("oops") end'],
    ['"validate" of balancer "mine" returned false', "factory.validate = function() return false end"],
    ['"create" of balancer "mine" failed: ', 'factory.create = function() error("oops") end'],
    ['"create" of balancer "mine" returned is no table: nil', "factory.create = function() end"],
    [
      '"create" of balancer "mine" returned has no function "pick"',
      "factory.create = function() return { update = print } end",
    ],
  ])("with what is wrong with a balancer: %s", async (reason, fields) => {
    const register = `require("resty.switchboard").register_balancer(${factory("mine", fields)})`;
    const init = `init_by_lua_block { ${register} require("resty.switchboard").init() }`;
    const config = { upstreams: { chat: { balancer: "mine" } }, routes: [] };
    expect(await start(OTHER_CALLS + init, config)).toContain(reason);
  });
});

describe("a balancer in Lua", () => {
  let gateway: Gateway;

  /** Picks what the key says, and its peer for any other. */
  const BROKEN = `require("resty.switchboard").register_balancer {
    name = "broken", needs = { "key" }, validate = function() end,
    create = function()
      local all
      return {
        update = function(self, peers) all = peers end,
        pick = function(self, input)
          if input.key == "throws" then error("the broken balancer threw") end
          local garbage = { number = 7, text = "a", table = {}, boolean = false }
          if garbage[input.key] ~= nil then return garbage[input.key] end
          if input.key ~= "nothing" then return all[1] end
        end,
      }
    end,
  }`;

  const REFUSED: readonly (readonly [given: string, reason: string])[] = [
    ['"x"', 'takes a table with "name", "needs", "validate" and "create", found string'],
    ["{}", '"name" must be a string, found nil'],
    [factory("x", "factory.name = 5"), '"name" must be a string, found 5'],
    [factory("x", "factory.needs = false"), 'balancer "x": "needs" must be a list, {} for nothing'],
    [
      factory("x", 'factory.needs = { "keys" }'),
      'balancer "x": "needs" may have "key", "load" and "latency", found "keys"',
    ],
    [factory("x", 'factory.validate = "no"'), 'balancer "x": "validate" must be a function, found "no"'],
    ['{ name = "x", needs = {}, validate = print }', 'balancer "x": "create" must be a function, found nil'],
    [factory("round_robin", ""), 'a balancer called "round_robin" is registered already'],
  ];

  beforeAll(async () => {
    const backend = await startBackend();
    const peers = [
      { address: backend.address, weight: 0 },
      { address: backend.address, id: "second" },
    ];
    const init = substitute(documentBlock("docs/extending.md", "Balancers of your own", "nginx"), {
      "switchboard.init()": `${BROKEN}\nswitchboard.init()`,
    });
    const { routes, ...rest } = routedByName({
      broken: { balancer: "broken", peers },
      good: { balancer: { type: "first", from: 2 }, peers },
    });
    gateway = await startGateway({
      config: { ...rest, routes: routes.map((route) => ({ ...route, key: "$arg_do" })) },
      files: {
        "lua/my_balancer.lua": documentBlock("docs/extending.md", "In Lua", "lua"),
        "conf/switchboard/http.conf": OTHER_CALLS + init,
      },
      serverExtra: `location = /register {
        content_by_lua_block {
          for _, factory in ipairs { ${REFUSED.map(([given]) => given).join(",\n")} } do
            local _, reason = pcall(require("resty.switchboard").register_balancer, factory)
            ngx.say((tostring(reason):gsub("^.-switchboard: ", "")))
          end
        }
      }`,
      allowedErrors: [/broken balancer threw|"pick" of balancer "broken"|stack traceback/],
    });
  });

  it("is what the page of extensions has", async () => {
    const client = await connect(gateway.url("/good/"));
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    await client.close();
  });

  it("is refused where it is registered if it is no factory", async () => {
    const response = await fetch(`http://127.0.0.1:${gateway.port}/register`);
    const reasons = (await response.text()).trim().split("\n");
    expect(reasons).toEqual(REFUSED.map(([, reason]) => `register_balancer: ${reason}`));
  });

  it("that breaks fails its own requests, with its name in the log, and no others", async () => {
    for (const [key, logged] of [
      ["throws", "the broken balancer threw"],
      ["number", '"pick" of balancer "broken" returned what is no peer of its upstream: 7'],
      ["text", '"pick" of balancer "broken" returned what is no peer of its upstream: "a"'],
      ["table", '"pick" of balancer "broken" returned what is no peer of its upstream: a table'],
      ["boolean", '"pick" of balancer "broken" returned what is no peer of its upstream: false'],
    ] as const) {
      const { status, headers } = await connectRefused(gateway.url(`/broken/?do=${key}`));
      expect([key, status, headers["switchboard-error"]]).toEqual([key, 500, "internal_error"]);
      expect(gateway.errorLog()).toContain(logged);
      for (const target of ["/good/", "/broken/?do=well"]) await (await connect(gateway.url(target))).close();
    }
    const { status, headers } = await connectRefused(gateway.url("/broken/?do=nothing"));
    expect([status, headers["switchboard-error"]]).toEqual([503, "no_live_peer"]);
    await whenNothingIsCounted(gateway);
  });
});
