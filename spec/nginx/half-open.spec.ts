import { setTimeout as sleep } from "node:timers/promises";
import { countsOf } from "../support/admin-calls";
import { onCleanup } from "../support/cleanup";
import { startDistantGateway } from "../support/distant-gateway";
import { DistantBackend, DistantClient } from "../support/distant-talk";
import { routedByName } from "../support/documents";
import type { Gateway } from "../support/gateway";
import { makeNetwork } from "../support/network";
import type { Network } from "../support/network";
import { waitFor } from "../support/wait-for";

/** What sessions of `quick` may take to be found gone, and some for a busy machine. */
const TCP_TIMEOUT_S = 4;
const NOTICED_MS = 2 * TCP_TIMEOUT_S * 1000;
const CUT_MS = 1_000;
const BACKEND_PORT = 8010;

let network: Network<"client" | "gateway" | "backend">;
let gateway: Gateway;
let backend: DistantBackend;

beforeAll(async () => {
  network = makeNetwork(["client", "gateway", "backend"]);
  const peers = [{ id: "a", address: `${network.hosts.backend.address}:${BACKEND_PORT}` }];
  backend = await DistantBackend.start(network.hosts.backend, BACKEND_PORT);
  gateway = await startDistantGateway(
    network.hosts.gateway,
    routedByName({
      quick: { peers, tcp_timeout: `${TCP_TIMEOUT_S}s` },
      patient: { peers, tcp_timeout: "40s" },
      careless: { peers, tcp_timeout: "0s" },
    }),
  );
});

function open(path: string): Promise<DistantClient> {
  return DistantClient.connect(
    network.hosts.client,
    `ws://${network.hosts.gateway.address}:${gateway.port}${path}`,
  );
}

async function active(upstream: string): Promise<number> {
  return (await countsOf(gateway, upstream))["a"]!;
}

/** Says something again and again, until the spec is over. */
function keepSaying(say: () => void): void {
  const timer = setInterval(say, 50);
  onCleanup(() => clearInterval(timer));
}

/** Of the sessions that have ended, by what is in their path. */
function outcomeOf(path: string): string | undefined {
  const entry = gateway.accessLog().find((line) => line.includes(`GET ${path} `));
  return entry === undefined ? undefined : (JSON.parse(entry) as { outcome: string }).outcome;
}

function whenGone(upstream: string): Promise<boolean> {
  return waitFor(async () => (await active(upstream)) === 0, {
    timeoutMs: NOTICED_MS,
    what: `the slots of ${upstream} to be free`,
  });
}

describe("a client that vanished", () => {
  it("gives its slot back within tcp_timeout, whether something is sent to it or not", async () => {
    await Promise.all([open("/quick/idle-client"), open("/quick/fed-client"), open("/careless/client")]);
    expect(await active("quick")).toBe(2);
    network.cut("client");
    onCleanup(() => network.heal("client"));
    keepSaying(() => backend.say("/quick/fed-client", "news"));
    await whenGone("quick");
    expect(outcomeOf("/quick/idle-client")).toBe("client:gone");
    expect(outcomeOf("/quick/fed-client")).toBe("client:gone");
    // It is the setting that ended the others.
    expect(await active("careless")).toBe(1);
  });
});

describe("a backend that vanished", () => {
  it("frees its clients within tcp_timeout, whether they send something or not", async () => {
    const [idle, busy] = await Promise.all([open("/quick/idle-backend"), open("/quick/busy-backend")]);
    expect(await active("quick")).toBe(2);
    network.cut("backend");
    onCleanup(() => network.heal("backend"));
    keepSaying(() => busy.say("are you there"));
    await whenGone("quick");
    await waitFor(() => idle.isClosed && busy.isClosed, { what: "both clients to be told" });
    expect(outcomeOf("/quick/idle-backend")).toBe("upstream:reset");
    expect(outcomeOf("/quick/busy-backend")).toBe("upstream:reset");
  });
});

describe("a network that is back before tcp_timeout", () => {
  it("has closed nothing, and delivers what was said meanwhile", async () => {
    const [quiet, client] = await Promise.all([open("/patient/quiet"), open("/patient/talk")]);
    for (const side of ["client", "backend"] as const) {
      network.cut(side);
      backend.say("/patient/talk", `word-to-${side}`);
      client.say(`question-without-${side}`);
      await sleep(CUT_MS);
      expect(client.hasGot(`word-to-${side}`)).toBe(false);
      network.heal(side);
      await waitFor(
        () => client.hasGot(`word-to-${side}`) && client.hasGot(`echo of question-without-${side}`),
        { what: "what was said while the network was away" },
      );
    }
    quiet.say("still here");
    await waitFor(() => quiet.hasGot("echo of still here"), { what: "the quiet session's echo" });
    expect(await active("patient")).toBe(2);
  });
});
