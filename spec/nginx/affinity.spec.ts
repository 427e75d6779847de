import { startTellingBackend, tokenOf, visit } from "../support/affinity";
import type { Visit, VisitOptions } from "../support/affinity";
import { adminRequest } from "../support/admin-request";
import type { Backend } from "../support/backend";
import { startBackend } from "../support/backend";
import { makeCertificates } from "../support/certificates";
import { connect } from "../support/client";
import { IN_ORDER, routedByName } from "../support/documents";
import { freePort } from "../support/free-port";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { closeAtOnce, startRawBackend } from "../support/raw-backend";
import { serverBlock } from "../support/server-block";
import { waitFor } from "../support/wait-for";

const SECRET = "a-secret-of-both-gateways";
const ENV = { SWITCHBOARD_AFFINITY_SECRET: SECRET };
const THEIRS = ["own=1; Path=/", "sb=theirs", "own2=a, b; Expires=Thu, 01 Jan 2099 00:00:00 GMT"];
const ATTRIBUTES = "; Path=/; HttpOnly; SameSite=Lax";

let backends: Record<"a" | "b", Backend>;

beforeAll(async () => {
  backends = { a: await startTellingBackend("a"), b: await startTellingBackend("b") };
});

function peers(fieldsOfA: object = {}): object[] {
  return [
    { id: "a", address: backends.a.address, ...fieldsOfA },
    { id: "b", address: backends.b.address },
  ];
}

/** The cookie of a client that is bound to the peer. */
function cookieOf(peer: string, upstream = "chat"): string {
  return `sb=${tokenOf(SECRET, upstream, peer)}`;
}

/** An upstream of a and b with affinity, in which a session that is bound nowhere goes to a first. */
function bound(fields: object = {}, affinity: object = {}): object {
  return { balancer: IN_ORDER, peers: peers(), affinity, ...fields };
}

async function visits(count: number, visitOnce: () => Promise<Visit>): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) seen.push((await visitOnce()).backend);
  return seen;
}

