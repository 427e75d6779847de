import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { connect } from "../support/client";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { handshakeBytes, rawRequest } from "../support/raw-request";
import { serverBlock } from "../support/server-block";

/** Addresses of this machine that clients connect from. */
const CLIENT = "127.0.0.1";
const TRUSTED = "127.0.0.2";
const LOAD_BALANCER = "127.0.0.3";

/** Further listeners, each with one of the documented recipes. */
const recipes = { realIp: 0, proxyProtocol: 0 };

let gateway: Gateway;
let backend: Backend;

beforeAll(async () => {
  backend = await startBackend();
  recipes.realIp = await freePort();
  recipes.proxyProtocol = await freePort();
  gateway = await startGateway({
    config: {
      upstreams: {
        app: { peers: [{ address: backend.address }] },
        named: { peers: [{ address: backend.address }], host_header: "app.internal:8080" },
      },
      routes: [
        { id: "all", path: "/*", upstream: "app" },
        { id: "named", path: "/named", upstream: "named" },
      ],
    },
    files: { "conf/switchboard/trusted.conf": `${TRUSTED} 1;\n${LOAD_BALANCER} 1;\n` },
    httpExtra: [
      serverBlock(
        `127.0.0.1:${recipes.realIp}`,
        `set_real_ip_from ${LOAD_BALANCER}; real_ip_header X-Forwarded-For; real_ip_recursive on;`,
      ),
      serverBlock(
        `127.0.0.1:${recipes.proxyProtocol} proxy_protocol`,
        "set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;",
      ),
    ].join("\n"),
  });
});

interface Asking {
  readonly from?: string;
  readonly port?: number;
  readonly target?: string;
}

/** The fields that the backend gets of a handshake with these. */
async function forwarded(
  headers: Readonly<Record<string, string>>,
  { from = CLIENT, port = gateway.port, target = "/" }: Asking = {},
): Promise<NodeJS.Dict<string | string[]>> {
  await connect(`ws://127.0.0.1:${port}${target}`, { headers, localAddress: from });
  return backend.requests.at(-1)!.headers;
}

describe("the backend is told", () => {
  it("who asks: the client's address follows those that were there", async () => {
    expect((await forwarded({}))["x-forwarded-for"]).toBe(CLIENT);
    const headers = await forwarded({ "X-Forwarded-For": "203.0.113.7, 198.51.100.1" });
    expect(headers["x-forwarded-for"]).toBe(`203.0.113.7, 198.51.100.1, ${CLIENT}`);
  });

  it("what the client asked for, in Host as well unless the upstream has its own", async () => {
    const headers = { Host: "Chat.example.com:8443" };
    expect(await forwarded(headers)).toMatchObject({
      host: "Chat.example.com:8443",
      "x-forwarded-host": "Chat.example.com:8443",
      "x-forwarded-proto": "http",
    });
    expect(await forwarded(headers, { target: "/named" })).toMatchObject({
      host: "app.internal:8080",
      "x-forwarded-host": "Chat.example.com:8443",
    });
  });

  it("the host in the request line where one stands there, because that is the one routes look at", async () => {
    const answer = await rawRequest(
      gateway.port,
      handshakeBytes("http://Line.example:81/x", { Host: "field.example" }),
    );
    expect(answer.status).toBe(101);
    const { url, headers } = backend.requests.at(-1)!;
    expect(url).toBe("/x");
    expect(headers).toMatchObject({ host: "line.example", "x-forwarded-host": "line.example" });
  });

  it("which request it is: the client's id, or a new one", async () => {
    expect((await forwarded({ "X-Request-Id": "of-the-client" }))["x-request-id"]).toBe("of-the-client");
    const [first, second] = [await forwarded({}), await forwarded({})].map(
      (fields) => fields["x-request-id"],
    );
    expect(first).toMatch(/^\d+-[0-9a-f]{10}-\d+$/);
    expect(second).not.toBe(first);
  });
});

describe("what a client claims about protocol and host", () => {
  const claims = { "X-Forwarded-Proto": "https", "X-Forwarded-Host": "claimed.example" };

  it("is overwritten", async () => {
    expect(await forwarded({ ...claims, Host: "asked.example" })).toMatchObject({
      "x-forwarded-proto": "http",
      "x-forwarded-host": "asked.example",
    });
  });

  it("is believed from an address in trusted.conf, where it claims anything", async () => {
    expect(await forwarded(claims, { from: TRUSTED })).toMatchObject({
      "x-forwarded-proto": "https",
      "x-forwarded-host": "claimed.example",
    });
    expect(await forwarded({ Host: "asked.example" }, { from: TRUSTED })).toMatchObject({
      "x-forwarded-proto": "http",
      "x-forwarded-host": "asked.example",
    });
  });
});

