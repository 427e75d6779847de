import { readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { makeCertificates } from "../support/certificates";
import { connect } from "../support/client";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { acceptance } from "../support/half-websocket";
import {
  acceptWrongly,
  answer,
  drip,
  say,
  sayAndClose,
  startRawBackend,
  staySilent,
} from "../support/raw-backend";
import type { Behaviour, RawBackend } from "../support/raw-backend";
import { handshakeBytes, rawRequest } from "../support/raw-request";
import { waitFor } from "../support/wait-for";

const FIELDS = "Date: yesterday\r\nServer: own\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Own: c\r\n";
const DEFLATE = "permessage-deflate";
const DEFLATED = `Sec-WebSocket-Extensions: ${DEFLATE}; server_max_window_bits=10\r\n`;
const CHUNKED =
  "HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\nX-Own: c\r\n\r\n3\r\nno,\r\n4\r\n no!\r\n0\r\n\r\n";

/** What a peer does, where it is the upstream's only one. */
const ALONE: Readonly<Record<string, Behaviour>> = {
  wrong_accept: acceptWrongly,
  not_offered: (socket, head) => socket.write(acceptance(head, "Sec-WebSocket-Protocol: other\r\n")),
  own_extension: (socket, head) => socket.write(acceptance(head, "Sec-WebSocket-Extensions: x-frames\r\n")),
  silent: staySilent,
  drips: drip("HTTP/1.1 101", 40),
  unauthorised: answer(401, "who are you?"),
  unavailable: answer(503, "not now"),
  chunked: sayAndClose(CHUNKED),
  until_close: sayAndClose("HTTP/1.0 404 None\r\n\r\nnothing here"),
  broken_body: sayAndClose("HTTP/1.1 404 None\r\nContent-Length: 50\r\n\r\nnothing"),
  interim: (socket, head) =>
    socket.write(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${acceptance(head, FIELDS)}`),
  deflates: (socket, head) => socket.write(acceptance(head, DEFLATED)),
};

/** What the first peer does before another one takes the session. */
const FIRST: Readonly<Record<string, Behaviour>> = {
  then_refused: say(""),
  then_503: answer(503),
  then_wrong: acceptWrongly,
  then_silent: staySilent,
};

let gateway: Gateway;
let backend: Backend;
let slow: RawBackend;

beforeAll(async () => {
  backend = await startBackend({ headers: ["Set-Cookie: a=1", "Set-Cookie: b=2", "X-Own: c"] });
  const certificates = makeCertificates(["backend.example"]);
  const { keyText: key, certText: cert } = certificates;
  const secure = await startBackend({ tls: { key, cert } });
  slow = await startRawBackend((socket, head) => setTimeout(() => socket.write(acceptance(head)), 300));
  const upstreams: Record<string, object> = {
    app: { peers: [{ address: backend.address }], affinity: { type: "cookie", name: "sb" } },
    named: { peers: [{ address: backend.address }], host_header: "app.internal" },
    slow: { peers: [{ address: slow.address }] },
    secure: { peers: [{ address: secure.address }], tls: { server_name: "backend.example" } },
    stranger: { peers: [{ address: secure.address }], tls: { server_name: "other.example" } },
  };
  for (const [name, behaviour] of Object.entries(ALONE)) {
    const { address } = await startRawBackend(behaviour);
    upstreams[name] = { peers: [{ address }], handshake_timeout: "300ms" };
  }
  for (const [name, behaviour] of Object.entries(FIRST)) {
    const address =
      name === "then_refused" ? `127.0.0.1:${await freePort()}` : (await startRawBackend(behaviour)).address;
    upstreams[name] = {
      balancer: { type: "round_robin", start: 0 },
      peers: [
        { id: "bad", address },
        { id: "good", address: backend.address },
      ],
      handshake_timeout: "300ms",
    };
  }
  const modes = (["relay", "tunnel"] as const).flatMap((mode) =>
    Object.keys(upstreams).map((upstream) => ({
      id: `${mode}-${upstream}`,
      path: `/${mode}/${upstream}/*`,
      upstream,
      mode,
      ...(upstream === "named" ? { rewrite: "/re written/*" } : {}),
    })),
  );
  const moving = { id: "moving", path: "/moving", upstream: "deflates", mode: "relay", on_drain: "move" };
  gateway = await startGateway({
    config: { upstreams, routes: [...modes, moving] },
    files: trust(certificates.ca),
  });
});

afterEach(() => whenNothingIsCounted(gateway));

/** The shipped snippet with the one change that it asks for. */
function trust(caFile: string): Record<string, string> {
  const snippet = "switchboard/probe-tls.conf";
  const shipped = readFileSync(path.join(PACKAGE_ROOT, "nginx", snippet), "utf8");
  return { [`conf/${snippet}`]: shipped.replace("/etc/ssl/certs/ca-certificates.crt", caFile) };
}

const ask = (upstream: string, headers: Readonly<Record<string, string>> = {}, mode = "relay") =>
  rawRequest(gateway.port, handshakeBytes(`/${mode}/${upstream}/`, headers));

/** Of the fields that a backend or client gets, name and value; and what differs by nature in each request. */
function comparable(raw: readonly string[]): string[] {
  const fields: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index] !== "X-Request-Id") fields.push(`${raw[index]}: ${raw[index + 1]}`);
  }
  return fields;
}

