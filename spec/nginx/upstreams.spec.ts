import path from "node:path";
import { readUpstream, whenNothingIsCounted } from "../support/admin";
import { startBackend } from "../support/backend";
import type { Backend, BackendOptions } from "../support/backend";
import { Client, connect, connectRefused, open } from "../support/client";
import type { Refusal } from "../support/client";
import { IN_ORDER, routedByName } from "../support/documents";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { temporaryFolder } from "../support/temporary-folder";
import { waitFor } from "../support/wait-for";

/** A backend that says its name in the 101. */
function startNamed(name: string, options: BackendOptions = {}): Promise<Backend> {
  return startBackend({ ...options, headers: [`Backend: ${name}`] });
}

function servedBy(client: Client): string {
  return String(client.response.headers["backend"]);
}

let gateway: Gateway;
let backends: Record<"a" | "b" | "c", Backend>;

async function namesOf(target: string, count: number): Promise<string[]> {
  const names: string[] = [];
  for (let nth = 0; nth < count; nth += 1) names.push(servedBy(await connect(gateway.url(target))));
  return names;
}

/** The Host header that reaches the backend. */
async function hostSeenBy(backend: Backend, target: string, host: string): Promise<string | undefined> {
  await connect(gateway.url(target), { headers: { host } });
  return backend.requests.at(-1)?.headers.host;
}

function upstreams(address: { v6: string; unix: string }): Record<string, object> {
  const [a, b, c] = [backends.a.address, backends.b.address, backends.c.address];
  const idle = [
    { id: "weightless", address: b, weight: 0 },
    { id: "draining", address: b, state: "drain" },
    { id: "in-maintenance", address: b, state: "maint" },
  ];
  return {
    weighted: {
      balancer: IN_ORDER,
      peers: [
        { id: "a", address: a, weight: 5 },
        { id: "b", address: b },
        { id: "c", address: c },
      ],
    },
    kinds: {
      balancer: IN_ORDER,
      peers: [{ address: a }, { address: address.v6 }, { address: address.unix }],
    },
    spare: {
      balancer: IN_ORDER,
      peers: [
        { id: "spare", address: b, backup: true },
        { id: "main", address: a, max_conns: 1 },
      ],
    },
    unreachable: {
      balancer: IN_ORDER,
      peers: [{ address: "127.0.0.1:1" }, { address: b, backup: true }],
    },
    "one-ready": { balancer: IN_ORDER, peers: [...idle, { id: "a", address: a }] },
    "none-ready": { peers: idle },
    "no-peers": { peers: [] },
    fixed: { host_header: "chat.internal", peers: [{ address: a }] },
    template: { host_header: "$arg_tenant.$host", peers: [{ address: a }] },
  };
}

beforeAll(async () => {
  const socketPath = path.join(temporaryFolder(), "backend.sock");
  backends = { a: await startNamed("a"), b: await startNamed("b"), c: await startNamed("c") };
  const v6 = (await startNamed("v6", { host: "::1" })).address;
  const unix = (await startNamed("unix", { socketPath })).address;
  gateway = await startGateway({ config: routedByName(upstreams({ v6, unix })) });
});

afterEach(() => whenNothingIsCounted(gateway));

describe("an upstream", () => {
  it("spreads sessions over its peers by smooth weighted round robin", async () => {
    expect((await namesOf("/weighted/", 14)).join(" ")).toBe("a a b a c a a a a b a c a a");
  });

  it("reaches peers over IPv4, IPv6 and unix sockets", async () => {
    expect(await namesOf("/kinds/", 4)).toEqual(["a", "v6", "unix", "a"]);
  });

  it("gives a backup sessions only while no other peer can take them", async () => {
    const first = await connect(gateway.url("/spare/"));
    expect(servedBy(first)).toBe("a");
    expect(await namesOf("/spare/", 2)).toEqual(["b", "b"]);
    await first.close();
    await waitFor(async () => (await readUpstream(gateway, "spare")).active === 2);
    expect(await namesOf("/spare/", 2)).toEqual(["a", "b"]);
  });

  it("turns to a backup when no other peer could be reached", async () => {
    expect(await namesOf("/unreachable/", 2)).toEqual(["b", "b"]);
  });

  it("sends nobody to peers of weight 0, in drain or in maintenance", async () => {
    expect(await namesOf("/one-ready/", 6)).toEqual(["a", "a", "a", "a", "a", "a"]);
  });

  it.each(["none-ready", "no-peers"])("answers 503 where nobody can be sent anywhere: %s", async (name) => {
    const { status, headers, body } = await connectRefused(gateway.url(`/${name}/`));
    expect(status).toBe(503);
    expect(headers["switchboard-error"]).toBe("no_live_peer");
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    expect(JSON.parse(body)).toMatchObject({ error: { code: "no_live_peer" } });
  });

  it("says in the Host header what its template makes of the request", async () => {
    expect(await hostSeenBy(backends.a, "/fixed/", "Shop.example:81")).toBe("chat.internal");
    expect(await hostSeenBy(backends.a, "/template/?tenant=t1", "Shop.example:81")).toBe("t1.shop.example");
    expect(await hostSeenBy(backends.a, "/one-ready/", "Shop.example:81")).toBe("Shop.example:81");
  });
});

describe("max_conns", () => {
  const LIMIT = 10;
  let limited: Gateway;

  beforeAll(async () => {
    const peers = [{ id: "a", address: backends.a.address, max_conns: LIMIT }];
    limited = await startGateway({ config: routedByName({ limited: { peers } }), workers: 2 });
  });

  async function rush(count: number): Promise<{ clients: Client[]; refusals: Refusal[] }> {
    const outcomes = await Promise.all(Array.from({ length: count }, () => open(limited.url("/limited/"))));
    const clients = outcomes.filter((outcome) => outcome instanceof Client);
    const refusals = outcomes.filter((outcome): outcome is Refusal => !(outcome instanceof Client));
    return { clients, refusals };
  }

  it("is what all workers together keep to, however many come at once", async () => {
    const { clients, refusals } = await rush(50);
    expect(clients).toHaveLength(LIMIT);
    expect(backends.a.connections.size).toBe(LIMIT);
    for (const { status, headers } of refusals) {
      expect(status).toBe(503);
      expect(headers["switchboard-error"]).toBe("no_live_peer");
      expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    }

    for (const client of clients.slice(0, 3)) await client.close();
    await waitFor(async () => (await readUpstream(limited, "limited")).active === LIMIT - 3);
    expect((await rush(20)).clients).toHaveLength(3);
    expect((await readUpstream(limited, "limited")).active).toBe(LIMIT);
  });

  afterAll(() => whenNothingIsCounted(limited));
});
