import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { WebSocket } from "ws";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { whenNothingIsCounted } from "../support/admin";
import { startBackend, type Backend } from "../support/backend";
import { makeCertificates, type Certificates } from "../support/certificates";
import { connect } from "../support/client";
import { freePort } from "../support/free-port";
import { startGateway, type Gateway } from "../support/gateway";

const MB = 1 << 20;

let gateway: Gateway;
let certificates: Certificates;
let tlsPort: number;
let secure: Backend;

beforeAll(async () => {
  certificates = makeCertificates(["backend.example", "127.0.0.1"]);
  tlsPort = await freePort();
  const tls = { key: certificates.keyText, cert: certificates.certText };
  const echo = { reply: (text: string): string => text, isDeflating: true };
  const plain = await startBackend(echo);
  secure = await startBackend({ ...echo, tls });
  gateway = await startGateway({
    config: {
      upstreams: {
        plain: { peers: [{ address: plain.address }] },
        secure: { peers: [{ address: secure.address }], tls: { server_name: "backend.example" } },
      },
      routes: [
        { id: "plain", path: "/plain/*", upstream: "plain", mode: "relay" },
        { id: "moving", path: "/moving/*", upstream: "plain", mode: "relay", on_drain: "move" },
        { id: "secure", path: "/secure/*", upstream: "secure", mode: "relay" },
      ],
    },
    files: trust(certificates.ca),
    serverExtra: `listen 127.0.0.1:${tlsPort} ssl; ssl_certificate ${certificates.cert}; ssl_certificate_key ${certificates.key};`,
  });
});

afterEach(() => whenNothingIsCounted(gateway));

/** The shipped snippet with the one change that it asks for. */
function trust(caFile: string): Record<string, string> {
  const snippet = "switchboard/probe-tls.conf";
  const shipped = readFileSync(path.join(PACKAGE_ROOT, "nginx", snippet), "utf8");
  return { [`conf/${snippet}`]: shipped.replace("/etc/ssl/certs/ca-certificates.crt", caFile) };
}

describe("TLS in relay mode", () => {
  it.each(["plain", "secure"])(
    "takes 1 MB both ways from a wss client, to a %s backend",
    async (upstream) => {
      const client = await connect(`wss://127.0.0.1:${tlsPort}/${upstream}/`, { ca: certificates.caText });
      const text = randomBytes(MB / 2).toString("hex");
      expect((await client.ask(text)) === text).toBe(true);
      expect(await client.ask("after it")).toBe("after it");
      expect((await client.close(1000)).code).toBe(1000);
    },
  );

  it("tells a wss client of the end of its backend with a code", async () => {
    const client = await connect(`wss://127.0.0.1:${tlsPort}/secure/`, { ca: certificates.caText });
    await client.ask("Hello");
    for (const socket of secure.connections) socket.terminate();
    expect((await client.nextClose()).code).toBe(1011);
  });
});

describe("permessage-deflate", () => {
  it.each([
    ["plain", false],
    ["moving", true],
  ])("passes; on the route %s the client starts anew with each message: %s", async (route, isAnew) => {
    const client = await connect(gateway.url(`/${route}/`), { perMessageDeflate: { threshold: 0 } });
    const agreed = String(client.response.headers["sec-websocket-extensions"]);
    expect(agreed).toContain("permessage-deflate");
    expect(agreed.includes("client_no_context_takeover")).toBe(isAnew);
    expect(client.socket.extensions).toContain("permessage-deflate");
    for (const text of ["a".repeat(1000), "a".repeat(1000), randomBytes(200_000).toString("hex")])
      expect((await client.ask(text)) === text).toBe(true);
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
    await client.close();
  });
});