describe("what goes on", () => {
  const sent = {
    Connection: "keep-alive, Upgrade, X-Hop",
    "X-Hop": "1",
    "x-Own": 'caf\u00e9 "x"',
    "X-own": "again",
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "Proxy-Authorization": "x",
    "Keep-Alive": "1",
    TE: "x",
    Trailer: "x",
    Expect: "nothing",
    Cookie: "a=b; c=d",
    "Sec-WebSocket-Protocol": "a ,b",
    "Sec-WebSocket-Extensions": `${DEFLATE}; client_max_window_bits`,
    "Switchboard-Resume": "forged",
    Origin: "https://app.example",
  };

  it.each(["app", "named"])(
    "to the peer is what goes on in tunnel mode, to upstream %s",
    async (upstream) => {
      const got: string[][] = [];
      for (const mode of ["tunnel", "relay"]) {
        const bytes = handshakeBytes(`/${mode}/${upstream}/x%20y%3F/z?q=%41&b`, sent);
        expect((await rawRequest(gateway.port, bytes)).status).toBe(101);
        const { rawHeaders, url } = backend.requests.at(-1)!;
        got.push([url!.replace(mode, ""), ...comparable(rawHeaders)]);
      }
      expect(got[1]).toEqual(got[0]);
      expect(got[1]!.length).toBeGreaterThan(10);
      expect(got[1]!.join()).not.toContain("forged");
    },
  );

  it("is permessage-deflate alone of the extensions that a client offers", async () => {
    const offered = `x-frames; a=1, ${DEFLATE}; client_max_window_bits=12, bbf-usp-protocol`;
    await ask("app", { "Sec-WebSocket-Extensions": offered });
    expect(backend.requests.at(-1)!.headers["sec-websocket-extensions"]).toBe(
      `${DEFLATE}; client_max_window_bits=12`,
    );
    await ask("app", { "Sec-WebSocket-Extensions": "x-frames; a=1" });
    expect(backend.requests.at(-1)!.headers).not.toHaveProperty("sec-websocket-extensions");
    // Nor may a peer agree to one of the others.
    expect((await ask("own_extension", { "Sec-WebSocket-Extensions": "x-frames" })).status).toBe(502);
  });

  it("to the client is what goes on in tunnel mode", async () => {
    const got: string[][] = [];
    for (const mode of ["tunnel", "relay"]) {
      const { raw } = await ask("app", { "Sec-WebSocket-Protocol": "a, b" }, mode);
      got.push(raw.split("\r\n").filter((line) => !line.startsWith("Date: ")));
    }
    expect(got[1]).toEqual(got[0]);
    expect(got[1]!.filter((line) => line.startsWith("Set-Cookie: "))).toHaveLength(3);
  });

  it("is none of what a peer says of itself or before its answer", async () => {
    const { status, headers } = await ask("interim");
    expect([status, headers["x-own"], headers["set-cookie"]]).toEqual([101, "c", "a=1, b=2"]);
    expect([headers.link, headers.server, headers.date === "yesterday"]).toEqual([undefined, "nginx", false]);
  });

  it("tells a client that may be moved to compress each message for itself", async () => {
    const offer = { "Sec-WebSocket-Extensions": DEFLATE };
    const moving = await rawRequest(gateway.port, handshakeBytes("/moving", offer));
    const agreed = `${DEFLATE}; server_max_window_bits=10`;
    expect(moving.headers["sec-websocket-extensions"]).toBe(`${agreed}; client_no_context_takeover`);
    expect((await ask("deflates", offer)).headers["sec-websocket-extensions"]).toBe(agreed);
  });
});

