import type { GivenPeers, Json } from "./scenario";

const FIRST_PORT = 1024;

/** The peers in the words of the configuration. @param before so many have ids and addresses already */
export function expandPeers(given: GivenPeers, before: number): readonly Json[] {
  if ("count" in given) {
    return Array.from({ length: given.count }, (_, index) => {
      const number = before + index;
      const peer: Record<string, unknown> = {
        id: `${given.prefix}${number + 1}`,
        address: addressOf(number),
      };
      if (given.weights.length > 0) peer["weight"] = given.weights[index % given.weights.length];
      if (given.zones.length > 0) peer["zone"] = given.zones[index % given.zones.length];
      if (given.max_conns !== 0) peer["max_conns"] = given.max_conns;
      if (given.backup) peer["backup"] = true;
      return peer;
    });
  }
  return given.map((peer, index) => ({ address: addressOf(before + index), ...peer }));
}

/** Nothing is ever sent there. */
function addressOf(number: number): string {
  return `192.0.2.1:${FIRST_PORT + number}`;
}
