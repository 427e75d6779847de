import { countsOf } from "../support/admin-calls";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { connect, connectRefused } from "../support/client";
import { freePort } from "../support/free-port";
import type { Gateway } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";

/**
 * An operator's conf from before Switchboard, with everything that could get into its way, or it into theirs. They have the
 * Lua hooks of each level themselves, so they include the -base snippets and make the calls in their own blocks.
 */
const CONF = `
include modules.con[f];
worker_processes 1;
pid logs/nginx.pid;
error_log logs/error.log notice;
events { worker_connections 1024; }

http {
    lua_package_path "$prefix/lua/?.lua;;";
    client_body_temp_path client_body_temp;
    proxy_temp_path proxy_temp;
    fastcgi_temp_path fastcgi_temp;
    uwsgi_temp_path uwsgi_temp;
    scgi_temp_path scgi_temp;

    map $http_upgrade $connection_upgrade {
        default upgrade;
        '' close;
    }
    lua_shared_dict visits 1m;
    log_format own '$uri $status $sent_http_x_own';
    access_log logs/access.log own;

    proxy_set_header X-Own http;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header Upgrade $http_upgrade;
    proxy_read_timeout 7s;
    add_header X-Own served;

    include switchboard/http-base.conf;

    init_by_lua_block {
        own_greeting = "own init"
        require("resty.switchboard").init()
    }
    init_worker_by_lua_block {
        own_worker = ngx.worker.pid()
        require("resty.switchboard").init_worker()
    }
    access_by_lua_block {
        ngx.ctx.visit = ngx.shared.visits:incr("access " .. ngx.var.uri, 1, 0)
    }
    log_by_lua_block {
        ngx.shared.visits:incr("log " .. ngx.var.uri, 1, 0)
        require("resty.switchboard").log()
    }

    server {
        listen 127.0.0.1:{port};
        error_page 404 500 502 503 504 /50x.html;
        include switchboard/server.conf;

        location = /50x.html {
            internal;
            return 200 "the operator's page\\n";
        }
        location = /visits {
            access_by_lua_block { return }
            content_by_lua_block {
                ngx.print(ngx.shared.visits:get(ngx.req.get_uri_args().key) or 0)
            }
        }
        location = /own-init {
            content_by_lua_block { ngx.print(own_greeting, ", visit ", ngx.ctx.visit, ", ", own_worker == ngx.worker.pid()) }
        }
        location /own/ {
            proxy_http_version 1.1;
            proxy_pass http://127.0.0.1:OWN_PORT;
        }
        location /own-dead/ {
            proxy_pass http://127.0.0.1:DEAD_PORT;
        }

        location /ws/ {
            include switchboard/location.conf;
        }
        location /guarded/ {
            include switchboard/location-base.conf;
            access_by_lua_block {
                if ngx.var.arg_token ~= "secret" then return ngx.exit(403) end
                require("resty.switchboard").access()
            }
            header_filter_by_lua_block {
                require("resty.switchboard").header_filter()
                ngx.header["X-Guarded"] = "yes"
            }
            log_by_lua_block {
                ngx.shared.visits:incr("guarded log", 1, 0)
                require("resty.switchboard").log()
            }
        }
    }
    server {
        listen 127.0.0.1:{admin_port};
        include switchboard/admin.conf;
    }
}`;

let gateway: Gateway;
let ours: Backend;
let theirs: Backend;

beforeAll(async () => {
  ours = await startBackend();
  theirs = await startBackend();
  const dead = await freePort();
  gateway = await startGateway({
    conf: CONF.replace("OWN_PORT", `${theirs.port}`).replace("DEAD_PORT", `${dead}`),
    config: {
      upstreams: {
        chat: { peers: [{ id: "a", address: ours.address }] },
        dead: { peers: [{ id: "a", address: `127.0.0.1:${dead}` }] },
      },
      routes: [
        { id: "dead", path: "/ws/dead", upstream: "dead" },
        { id: "ws", path: "/ws/room", upstream: "chat" },
        { id: "guarded", path: "/guarded/*", upstream: "chat" },
      ],
    },
  });
});

