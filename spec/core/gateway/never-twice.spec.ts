import type { PeerConfig } from "../../../src/core/config/snapshot";
import type { Gateway } from "../../../src/core/gateway/gateway";
import type { Lookup } from "../../../src/core/pool/peers";
import { aRoute } from "../route/route-fixture";
import { aGateway, handshake, noVariables } from "../support/gateway-fixture";
import { MemoryCounters } from "../support/memory-counters";
import { noAnswers, poolDeps } from "../support/pool-fixture";
import { RecordingLog } from "../support/recording-log";
import { anUpstream, aPeerConfig } from "../support/upstream-fixture";

const ADDRESSES = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
const resolved: Lookup = () => ADDRESSES;

function gatewayOf(peers: readonly PeerConfig[], lookup: Lookup): Gateway {
  const deps = poolDeps(new MemoryCounters(), new RecordingLog());
  const gateway = aGateway(deps, [], [aRoute({ path: "/*" })]);
  gateway.applyUpstream(anUpstream({ peers }), lookup);
  return gateway;
}

/** Where one handshake goes if every attempt fails. @param between what happens after each of them */
function tour(gateway: Gateway, between: (this: void) => void = () => undefined): string[] {
  const [session] = gateway.admit(handshake("/"));
  const places: string[] = [];
  let peer = session!.peer;
  while (peer !== undefined) {
    places.push(`${peer.key} ${peer.address}`);
    gateway.beginAttempt(session!);
    between();
    peer = gateway.retry(session!, "error", noVariables);
  }
  gateway.close(session!);
  return places.sort();
}

describe("a session whose attempts all fail", () => {
  it("goes to each address of a name once", () => {
    const gateway = gatewayOf([aPeerConfig({ id: "chat", address: "chat.test:80" })], resolved);
    const places = ADDRESSES.map((address) => `chat#${address} ${address}:80`);
    for (const _ of $range(1, 10)) expect(tour(gateway)).toEqual(places);
  });

  it("goes to each entry once, also where two have the same address", () => {
    const twins = [
      aPeerConfig({ id: "a", address: "10.0.0.1:80" }),
      aPeerConfig({ id: "b", address: "10.0.0.1:80" }),
    ];
    expect(tour(gatewayOf(twins, noAnswers))).toEqual(["a 10.0.0.1:80", "b 10.0.0.1:80"]);
  });

  it("goes to no peer twice though the name resolves anew, and weights change, in between", () => {
    let weight = 1;
    const gateway = gatewayOf([aPeerConfig({ id: "chat", address: "chat.test:80" })], resolved);
    const places = tour(gateway, () => {
      weight += 1;
      gateway.applyUpstream(
        anUpstream({ peers: [aPeerConfig({ id: "chat", address: "chat.test:80", weight })] }),
        resolved,
      );
    });
    expect(places).toEqual(ADDRESSES.map((address) => `chat#${address} ${address}:80`));
  });
});
