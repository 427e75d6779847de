import { readFileSync } from "node:fs";
import path from "node:path";
import type { TLSSocket } from "node:tls";
import { PACKAGE_ROOT } from "../../src/cli/package-root";
import { whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { makeCertificates } from "../support/certificates";
import type { Certificates } from "../support/certificates";
import { connect, connectRefused } from "../support/client";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { documentBlock, substitute } from "../support/readme";

/** What nginx says of a peer that it does not trust or that does not speak TLS. */
const TLS_REFUSALS = [/SSL_do_handshake\(\) failed/];

/** The shipped snippet with the one change that its first line asks for. */
function trust(caFile: string): Record<string, string> {
  const snippet = "switchboard/tls.conf";
  const shipped = readFileSync(path.join(PACKAGE_ROOT, "nginx", snippet), "utf8");
  const changed = shipped.replace("/etc/ssl/certs/ca-certificates.crt", caFile);
  if (changed === shipped) throw new Error(`no CA file in ${snippet}`);
  return { [`conf/${snippet}`]: changed };
}

function startTlsBackend({ keyText, certText }: Certificates): Promise<Backend> {
  return startBackend({ tls: { key: keyText, cert: certText } });
}

/** The name the peer was asked for, or `false`. */
function sniOf(backend: Backend): string | false | null {
  return (backend.requests.at(-1)!.socket as TLSSocket).servername;
}

describe("a TLS listener", () => {
  it("takes wss beside ws, and tells the backend so", async () => {
    const certificates = makeCertificates();
    const backend = await startBackend();
    const [plainPort, tlsPort] = [await freePort(), await freePort()];
    const example = substitute(documentBlock("docs/handshake.md", "TLS", "nginx"), {
      "listen 80 reuseport": `listen 127.0.0.1:${plainPort} reuseport`,
      "listen 443 ssl reuseport": `listen 127.0.0.1:${tlsPort} ssl reuseport`,
      "/etc/ssl/chat.crt": certificates.cert,
      "/etc/ssl/private/chat.key": certificates.key,
    });
    await startGateway({
      config: {
        upstreams: { app: { peers: [{ address: backend.address }] } },
        routes: [{ id: "all", path: "/*", upstream: "app" }],
      },
      httpExtra: example,
    });
    const secure = await connect(`wss://127.0.0.1:${tlsPort}/`, { ca: certificates.caText });
    expect(await secure.ask("Hello")).toBe("Server received from client: Hello");
    expect(backend.requests.at(-1)!.headers["x-forwarded-proto"]).toBe("https");
    await connect(`ws://127.0.0.1:${plainPort}/`);
    expect(backend.requests.at(-1)!.headers["x-forwarded-proto"]).toBe("http");
  });
});

describe("peers that speak TLS", () => {
  let gateway: Gateway;
  let trusted: Backend;
  let stranger: Backend;
  let plain: Backend;

  beforeAll(async () => {
    const certificates = makeCertificates(["backend.example", "127.0.0.1"]);
    trusted = await startTlsBackend(certificates);
    stranger = await startTlsBackend(makeCertificates(["backend.example"]));
    plain = await startBackend();
    const peers = (backend: Backend) => ({ peers: [{ address: backend.address }] });
    const upstreams = {
      by_host: { ...peers(trusted), tls: true, host_header: "backend.example" },
      by_client_host: { ...peers(trusted), tls: true },
      by_name: { ...peers(trusted), tls: { server_name: "backend.example" } },
      other_name: {
        ...peers(trusted),
        tls: { server_name: "other.example" },
        host_header: "backend.example",
      },
      stranger: { ...peers(stranger), tls: { server_name: "backend.example" } },
      not_tls: { ...peers(plain), tls: { server_name: "backend.example" } },
    };
    gateway = await startGateway({
      config: {
        upstreams,
        routes: Object.keys(upstreams).map((name) => ({ id: name, path: `/${name}`, upstream: name })),
      },
      files: trust(certificates.ca),
      allowedErrors: TLS_REFUSALS,
    });
  });

  it("are asked for the name in host_header, which is also the Host they get", async () => {
    const client = await connect(gateway.url("/by_host"));
    expect(await client.ask("Hello")).toBe("Server received from client: Hello");
    expect(sniOf(trusted)).toBe("backend.example");
    expect(trusted.requests.at(-1)!.headers).toMatchObject({
      host: "backend.example",
      "x-forwarded-host": `127.0.0.1:${gateway.port}`,
    });
  });

  it("are asked for the client's Host where the config names nothing, without its port and in lower case", async () => {
    await connect(gateway.url("/by_client_host"), { headers: { Host: "Backend.Example:443" } });
    expect(sniOf(trusted)).toBe("backend.example");
    expect(trusted.requests.at(-1)!.headers.host).toBe("Backend.Example:443");
  });

  it("are asked for tls.server_name, whatever their Host is", async () => {
    await connect(gateway.url("/by_name"), { headers: { Host: "chat.example.com" } });
    expect(sniOf(trusted)).toBe("backend.example");
    expect(trusted.requests.at(-1)!.headers.host).toBe("chat.example.com");
  });

  it.each([
    ["whose certificate is for another name", "other_name"],
    [
      "whose certificate is for the address they are asked for by, which nginx does not verify",
      "by_client_host",
    ],
    ["whose certificate another CA signed", "stranger"],
    ["that do not speak TLS", "not_tls"],
  ])("%s are a bad upstream", async (_what, name) => {
    const seen = [trusted, stranger, plain].map(({ requests }) => requests.length);
    const refusal = await connectRefused(gateway.url(`/${name}`));
    expect(refusal.status).toBe(502);
    expect(refusal.headers["switchboard-error"]).toBe("bad_upstream");
    expect([trusted, stranger, plain].map(({ requests }) => requests.length)).toEqual(seen);
    await whenNothingIsCounted(gateway);
  });
});

describe("the shipped tls.conf", () => {
  it("refuses a peer whose certificate no public CA has signed", async () => {
    const backend = await startTlsBackend(makeCertificates(["backend.example"]));
    const gateway = await startGateway({
      config: {
        upstreams: {
          app: { peers: [{ address: backend.address }], tls: { server_name: "backend.example" } },
        },
        routes: [{ id: "all", path: "/*", upstream: "app" }],
      },
      allowedErrors: TLS_REFUSALS,
    });
    expect((await connectRefused(gateway.url())).headers["switchboard-error"]).toBe("bad_upstream");
    expect(backend.requests).toEqual([]);
    expect(gateway.errorLog()).toContain("upstream SSL certificate verify error");
  });
});