async function get(target: string): Promise<{ status: number; body: string; headers: Headers }> {
  const response = await fetch(`http://127.0.0.1:${gateway.port}${target}`);
  return { status: response.status, body: await response.text(), headers: response.headers };
}

async function visits(key: string): Promise<number> {
  return Number((await get(`/visits?key=${encodeURIComponent(key)}`)).body);
}

describe("in a conf with hooks, map, error_page and headers of its own", () => {
  it("WebSockets go to their peer with Switchboard's headers, and not the conf's", async () => {
    const client = await connect(gateway.url("/ws/room"));
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    const { headers } = ours.requests.at(-1)!;
    expect(headers["x-own"]).toBeUndefined();
    expect(headers["x-forwarded-for"]).toBe("127.0.0.1");
    expect(headers["connection"]).toBe("upgrade");
    expect(await countsOf(gateway, "chat")).toEqual({ a: 1 });
    await client.close();
    await waitFor(async () => (await countsOf(gateway, "chat"))["a"] === 0);
  });

  it("Switchboard's errors are its own, and give back what they took", async () => {
    expect(await connectRefused(gateway.url("/ws/nowhere"))).toMatchObject({
      status: 404,
      headers: { "switchboard-error": "no_route" },
    });
    expect(await connectRefused(gateway.url("/ws/dead"))).toMatchObject({
      status: 502,
      headers: { "switchboard-error": "bad_upstream" },
    });
    await waitFor(async () => (await countsOf(gateway, "dead"))["a"] === 0);
  });

  it("hooks of the conf in the same location run beside Switchboard's", async () => {
    expect(await connectRefused(gateway.url("/guarded/x"))).toMatchObject({ status: 403 });
    const before = await visits("guarded log");
    const client = await connect(gateway.url("/guarded/x?token=secret"));
    expect(client.response.headers["x-guarded"]).toBe("yes");
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    expect(await countsOf(gateway, "chat")).toEqual({ a: 1 });
    await client.close();
    await waitFor(async () => (await countsOf(gateway, "chat"))["a"] === 0);
    expect(await visits("guarded log")).toBe(before + 1);
  });

  it("a location of the conf's own keeps its headers, its map, its hooks and its log", async () => {
    const before = { access: await visits("access /own/x"), log: await visits("log /own/x") };
    const { body, headers } = await get("/own/x");
    expect(body).toBe("plain GET /own/x");
    expect(headers.get("x-own")).toBe("served");
    expect(theirs.requests.at(-1)!.headers).toMatchObject({ "x-own": "http", connection: "close" });
    expect(theirs.requests.at(-1)!.headers["x-forwarded-for"]).toBeUndefined();
    await waitFor(async () => (await visits("log /own/x")) === before.log + 1);
    expect(await visits("access /own/x")).toBe(before.access + 1);
    await waitFor(() => gateway.accessLog().includes("/own/x 200 served"));
  });

  it("a WebSocket through a location of the conf's own works as before", async () => {
    const client = await connect(gateway.url("/own/socket"));
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    expect(theirs.requests.at(-1)!.headers).toMatchObject({ "x-own": "http", connection: "upgrade" });
    await client.close();
  });

  it("an error in a location of the conf's own shows its error page", async () => {
    const { status, body, headers } = await get("/own-dead/");
    expect(status).toBe(502);
    expect(body).toBe("the operator's page\n");
    expect(headers.get("switchboard-error")).toBeNull();
    expect(await get("/nowhere")).toMatchObject({ status: 404 });
  });

  it("what its init hooks have set is there", async () => {
    expect((await get("/own-init")).body).toMatch(/^own init, visit \d+, true$/);
  });
});
