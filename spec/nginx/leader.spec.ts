import { getStatus } from "../support/admin-calls";
import { adminRequest } from "../support/admin-request";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";

const CONFIG = {
  upstreams: {
    chat: {
      peers: [
        { id: "a", address: "127.0.0.1:9" },
        { id: "b", address: "127.0.0.1:10" },
      ],
    },
  },
  routes: [{ id: "all", upstream: "chat" }],
};

it("a config file that another document stands in for keeps being validated, also at a reload", async () => {
  const gateway = await startGateway({
    config: CONFIG,
    allowedErrors: [/init_by_lua error: switchboard: .*"peeers"/],
  });
  const etag = (await adminRequest(gateway, "GET", "/v1/config")).headers.get("etag")!;
  const put = await adminRequest(gateway, "PUT", "/v1/config", {
    body: CONFIG,
    headers: { "If-Match": etag },
  });
  expect(put.status).toBe(200);
  gateway.writeConfig({ upstreams: { chat: { peeers: [] } }, routes: [] });
  await waitFor(async () => (await getStatus(gateway)).config_error.includes("peeers"));
  gateway.signal("SIGHUP");
  await waitFor(async () => (await getStatus(gateway)).last_reload_error.includes("peeers"));
  expect((await getStatus(gateway)).config_error).toContain("peeers");
});
