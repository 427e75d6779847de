import { DnsServer } from "../support/dns-server";
import { LuaNginx } from "../support/lua-nginx";
import { waitFor } from "../support/wait-for";

interface State {
  readonly addresses: Readonly<Record<string, string[]>>;
  readonly failures: Readonly<Record<string, string>>;
  readonly changes: number;
}

/** A resolver whose steps a timer makes, as its owner would. */
const INIT = `
local lualib = require "resty.switchboard.lualib"
local module = require "resty.switchboard.ngx.resolver"
state = { changes = 0, names = {} }
resolver = lualib.__TS__New(module.Resolver, {
  clock = { now = function() return ngx.now() end },
  rng = { integer = function(_, limit) return math.random(limit) end },
  log = { write = function(_, level, message) ngx.log(ngx.NOTICE, level, " ", message) end },
  hostsPath = ngx.config.prefix() .. "hosts",
  resolvConfPath = ngx.config.prefix() .. "resolv.conf",
})`;

const INIT_WORKER = `
ngx.timer.every(0.05, function()
  if resolver:step() then state.changes = state.changes + 1 end
end)`;

const CONFIGURE = `
local args = ngx.req.get_uri_args()
state.names = {}
for name in args.names:gmatch("%S+") do table.insert(state.names, name) end
local addresses = {}
for address in args.servers:gmatch("%S+") do table.insert(addresses, address) end
resolver:configure({ addresses = addresses, ttlMinMs = 100, ttlMaxMs = tonumber(args.ttl_max_ms) }, state.names)
ngx.print("true")`;

const STATE = `
local addresses, failures = {}, {}
for _, name in ipairs(state.names) do
  addresses[name] = resolver:addresses(name)
  failures[name] = resolver:failure(name)
end
ngx.print(require("cjson.safe").encode { addresses = addresses, failures = failures, changes = state.changes })`;

const HOSTS = "10.0.0.77 hosts.example\n::77 Hosts.Example\n";
/** A loopback address on which nobody else serves DNS, as resolv.conf knows no port but 53. */
const SYSTEM_SERVER = "127.0.53.77";

let nginx: LuaNginx;
let server: DnsServer;

beforeEach(async () => {
  server = await DnsServer.start();
  nginx = await LuaNginx.start(
    {
      init: INIT,
      initWorker: INIT_WORKER,
      locations: { "/configure": CONFIGURE, "/state": STATE },
    },
    { hosts: HOSTS, "resolv.conf": `nameserver ${SYSTEM_SERVER}\noptions timeout:1 attempts:1\n` },
  );
});

async function configure(names: readonly string[], servers: readonly string[], ttlMaxMs = 300_000) {
  await nginx.call("/configure", {
    names: names.join(" "),
    servers: servers.join(" "),
    ttl_max_ms: String(ttlMaxMs),
  });
}

/** The first state for which the condition holds. */
async function stateWhere(isReached: (state: State) => boolean): Promise<State> {
  return waitFor(
    async () => {
      const state = await nginx.call<State>("/state");
      return isReached(state) ? state : undefined;
    },
    { timeoutMs: 10_000 },
  );
}

it("believes the hosts file before DNS", async () => {
  server.setAddresses("hosts.example", ["10.0.0.1"]);
  server.setAddresses("dns.example", ["10.0.0.2"]);
  await configure(["hosts.example", "dns.example"], [server.address]);
  const { addresses } = await stateWhere((state) => Object.keys(state.addresses).length === 2);
  expect(addresses).toEqual({ "hosts.example": ["10.0.0.77", "::77"], "dns.example": ["10.0.0.2"] });
  expect(server.questions("hosts.example")).toEqual([]);
});

it("asks the servers of resolv.conf where none are configured", async () => {
  const system = await DnsServer.start(SYSTEM_SERVER, 53);
  system.setAddresses("dns.example", ["10.0.0.2"]);
  await configure(["dns.example"], []);
  const { addresses } = await stateWhere((state) => state.addresses["dns.example"] !== undefined);
  expect(addresses["dns.example"]).toEqual(["10.0.0.2"]);
});

it("follows a name as its TTL ends, and says once that it changed", async () => {
  server.setAddresses("dns.example", ["10.0.0.1"], 0);
  await configure(["dns.example"], [server.address]);
  await stateWhere((state) => state.addresses["dns.example"]?.[0] === "10.0.0.1");
  server.setAddresses("dns.example", ["10.0.0.2"], 0);
  await stateWhere((state) => state.addresses["dns.example"]?.[0] === "10.0.0.2");
  server.forget();
  await waitFor(() => server.questions("dns.example").length >= 4);
  expect((await nginx.call<State>("/state")).changes).toBe(2);
});

it("keeps what it knows while DNS fails, and recovers", async () => {
  server.setAddresses("dns.example", ["10.0.0.1"], 0);
  await configure(["dns.example"], [server.address], 1000);
  await stateWhere((state) => state.addresses["dns.example"] !== undefined);
  server.set("dns.example", { rcode: 3 });
  const failed = await stateWhere((state) => state.failures["dns.example"] !== undefined);
  expect(failed.failures["dns.example"]).toBe("NXDOMAIN");
  expect(failed.addresses["dns.example"]).toEqual(["10.0.0.1"]);
  server.setAddresses("dns.example", ["10.0.0.2"], 0);
  const recovered = await stateWhere((state) => state.failures["dns.example"] === undefined);
  expect(recovered.addresses["dns.example"]).toEqual(["10.0.0.2"]);
});

it("asks other servers at once when it is told of them", async () => {
  const other = await DnsServer.start();
  server.setAddresses("dns.example", ["10.0.0.1"], 300);
  other.setAddresses("dns.example", ["10.0.0.2"], 300);
  await configure(["dns.example"], [server.address]);
  await stateWhere((state) => state.addresses["dns.example"]?.[0] === "10.0.0.1");
  await configure(["dns.example"], [other.address]);
  await stateWhere((state) => state.addresses["dns.example"]?.[0] === "10.0.0.2");
});

it("has a thousand names within five seconds, though some are never answered", async () => {
  const names = Array.from({ length: 1000 }, (_, index) => `n${index}.example`);
  for (const name of names) server.setAddresses(name, ["10.0.0.1"], 300);
  const silent = names.filter((_, index) => index < 8);
  for (const name of silent) server.set(name, { isSilent: true });
  const start = performance.now();
  await configure(names, [server.address]);
  await stateWhere((state) => Object.keys(state.addresses).length === names.length - silent.length);
  expect(performance.now() - start).toBeLessThan(5000);
});
