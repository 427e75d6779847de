import { readUpstream } from "../support/admin";
import type { PeerView } from "../support/admin";
import { adminRequest } from "../support/admin-request";
import { startBackend } from "../support/backend";
import type { Backend } from "../support/backend";
import { Client, connect, connectRefused, open } from "../support/client";
import { DnsServer, SERVFAIL } from "../support/dns-server";
import { IN_ORDER, routedByName } from "../support/documents";
import { startGateway } from "../support/gateway";
import type { Gateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";

/** Another one listens on the same port of 127.0.0.2, so that one name can lead to either. */
let one: Backend;
let dns: DnsServer;

beforeEach(async () => {
  dns = await DnsServer.start();
  one = await startBackend({ headers: ["Backend: one"] });
  await startBackend({ headers: ["Backend: two"], host: "127.0.0.2", port: one.port });
});

function servedBy(client: Client): string {
  return String(client.response.headers["backend"]);
}

/** A gateway in which each name is the only peer, `web`, of an upstream that is called like its first label. */
function startWith(...names: readonly string[]): Promise<Gateway> {
  const upstreams = names.map((name) => [
    name.split(".")[0]!,
    { balancer: IN_ORDER, peers: [{ id: "web", address: `${name}:${one.port}` }] },
  ]);
  return startGateway({ config: { resolver: resolver(), ...routedByName(Object.fromEntries(upstreams)) } });
}

function resolver(): object {
  return { addresses: [dns.address], ttl_min: "1s" };
}

async function peersOf(gateway: Gateway, upstream: string): Promise<readonly PeerView[]> {
  return (await readUpstream(gateway, upstream)).peers;
}

/** Waits until these are the live peers of an upstream. */
async function whenPeersAre(gateway: Gateway, upstream: string, ids: readonly string[]): Promise<void> {
  const wanted = ids.join(" ");
  const live = async (): Promise<string[]> =>
    (await peersOf(gateway, upstream)).filter(({ removed }) => !removed).map(({ id }) => id);
  await waitFor(async () => (await live()).join(" ") === wanted, {
    what: `the peers ${wanted}`,
  });
}

it("a name has no live peer before its first answer, and takes sessions soon after", async () => {
  const gateway = await startWith("new.test");
  const refusal = await connectRefused(gateway.url("/new/"));
  expect(refusal.status).toBe(503);
  expect(refusal.headers["switchboard-error"]).toBe("no_live_peer");
  dns.setAddresses("new.test", ["127.0.0.1"]);
  await waitFor(async () => (await open(gateway.url("/new/"))) instanceof Client);
});

it("each address of a name is a live peer of its own that shares the weight of the configured one", async () => {
  dns.setAddresses("pair.test", ["127.0.0.2", "127.0.0.1"]);
  const gateway = await startWith("pair.test");
  await whenPeersAre(gateway, "pair", ["web#127.0.0.1", "web#127.0.0.2"]);
  expect(await peersOf(gateway, "pair")).toMatchObject([
    { address: `127.0.0.1:${one.port}`, weight: 1, effective_weight: 0.5 },
    { address: `127.0.0.2:${one.port}`, weight: 1, effective_weight: 0.5 },
  ]);
  const served = [];
  for (let nth = 0; nth < 4; nth += 1) served.push(servedBy(await connect(gateway.url("/pair/"))));
  expect(served).toEqual(["one", "two", "one", "two"]);
});

it("the addresses of a name share its max_conns", async () => {
  dns.setAddresses("pair.test", ["127.0.0.1", "127.0.0.2"]);
  const peers = [{ id: "web", address: `pair.test:${one.port}`, max_conns: 3 }];
  const gateway = await startGateway({
    config: { resolver: resolver(), ...routedByName({ pair: { peers } }) },
  });
  await whenPeersAre(gateway, "pair", ["web#127.0.0.1", "web#127.0.0.2"]);
  for (let nth = 0; nth < 3; nth += 1) await connect(gateway.url("/pair/"));
  expect((await connectRefused(gateway.url("/pair/"))).status).toBe(503);
});

it("a name over IPv6 leads to its address", async () => {
  await startBackend({ headers: ["Backend: six"], host: "::1", port: one.port });
  dns.setAddresses("six.test", ["::1"]);
  const gateway = await startWith("six.test");
  await whenPeersAre(gateway, "six", ["web#::1"]);
  expect(servedBy(await connect(gateway.url("/six/")))).toBe("six");
});

it("a record that changes takes new sessions elsewhere after its TTL and leaves open ones alone", async () => {
  dns.setAddresses("moving.test", ["127.0.0.1"], 1);
  const gateway = await startWith("moving.test");
  await whenPeersAre(gateway, "moving", ["web#127.0.0.1"]);
  const early = await connect(gateway.url("/moving/"));
  expect(servedBy(early)).toBe("one");

  dns.setAddresses("moving.test", ["127.0.0.2"], 1);
  await whenPeersAre(gateway, "moving", ["web#127.0.0.2"]);
  expect(servedBy(await connect(gateway.url("/moving/")))).toBe("two");
  expect(await early.ask("Hello")).toBe("Server received from client: Hello");

  dns.setAddresses("moving.test", ["127.0.0.1"], 1);
  await whenPeersAre(gateway, "moving", ["web#127.0.0.1"]);
  expect((await peersOf(gateway, "moving"))[0]?.active).toBe(1);
  expect(early.isOpen).toBe(true);
});

it("a removal ends the sessions on addresses that the name has no more, at once or drained", async () => {
  dns.setAddresses("gone.test", ["127.0.0.1"], 1);
  const peers = [
    { id: "web", address: `gone.test:${one.port}` },
    { id: "other", address: one.address, weight: 0 },
  ];
  const gone = { peers, drain: { deadline: "100ms", spread: "100ms" } };
  const gateway = await startGateway({
    config: { resolver: resolver(), ...routedByName({ close: gone, drain: gone }) },
  });
  const ways = ["close", "drain"];
  const whenAt = async (address: string): Promise<void> => {
    for (const way of ways) await whenPeersAre(gateway, way, [`web#${address}`, "other"]);
  };
  await whenAt("127.0.0.1");
  const early = ways.map((way) => Promise.all([1, 2, 3, 4].map(() => connect(gateway.url(`/${way}/`)))));
  await Promise.all(early);
  dns.setAddresses("gone.test", ["127.0.0.2"], 1);
  await whenAt("127.0.0.2");
  for (const [nth, way] of ways.entries()) {
    const clients = await early[nth]!;
    expect(clients.every(({ isOpen }) => isOpen)).toBe(true);
    const target = `/v1/upstreams/${way}/peers/web?sessions=${way}`;
    expect((await adminRequest(gateway, "DELETE", target)).status).toBeLessThan(300);
    await waitFor(() => clients.every(({ isOpen }) => !isOpen), { what: `the end of the sessions: ${way}` });
  }
});

it("addresses are kept while DNS says nothing, and while it fails", async () => {
  const names = ["silent", "failing"];
  for (const name of names) dns.setAddresses(`${name}.test`, ["127.0.0.1"], 1);
  const gateway = await startWith("silent.test", "failing.test");
  for (const name of names) await whenPeersAre(gateway, name, ["web#127.0.0.1"]);
  dns.set("silent.test", { isSilent: true });
  dns.set("failing.test", { rcode: SERVFAIL });
  dns.forget();
  for (const name of names) {
    const kept = new RegExp(`${name}\\.test: .*addresses kept: 1`);
    await waitFor(() => kept.test(gateway.errorLog()), { what: `the addresses of ${name}` });
    expect(dns.questions(`${name}.test`).length).toBeGreaterThan(0);
    expect(servedBy(await connect(gateway.url(`/${name}/`)))).toBe("one");
  }
});

it("a name of /etc/hosts needs no DNS", async () => {
  const gateway = await startWith("localhost");
  await waitFor(async () => (await open(gateway.url("/localhost/"))) instanceof Client);
  expect(dns.questions("localhost")).toEqual([]);
});

it("a name that nobody knows does not hurt the peers beside it", async () => {
  const peers = [
    { id: "lost", address: "lost.test:80" },
    { id: "good", address: one.address },
  ];
  const gateway = await startGateway({
    config: { resolver: resolver(), ...routedByName({ mixed: { peers } }) },
  });
  await waitFor(() => gateway.errorLog().includes("lost.test: NXDOMAIN"));
  for (let nth = 0; nth < 3; nth += 1) expect(servedBy(await connect(gateway.url("/mixed/")))).toBe("one");
  expect(await peersOf(gateway, "mixed")).toMatchObject([{ id: "good", active: 3 }]);
});
