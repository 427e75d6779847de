import { readUpstream } from "../support/admin";
import type { Backend } from "../support/backend";
import { startBackend } from "../support/backend";
import { connect, connectRefused } from "../support/client";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";

const CONF = `location = /guarded { auth_request /from-here; alias /etc/hostname; }
location = /mirrored { mirror /from-here; alias /etc/hostname; }
location = /may-enter { internal; if ($request_uri !~ "ticket=") { return 401; } return 204; }`;

let backend: Backend;
let gateway: Gateway;

beforeAll(async () => {
  backend = await startBackend();
  gateway = await startGateway({
    config: {
      upstreams: { chat: { peers: [{ address: backend.address }] } },
      routes: [{ id: "all", path: "/*", upstream: "chat" }],
    },
    serverExtra: CONF,
    locationExtra: "auth_request /may-enter;",
  });
});

async function get(target: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}${target}`);
  await response.text();
  return response.status;
}

it("a subrequest into a Switchboard location reaches no backend, and the log says why", async () => {
  expect(await get("/guarded")).toBe(500);
  expect(await get("/mirrored")).toBe(200);
  const subrequests = await waitFor(() => {
    const found = gateway
      .errorLog()
      .match(/a request without a session reached .* subrequest: "\/from-here"/g);
    return found?.length === 2 && found;
  });
  for (const entry of subrequests) expect(entry).toContain("or is it a subrequest?");
  expect(backend.requests).toEqual([]);
  expect(await readUpstream(gateway, "chat")).toMatchObject({ active: 0 });
});

it("a Switchboard location may have an auth_request of its own", async () => {
  expect((await connectRefused(gateway.url("/"))).status).toBe(401);
  const client = await connect(gateway.url("/?ticket=1"));
  expect(await client.ask("Hello")).toBe("Server received from client: Hello");
});