describe("a client", () => {
  let gateways: Gateway[];
  let cookies: Backend;

  beforeAll(async () => {
    cookies = await startBackend({
      headers: THEIRS.map((cookie) => `Set-Cookie: ${cookie}`),
      onHttp: (_request, response) => response.setHeader("Set-Cookie", THEIRS).end("plain"),
    });
    const one = await startBackend({ headers: ["Set-Cookie: own=1"] });
    const dead = await startRawBackend(closeAtOnce);
    const config = routedByName({
      chat: bound(),
      other: bound(),
      free: { balancer: IN_ORDER, peers: peers() },
      renewed: bound({}, { max_age: "1h", path: "/renewed", http_only: false, same_site: "Strict" }),
      prefixed: bound({}, { name: "__Host-SB.1" }),
      cookies: bound({ peers: [{ id: "a", address: cookies.address }] }),
      one: bound({ peers: [{ id: "a", address: one.address }] }),
      dead: bound({ peers: [{ id: "a", address: dead.address }] }),
      nobody: bound({ peers: [] }),
      refusing: bound({ peers: peers({ address: `127.0.0.1:${await freePort()}` }) }),
      strict: bound(
        { peers: [...peers({ state: "maint" }), { id: "c", address: dead.address }] },
        { strict: true },
      ),
    });
    const alone = await startGateway({ config, env: ENV });
    gateways = [alone, await startGateway({ config, env: ENV, workers: 2 })];
  });

  it.each([
    ["of a handshake", false],
    ["of a plain request", true],
  ])(
    "%s gets a cookie that leads back to its peer, in all workers and on all gateways",
    async (_kind, isPlain) => {
      for (const name of ["a", "b"]) {
        const first = await waitFor(async () => {
          const found = await visit(gateways[0]!, "/chat/", { isPlain });
          return found.backend === name && found;
        });
        expect(first.setCookies).toEqual([cookieOf(name) + ATTRIBUTES]);
        const cookie = first.setCookies[0]!.split(";")[0]!;
        for (const gateway of [gateways[0]!, gateways[1]!, gateways[1]!, gateways[1]!, gateways[1]!]) {
          for (const kind of [false, true]) {
            const again = await visit(gateway, "/chat/", { cookie: `x=1; ${cookie}; y=2`, isPlain: kind });
            expect([again.status, again.backend, again.setCookies]).toEqual([kind ? 200 : 101, name, []]);
          }
        }
      }
    },
  );

  it.each<[string, () => VisitOptions]>([
    ["that is forged", () => ({ cookie: `sb=${"A".repeat(22)}` })],
    ["of another secret", () => ({ cookie: `sb=${tokenOf("another-secret-of-16+", "chat", "b")}` })],
    ["of another upstream", () => ({ cookie: cookieOf("b", "other") })],
    ["of a peer that there is not", () => ({ cookie: cookieOf("z") })],
    ["that is too long", () => ({ cookie: `sb=${"x".repeat(6000)}` })],
    ["that is empty", () => ({ cookie: "sb=" })],
    ["that has no value", () => ({ cookie: "sb" })],
    ["in quotes", () => ({ cookie: `sb="${tokenOf(SECRET, "chat", "b")}"` })],
    ["in capitals", () => ({ cookie: cookieOf("b").toUpperCase().replace("SB", "sb") })],
    ["of bytes that are no text", () => ({ cookie: "sb=\x80\xff%00" })],
  ])("with a cookie %s goes where anyone goes", async (_what, options) => {
    const [gateway] = gateways;
    const seen = [];
    for (const _ of [1, 2]) {
      const { status, backend, setCookies } = await visit(gateway!, "/chat/", options());
      expect([status, setCookies]).toEqual([101, [cookieOf(backend) + ATTRIBUTES]]);
      seen.push(backend);
    }
    expect(seen.sort()).toEqual(["a", "b"]);
  });

  it("with several cookies of the name is bound by the first that is valid", async () => {
    for (const cookie of [
      `sb=stale; ${cookieOf("b")}; ${cookieOf("a")}`,
      `SB=its-own; ${cookieOf("b")}`,
      `${cookieOf("b")}; ${cookieOf("a")}`,
    ]) {
      for (const _ of [1, 2, 3]) {
        const { backend, setCookies } = await visit(gateways[0]!, "/chat/", { cookie });
        expect([backend, setCookies]).toEqual(["b", []]);
      }
    }
  });

  it("keeps the cookies of the backend, in their order, with that of the gateway behind them", async () => {
    const own = cookieOf("a", "cookies") + ATTRIBUTES;
    for (const isPlain of [false, true]) {
      expect((await visit(gateways[0]!, "/cookies/", { isPlain })).setCookies).toEqual([...THEIRS, own]);
    }
    const { setCookies } = await visit(gateways[0]!, "/cookies/", { cookie: cookieOf("a", "cookies") });
    expect(setCookies).toEqual(THEIRS);
    expect((await visit(gateways[0]!, "/one/")).setCookies).toEqual([
      "own=1",
      cookieOf("a", "one") + ATTRIBUTES,
    ]);
  });

  it("gets a cookie that expires with every answer, with the attributes of the config", async () => {
    const expected = `${cookieOf("a", "renewed")}; Path=/renewed; Max-Age=3600; SameSite=Strict`;
    for (const isPlain of [false, true]) {
      const answer = await visit(gateways[0]!, "/renewed/", { cookie: cookieOf("a", "renewed"), isPlain });
      expect([answer.backend, answer.setCookies]).toEqual(["a", [expected]]);
    }
  });

  it("can have a cookie whose name nginx has no variable for", async () => {
    const cookie = `__Host-SB.1=${tokenOf(SECRET, "prefixed", "b")}`;
    for (const _ of [1, 2]) {
      const { backend, setCookies } = await visit(gateways[0]!, "/prefixed/", { cookie });
      expect([backend, setCookies]).toEqual(["b", []]);
    }
    const [given] = (await visit(gateways[0]!, "/prefixed/")).setCookies;
    expect(given).toMatch(/^__Host-SB\.1=.{22}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  });

  it("gets no cookie with an error of the gateway, nor from an upstream without affinity", async () => {
    const answers = [];
    for (const name of ["nobody", "dead", "free", "nowhere"])
      answers.push(await visit(gateways[0]!, `/${name}/`, { isPlain: true }));
    expect(answers.map(({ status }) => status)).toEqual([503, 502, 200, 404]);
    expect(answers.flatMap(({ setCookies }) => setCookies)).toEqual([]);
  });

  it("whose peer cannot be connected to goes to another one, and is bound there", async () => {
    const toB = cookieOf("b", "refusing");
    for (const isPlain of [false, true]) {
      const options = { cookie: cookieOf("a", "refusing"), isPlain };
      const { backend, setCookies } = await visit(gateways[1]!, "/refusing/", options);
      expect([backend, setCookies]).toEqual(["b", [toB + ATTRIBUTES]]);
      expect((await visit(gateways[1]!, "/refusing/", { cookie: toB, isPlain })).setCookies).toEqual([]);
    }
  });

  it("that belongs to a peer it may not go to is refused where affinity is strict", async () => {
    const refused = await visit(gateways[0]!, "/strict/", { cookie: cookieOf("a", "strict") });
    expect([refused.status, refused.headers["switchboard-error"]]).toEqual([503, "no_live_peer"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(refused.setCookies).toEqual([]);
    const failed = await visit(gateways[0]!, "/strict/", { cookie: cookieOf("c", "strict") });
    expect([failed.status, failed.headers["switchboard-error"], failed.setCookies]).toEqual([
      502,
      "bad_upstream",
      [],
    ]);
    for (const cookie of [cookieOf("b", "strict"), "sb=stale", cookieOf("z", "strict")])
      expect((await visit(gateways[0]!, "/strict/", { cookie })).backend).toBe("b");
  });
});

describe("a client that is bound to a peer", () => {
  const PEERS = "/v1/upstreams/chat/peers";
  const toA = { cookie: cookieOf("a") };
  let gateway: Gateway;

  beforeEach(async () => {
    gateway = await startGateway({
      config: routedByName({ chat: bound() }),
      env: ENV,
      workers: 2,
    });
  });

  async function change(method: string, target: string, body?: object): Promise<void> {
    const answered = await adminRequest(gateway, method, target, { body });
    expect(answered.status).toBeLessThan(300);
    const isInForce = async (): Promise<boolean> =>
      (await adminRequest(gateway, "PATCH", `${PEERS}/b`, { body: { weight: 1 } })).status === 200;
    if (answered.status === 202) await waitFor(isInForce, { what: "the change to be in force" });
  }

  /** It is on b now, and has been told so. */
  async function expectRebound(): Promise<void> {
    for (const isPlain of [false, true]) {
      const { backend, setCookies } = await visit(gateway, "/chat/", { ...toA, isPlain });
      expect([backend, setCookies]).toEqual(["b", [cookieOf("b") + ATTRIBUTES]]);
    }
  }

  it("reaches it while it drains or has no weight, and nobody else does", async () => {
    await change("POST", `${PEERS}/a/drain`, {});
    expect(await visits(4, () => visit(gateway, "/chat/", toA))).toEqual(["a", "a", "a", "a"]);
    expect(await visits(4, () => visit(gateway, "/chat/"))).toEqual(["b", "b", "b", "b"]);
    await change("POST", `${PEERS}/a/ready`);
    await change("PATCH", `${PEERS}/a`, { weight: 0 });
    expect(await visits(4, () => visit(gateway, "/chat/", toA))).toEqual(["a", "a", "a", "a"]);
    expect(await visits(4, () => visit(gateway, "/chat/"))).toEqual(["b", "b", "b", "b"]);
  });

  it("goes to another one while it is in maintenance, and when it is removed", async () => {
    await change("POST", `${PEERS}/a/maint`);
    await expectRebound();
    await change("POST", `${PEERS}/a/ready`);
    expect((await visit(gateway, "/chat/", toA)).backend).toBe("a");
    await change("DELETE", `${PEERS}/a`);
    await expectRebound();
  });

  it("goes to another one while it is full", async () => {
    await change("PATCH", `${PEERS}/a`, { max_conns: 1 });
    const client = await connect(gateway.url("/chat/"), { headers: { Cookie: toA.cookie } });
    expect(client.response.headers["backend"]).toBe("a");
    await expectRebound();
    await client.close();
    await waitFor(async () => (await visit(gateway, "/chat/", toA)).backend === "a");
  });
});

describe("Secure", () => {
  let gateway: Gateway;
  let tlsPort: number;
  let ca: string;
  const TRUSTED = { "conf/switchboard/trusted.conf": "127.0.0.0/8 1;" };

  async function start(files: Record<string, string>): Promise<void> {
    const certificates = makeCertificates();
    ca = certificates.caText;
    tlsPort = await freePort();
    const tls = `ssl_certificate ${certificates.cert}; ssl_certificate_key ${certificates.key};`;
    gateway = await startGateway({
      config: routedByName({ chat: bound(), never: bound({}, { secure: "never" }) }),
      env: ENV,
      files,
      httpExtra: serverBlock(`127.0.0.1:${tlsPort} ssl`, tls),
    });
  }

  it("is said on TLS, and not without", async () => {
    await start({});
    const secure = await connect(`wss://127.0.0.1:${tlsPort}/chat/`, { ca });
    expect(secure.response.headers["set-cookie"]).toEqual([
      `${cookieOf("a")}; Path=/; HttpOnly; Secure; SameSite=Lax`,
    ]);
    const never = await connect(`wss://127.0.0.1:${tlsPort}/never/`, { ca });
    expect(never.response.headers["set-cookie"]![0]).not.toContain("Secure");
    const headers = { "X-Forwarded-Proto": "https" };
    expect((await visit(gateway, "/chat/", { headers })).setCookies[0]).not.toContain("Secure");
  });

  it("is said where a trusted load balancer says that the client speaks TLS", async () => {
    await start(TRUSTED);
    const headers = { "X-Forwarded-Proto": "https" };
    expect((await visit(gateway, "/chat/", { headers })).setCookies[0]).toContain("; Secure");
    expect((await visit(gateway, "/chat/")).setCookies[0]).not.toContain("Secure");
  });
});