describe("a peer that does not take the session", () => {
  it.each(Object.keys(FIRST))("is followed by another one: %s", async (upstream) => {
    expect((await ask(upstream)).status).toBe(101);
    expect(backend.requests.at(-1)!.url).toBe(`/relay/${upstream}/`);
  });

  it.each([
    ["wrong_accept", 502, "bad_upstream"],
    ["not_offered", 502, "bad_upstream"],
    ["stranger", 502, "bad_upstream"],
    ["silent", 504, "handshake_timeout"],
    ["drips", 504, "handshake_timeout"],
  ])("and is the last one, %s, gives %i", async (upstream, status, code) => {
    const answered = await ask(upstream);
    expect([answered.status, answered.headers["switchboard-error"]]).toEqual([status, code]);
    expect(JSON.parse(answered.body)).toMatchObject({ error: { code } });
    expect(await outcomeOf(`/relay/${upstream}/`)).toBe(`gateway:${code}`);
  });

  it.each([
    ["unauthorised", 401, "who are you?"],
    ["unavailable", 503, "not now"],
    ["chunked", 403, "no, no!"],
    ["until_close", 404, "nothing here"],
  ])("but answers otherwise, %s, is heard by the client", async (upstream, status, body) => {
    const answered = await ask(upstream, { Connection: "Upgrade, close" });
    expect([answered.status, answered.body]).toEqual([status, body]);
    expect(answered.headers).not.toHaveProperty("switchboard-error");
    expect(await outcomeOf(`/relay/${upstream}/`)).toBe(`upstream:http_${status}`);
  });

  it("in the middle of its answer leaves the client with what there was", async () => {
    const answered = await ask("broken_body");
    expect([answered.status, answered.headers["content-length"], answered.body]).toEqual([
      404,
      "50",
      "nothing",
    ]);
  });
});

describe("a session in relay mode", () => {
  it("goes to a peer that speaks TLS and has the right name", async () => {
    expect((await ask("secure")).status).toBe(101);
  });

  it("loses nothing that its client said right behind the handshake", async () => {
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]).toString("latin1");
    const socket = net.connect(gateway.port, "127.0.0.1");
    let heard = "";
    socket.on("data", (chunk) => (heard += chunk.toString("latin1")));
    socket.write(handshakeBytes("/relay/app/") + frame, "latin1");
    await waitFor(() => heard.includes("Server received from client: hi"), { what: "the answer" });
    socket.destroy();
  });

  it("gives its slot back when its client left before the peer answered", async () => {
    const socket = net.connect(gateway.port, "127.0.0.1");
    socket.write(handshakeBytes("/relay/slow/"));
    await waitFor(() => slow.requestHeads.length === 1, { what: "the handshake at the peer" });
    socket.destroy();
    expect(await outcomeOf("/relay/slow/")).toBe("client:aborted");
    await waitFor(() => slow.connections.size === 0, { what: "the peer to be left" });
  });

  it("answers its client", async () => {
    const client = await connect(gateway.url("/relay/app/"), { perMessageDeflate: true });
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    await client.close();
  });

  it("is late without a word in the log", () => {
    expect(gateway.errorLog()).not.toContain("is late");
    expect(gateway.errorLog()).toContain("handshake timeout");
  });
});

async function outcomeOf(target: string): Promise<string> {
  const line = await waitFor(() => gateway.accessLog().find((entry) => entry.includes(`GET ${target} `)), {
    what: `the access log of ${target}`,
  });
  return (JSON.parse(line) as { outcome: string }).outcome;
}
