import { whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import { connect, connectRefused } from "../support/client";
import { startGateway, type Gateway } from "../support/gateway";

/** http.conf with a balancer that fails at every second pick. */
const HTTP_CONF = `
include switchboard/http-base.conf;
init_by_lua_block {
    local switchboard = require("resty.switchboard")
    local picks = 0
    switchboard.register_balancer({
        name = "fragile",
        needs = {},
        validate = function() end,
        create = function()
            local peers = {}
            return {
                update = function(_, all) peers = all end,
                pick = function()
                    picks = picks + 1
                    if picks % 2 == 1 then error("the fragile balancer broke") end
                    return peers[1]
                end,
            }
        end,
    })
    switchboard.init()
}
init_worker_by_lua_block { require("resty.switchboard").init_worker() }
log_by_lua_block { require("resty.switchboard").log() }
`;

let gateway: Gateway;

beforeAll(async () => {
  const backend = await startBackend();
  gateway = await startGateway({
    config: {
      upstreams: { chat: { balancer: "fragile", peers: [{ address: backend.address }] } },
      routes: [{ id: "all", upstream: "chat" }],
    },
    files: { "conf/switchboard/http.conf": HTTP_CONF },
    allowedErrors: [/the fragile balancer broke|stack traceback/],
  });
});

it("an error inside the gateway is logged and answered by name, and the next handshake works", async () => {
  for (const _ of ["once", "again"]) {
    const { status, headers, body } = await connectRefused(gateway.url());
    expect([status, headers["switchboard-error"]]).toEqual([500, "internal_error"]);
    expect(JSON.parse(body)).toMatchObject({ error: { code: "internal_error" } });
    const client = await connect(gateway.url());
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    await client.close();
  }
  expect(gateway.errorLog()).toContain("the fragile balancer broke");
  expect(gateway.accessLog().filter((line) => line.includes("gateway:internal_error"))).toHaveLength(2);
  await whenNothingIsCounted(gateway);
});