describe("fields for one hop", () => {
  it.each(["Proxy-Connection", "Keep-Alive", "TE", "Trailer", "Proxy-Authorization"])(
    "%s stays here",
    async (name) => {
      const answer = await rawRequest(gateway.port, handshakeBytes("/", { [name]: "something" }));
      expect(answer.status).toBe(101);
      expect(backend.requests.at(-1)!.headers).not.toHaveProperty(name.toLowerCase());
    },
  );

  it("stay here where Connection names them, in any case and on several lines", async () => {
    const bytes = handshakeBytes("/", {
      Connection: "Upgrade, X-Hop",
      "X-Hop": "1",
      "X-Other-Hop": "2",
      "X-End": "3",
    }).replace("X-End", "Connection: x-OTHER-hop ,\r\nX-End");
    expect((await rawRequest(gateway.port, bytes)).status).toBe(101);
    const { headers } = backend.requests.at(-1)!;
    expect(headers).not.toHaveProperty("x-hop");
    expect(headers).not.toHaveProperty("x-other-hop");
    expect(headers).toMatchObject({ "x-end": "3", connection: "upgrade" });
  });

  it("are never those that say who asks and how it was forwarded", async () => {
    const kept = {
      Cookie: "sid=1",
      Authorization: "Bearer x",
      Origin: "https://app.example",
      "X-Forwarded-For": "203.0.113.7",
      "X-Real-IP": "203.0.113.7",
      "X-Request-Id": "kept",
    };
    const Connection = ["Upgrade", "Host", "Sec-WebSocket-Key", ...Object.keys(kept)].join(", ");
    expect((await rawRequest(gateway.port, handshakeBytes("/", { ...kept, Connection }))).status).toBe(101);
    expect(backend.requests.at(-1)!.headers).toMatchObject({
      host: "127.0.0.1",
      cookie: "sid=1",
      authorization: "Bearer x",
      origin: "https://app.example",
      "x-forwarded-for": `203.0.113.7, ${CLIENT}`,
      "x-real-ip": "203.0.113.7",
      "x-request-id": "kept",
    });
  });
});

describe("the fields of the WebSocket", () => {
  it("and Origin reach the backend byte for byte", async () => {
    const sent: Readonly<Record<string, string>> = {
      Origin: "HTTPS://App.Example:8443",
      "Sec-WebSocket-Key": "AQIDBAUGBwgJCgsMDQ4PEA==",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Protocol": "a ,b,  C",
      "Sec-WebSocket-Extensions": 'permessage-deflate; client_max_window_bits, x-own; q="a,b"',
      "Sec-WebSocket-Future": "caf\u00e9 = 1",
    };
    await rawRequest(gateway.port, handshakeBytes("/", sent));
    const { rawHeaders } = backend.requests.at(-1)!;
    for (const [name, value] of Object.entries(sent)) {
      expect(rawHeaders[rawHeaders.indexOf(name) + 1]).toBe(value);
    }
  });
});

describe("behind a load balancer", () => {
  it("that sends X-Forwarded-For, the client is the one it names", async () => {
    const claims = { "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https" };
    const headers = await forwarded(claims, { from: LOAD_BALANCER, port: recipes.realIp });
    expect(headers).toMatchObject({
      "x-forwarded-for": "203.0.113.7, 203.0.113.7",
      "x-forwarded-proto": "https",
    });
  });

  it("that is not the load balancer, nothing is believed", async () => {
    const claims = { "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https" };
    const headers = await forwarded(claims, { from: CLIENT, port: recipes.realIp });
    expect(headers).toMatchObject({
      "x-forwarded-for": `203.0.113.7, ${CLIENT}`,
      "x-forwarded-proto": "http",
    });
  });

  it("that speaks the PROXY protocol, the client is the one it names", async () => {
    const hello = "PROXY TCP4 203.0.113.9 192.0.2.1 40000 443\r\n";
    const answer = await rawRequest(recipes.proxyProtocol, hello + handshakeBytes("/"));
    expect(answer.status).toBe(101);
    expect(backend.requests.at(-1)!.headers["x-forwarded-for"]).toBe("203.0.113.9");
  });

  it("without the PROXY line, a connection to that listener gets nothing", async () => {
    const seen = backend.requests.length;
    expect((await rawRequest(recipes.proxyProtocol, handshakeBytes("/"))).status).toBe(0);
    expect(backend.requests).toHaveLength(seen);
  });
});
