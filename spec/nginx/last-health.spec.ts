import { LuaNginx } from "../support/lua-nginx";

const STALE = JSON.stringify({
  version: 1,
  down: [{ upstream: "chat", peer: "a", address: "a:80", reason: "connect refused", since: 1 }],
});

const INIT = `
local lualib = require "resty.switchboard.lualib"
local world = require "resty.switchboard.ngx.world"
local module = require "resty.switchboard.ngx.health.last-health"
path = ngx.config.prefix() .. "state/health.json"
last = lualib.__TS__New(module.LastHealth, path, function() return true end, world.clock, world.log)`;

const LOCATIONS = {
  "/lead": `
    last:begin()
    last:note("chat", "a", nil)
    local args = ngx.req.get_uri_args()
    if args.renew then last:renew() end
    last:step(function() end)
    local file = io.open(path)
    ngx.print(file:read("*a"))
    file:close()`,
};

it("what another leader has kept of a peer that is up since is forgotten", async () => {
  const nginx = await LuaNginx.start({ init: INIT, locations: LOCATIONS }, { "state/health.json": STALE });
  expect(await nginx.call("/lead")).toEqual(JSON.parse(STALE));
  expect(await nginx.call("/lead", { renew: "yes" })).toEqual({ version: 1, down: [] });
});
