import { writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { startGateway, type Gateway, type GatewayOptions } from "../support/gateway";
import { rawRequest, type RawAnswer } from "../support/raw-request";

const PEER_ID = "unix:/run/a b%.sock";
const MB = 1024 * 1024;

const CONFIG = {
  upstreams: { chat: { peers: [{ id: "a", address: "127.0.0.1:9" }] }, "x.y": {} },
  routes: [{ id: "rooms", path: "/rooms/{room}/*", rewrite: "/ws/{room}/*", upstream: "chat" }],
};

type Headers = Readonly<Record<string, string>>;

function ask(gateway: Gateway, line: string, headers: Headers = {}, body = ""): Promise<RawAnswer> {
  const all = { Host: "localhost", Connection: "close", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const length = body === "" || "Transfer-Encoding" in headers ? [] : [`Content-Length: ${body.length}`];
  return rawRequest(gateway.adminPort, [`${line} HTTP/1.1`, ...lines, ...length, "", body].join("\r\n"));
}

async function verdict(gateway: Gateway, line: string, headers: Headers = {}, body = ""): Promise<string> {
  const answer = await ask(gateway, line, headers, body);
  if (answer.status === 200) return "200";
  const { error } = JSON.parse(answer.body) as { error: { code: string } };
  return `${answer.status} ${error.code}`;
}

/** The bundled configuration in which init takes these options and the admin server has these directives. */
function startWith(
  options: Partial<GatewayOptions> & { init?: string; admin?: string; address?: string },
): Promise<Gateway> {
  const { init = "", admin = "", address = "127.0.0.1", ...rest } = options;
  const conf = `include modules.con[f];
worker_processes 1;
pid logs/nginx.pid;
error_log logs/error.log notice;
events { worker_connections 512; }
http {
    lua_package_path "$prefix/lua/?.lua;$prefix/dist/lua/?.lua;;";
    include switchboard/http-base.conf;
    init_by_lua_block { require("resty.switchboard").init{ ${init} } }
    init_worker_by_lua_block { require("resty.switchboard").init_worker() }
    client_body_temp_path client_body_temp;
    proxy_temp_path proxy_temp;
    fastcgi_temp_path fastcgi_temp;
    uwsgi_temp_path uwsgi_temp;
    scgi_temp_path scgi_temp;
    server { listen 127.0.0.1:{port}; location / { return 204; } }
    server {
        listen 127.0.0.1:{admin_port};
        ${address === "127.0.0.1" ? "" : `listen ${address}:{admin_port};`}
        ${admin}
        include switchboard/admin.conf;
    }
}`;
  return startGateway({ config: CONFIG, conf, ...rest });
}

describe("the bundled admin server", () => {
  let gateway: Gateway;

  beforeAll(async () => {
    const peers = [{ id: PEER_ID.replace(" ", "_"), address: "127.0.0.1:9" }];
    gateway = await startGateway({
      config: { ...CONFIG, upstreams: { ...CONFIG.upstreams, chat: { peers } } },
    });
  });

  it("answers in JSON that nobody keeps", async () => {
    const { status, headers, body } = await ask(gateway, "GET /v1/status");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json");
    expect(headers["cache-control"]).toBe("no-store");
    expect(JSON.parse(body)).toMatchObject({
      generation: 1,
      totals: { sessions: 0, upstreams: 2, peers: 1, routes: 1 },
      dropped_overrides: [],
    });
  });

  it("has an empty list where an upstream has no peers", async () => {
    const { body } = await ask(gateway, "GET /v1/upstreams/x%2Ey");
    expect(JSON.parse(body)).toMatchObject({ name: "x.y", peers: [], active: 0 });
  });

  it("matches routes as nginx would", async () => {
    const { body } = await ask(gateway, "GET /v1/routes/match?path=/rooms//7/../8/a%2520b");
    expect(JSON.parse(body)).toMatchObject({
      params: { room: "8" },
      path: "/ws/8/a b",
      route: { id: "rooms" },
    });
  });

  it("says where a session would go, and takes no slot", async () => {
    const { body } = await ask(gateway, "GET /v1/upstreams/chat/pick?key=10.0.0.1%3A80");
    expect(JSON.parse(body)).toMatchObject({ peer: { address: "127.0.0.1:9" } });
    const upstream = JSON.parse((await ask(gateway, "GET /v1/upstreams/chat")).body) as { active: number };
    expect(upstream.active).toBe(0);
    expect(await verdict(gateway, "GET /v1/upstreams/x.y/pick")).toBe("503 no_live_peer");
  });

  it("tells apart what is not there, and what is not done to it", async () => {
    expect(await verdict(gateway, "GET /v1/nothing")).toBe("404 not_found");
    expect(await verdict(gateway, "GET /v1/upstreams/none")).toBe("404 no_such_upstream");
    const { status, headers } = await ask(gateway, "PUT /v1/status");
    expect([status, headers["allow"]]).toEqual([405, "GET, HEAD"]);
    expect(await verdict(gateway, "OPTIONS /v1/upstreams")).toBe("405 method_not_allowed");
    expect(await verdict(gateway, "GET /v1/status?verbose=1")).toBe("400 bad_request");
  });

  it("answers HEAD without a body", async () => {
    const answer = await ask(gateway, "HEAD /v1/upstreams");
    expect([answer.status, answer.body]).toEqual([200, ""]);
  });

  it("takes JSON, as curl sends it too, and nothing else", async () => {
    const line = "POST /v1/upstreams/chat/peers";
    expect(await verdict(gateway, line, { "Content-Type": "text/plain" }, "{}")).toBe(
      "415 unsupported_media_type",
    );
    expect(await verdict(gateway, line, { "Content-Type": "application/json" }, "[]")).toBe("400 bad_json");
    const curl = { "Content-Type": "application/x-www-form-urlencoded" };
    const { status, body } = await ask(gateway, line, curl, '{"address": }');
    expect([status, body]).toEqual([
      400,
      expect.stringMatching(/"bad_json".*character 13|character 13.*"bad_json"/),
    ]);
  });

  it("refuses a body that is too large, announced or not", async () => {
    const announced = { "Content-Length": `${17 * MB}`, "If-Match": "*" };
    expect(await verdict(gateway, "PUT /v1/config", announced)).toBe("413 body_too_large");
    const chunk = `100000\r\n${" ".repeat(MB)}\r\n`;
    const chunked = { "Transfer-Encoding": "chunked", "If-Match": "*" };
    expect(await verdict(gateway, "PUT /v1/config", chunked, `${chunk.repeat(18)}0\r\n\r\n`)).toBe(
      "413 body_too_large",
    );
    const small = { "Transfer-Encoding": "chunked" };
    expect(
      await verdict(gateway, "POST /v1/upstreams/chat/peers", small, `${chunk.repeat(2)}0\r\n\r\n`),
    ).toBe("413 body_too_large");
  });

  it("is for loopback's names, and for no page of another site", async () => {
    for (const Host of ["127.0.0.1:8021", "[::1]", "localhost:1"])
      expect(await verdict(gateway, "GET /v1/routes", { Host })).toBe("200");
    expect(await verdict(gateway, "GET /v1/routes", { Host: "evil.example" })).toBe("403 forbidden_host");
    expect(await verdict(gateway, "GET /v1/routes", { Origin: "http://evil.example" })).toBe(
      "403 forbidden_origin",
    );
    expect(await verdict(gateway, "GET /v1/routes", { "Sec-Fetch-Site": "cross-site" })).toBe(
      "403 forbidden_origin",
    );
  });

  it("survives whatever bytes come", async () => {
    const odd = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    });
    const part = fc.oneof(
      odd,
      fc.constantFrom("GET", "/v1/", "/v1/routes/match?path=", "%", "{", "DELETE", "PUT"),
    );
    const request = fc.tuple(part, part, part, part, odd);
    for (const [method, a, b, type, body] of fc.sample(request, 150)) {
      const head = `${method} /v1/${a}${b} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\n`;
      const bytes = `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
      const { status } = await rawRequest(gateway.adminPort, bytes, { timeoutMs: 300 });
      expect([bytes, status]).not.toEqual([bytes, 500]);
    }
    expect(gateway.errorLog()).not.toMatch(/lua entry thread|runtime error/);
  });
});

it("lists ten thousand peers whole", async () => {
  const peers = Array.from({ length: 5_000 }, (_, index) => ({
    id: `peer-${index}`,
    address: `10.0.0.1:${index + 1}`,
  }));
  const gateway = await startGateway({ config: { upstreams: { a: { peers }, b: { peers } } } });
  const { body } = await ask(gateway, "GET /v1/upstreams");
  const { upstreams } = JSON.parse(body) as { upstreams: { name: string; peers: { id: string }[] }[] };
  expect(upstreams.map(({ name, peers: { length } }) => [name, length])).toEqual([
    ["a", 5_000],
    ["b", 5_000],
  ]);
  expect(upstreams[1]!.peers.map(({ id }) => id)).toEqual(peers.map(({ id }) => id));
});

describe("a token", () => {
  it("of the environment is asked for, also after a reload", async () => {
    const gateway = await startGateway({ config: CONFIG, env: { SWITCHBOARD_ADMIN_TOKEN: " s3cret\n" } });
    for (const _ of [1, 2]) {
      const { status, headers } = await ask(gateway, "GET /v1/status");
      expect([status, headers["www-authenticate"]]).toEqual([401, "Bearer"]);
      expect(await verdict(gateway, "GET /v1/status", { Authorization: "Bearer s3cres" })).toBe(
        "401 unauthorized",
      );
      expect(await verdict(gateway, "GET /v1/status", { Authorization: "Bearer s3cret" })).toBe("200");
      await gateway.reload();
    }
  });

  it("of a file goes before it, and changes with a reload", async () => {
    const gateway = await startWith({
      init: 'admin_token_file = ngx.config.prefix() .. "conf/token", admin_hosts = { "Admin.example.com" }',
      files: { "conf/token": "first\n" },
      env: { SWITCHBOARD_ADMIN_TOKEN: "other" },
    });
    const answerTo = (token: string, Host = "admin.example.com:8021") =>
      verdict(gateway, "GET /v1/status", { Authorization: `Bearer ${token}`, Host });
    expect(await answerTo("first")).toBe("200");
    expect(await answerTo("first", "other.example.com")).toBe("403 forbidden_host");
    expect(await answerTo("other")).toBe("401 unauthorized");
    writeFileSync(path.join(gateway.directory, "conf/token"), "second");
    await gateway.reload();
    expect(await answerTo("first")).toBe("401 unauthorized");
    expect(await answerTo("second")).toBe("200");
  });

  it("that is empty stops the start", async () => {
    await expect(
      startWith({
        init: 'admin_token_file = ngx.config.prefix() .. "conf/token"',
        files: { "conf/token": " \n" },
      }),
    ).rejects.toThrow(/admin_token_file: .*conf\/token is to hold a token/);
    await expect(startWith({ env: { SWITCHBOARD_ADMIN_TOKEN: "" } })).rejects.toThrow(
      /SWITCHBOARD_ADMIN_TOKEN is to hold a token/,
    );
    await expect(startWith({ init: 'admin_token_file = "/nowhere/token"' })).rejects.toThrow(
      /admin_token_file: \/nowhere\/token/,
    );
    await expect(startWith({ init: 'admin_hosts = { "a b" }' })).rejects.toThrow(/admin_hosts: a b/);
  });
});

describe("without a token", () => {
  const TRUST = "set_real_ip_from 0.0.0.0/0; real_ip_header X-Forwarded-For;";

  it("a client that a proxy on this machine stands for is a stranger", async () => {
    const gateway = await startWith({ admin: TRUST });
    expect(await verdict(gateway, "GET /v1/status")).toBe("200");
    expect(await verdict(gateway, "GET /v1/status", { "X-Forwarded-For": "10.9.9.9" })).toBe(
      "403 forbidden_client",
    );
  });

  it("a client from elsewhere cannot say it is from here", async () => {
    const address = Object.values(os.networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
    // A machine without a network has nobody who could try.
    if (address === undefined) return;
    const gateway = await startWith({ admin: TRUST, address });
    const init = { headers: { Host: "localhost", "X-Forwarded-For": "127.0.0.1" } };
    const response = await fetch(`http://${address}:${gateway.adminPort}/v1/status`, init);
    expect([response.status, await response.text()]).toEqual([
      403,
      expect.stringContaining("forbidden_client"),
    ]);
  });
});
