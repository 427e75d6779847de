import { initWith } from "../support/affinity";
import { changePeers } from "../support/change-in-force";
import { connect } from "../support/client";
import { backendOf, startFleet } from "../support/fleet";
import type { Fleet } from "../support/fleet";
import type { Gateway, GatewayOptions } from "../support/gateway";
import { startGateway } from "../support/gateway";
import { waitFor } from "../support/wait-for";
import { allWorkers, probe } from "../support/worker-probe";

const HANDSHAKES = 16;
const ZONES = { a: { zone: "east" }, b: { zone: "east" }, c: { zone: "west" } };

let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet(["a", "b", "c", "d"]);
});

async function start(options: Partial<GatewayOptions>): Promise<Gateway> {
  const chat = { balancer: "round_robin", peers: fleet.peers(ZONES) };
  const routes = [{ id: "all", path: "/*", upstream: "chat" }];
  const gateway = await startGateway({ config: { upstreams: { chat }, routes }, workers: 2, ...options });
  await allWorkers(gateway);
  return gateway;
}

/** The backends that so many handshakes reach. */
async function landings(gateway: Gateway): Promise<string> {
  const probes = await Promise.all(Array.from({ length: HANDSHAKES }, () => probe(gateway)));
  return [...new Set(probes.map(({ status, backend }) => backend || `${status}`))].sort().join();
}

describe("a gateway in a zone", () => {
  it("sends sessions to the peers of its own as long as one of them can take them", async () => {
    const gateway = await start({ env: { SWITCHBOARD_ZONE: "east" } });
    expect(await landings(gateway)).toBe("a,b");

    await changePeers(gateway, "chat", "POST", "/a/drain", {});
    await waitFor(async () => (await landings(gateway)) === "b", { what: "all on b" });
    await changePeers(gateway, "chat", "PATCH", "/b", { max_conns: 1 });
    await waitFor(async () => (await landings(gateway)).includes("c"), { what: "the limit" });
    const client = await waitFor(
      async () => {
        const found = await connect(gateway.url());
        if (backendOf(found) === "b") return found;
        await found.close();
        return false;
      },
      { what: "a socket on b" },
    );
    expect(await landings(gateway)).toBe("c,d");
    await client.close();
    await waitFor(async () => (await landings(gateway)).includes("b"), { what: "b again" });

    await changePeers(gateway, "chat", "POST", "/a/ready");
    await changePeers(gateway, "chat", "PATCH", "/b", { max_conns: 0 });
    await waitFor(async () => (await landings(gateway)) === "a,b", { what: "its own zone again" });
  });

  it("has it from init as well, which goes before the environment", async () => {
    const gateway = await start({
      env: { SWITCHBOARD_ZONE: "east" },
      files: initWith('zone = "west"'),
    });
    expect(await landings(gateway)).toBe("c");
  });

  it.each([
    ["in no zone", {}],
    ["where there is no peer", { SWITCHBOARD_ZONE: "north" }],
  ])("%s sends them to all", async (_where, env) => {
    expect(await landings(await start({ env }))).toBe("a,b,c,d");
  });
});
