import { RecordingLog } from "../support/recording-log";
import { MemoryCounters } from "../support/memory-counters";
import { aPool, poolDeps } from "../support/pool-fixture";
import { anUpstream, aPeerConfig } from "../support/upstream-fixture";

function starts(readySinceS: number | undefined, ...addresses: string[]): string {
  const peer = aPeerConfig({ id: "a", address: "chat.test:80" });
  const config = anUpstream({ peers: [readySinceS === undefined ? peer : { ...peer, readySinceS }] });
  const deps = poolDeps(new MemoryCounters(), new RecordingLog());
  const pool = aPool(deps, config, () => addresses);
  return pool.peers.map((each) => `${each.key} ${each.address} ${each.readySinceS}`).join(", ");
}

it("an address that its name has had from the start begins with the peer", () => {
  expect(starts(undefined, "10.0.0.1", "::1")).toBe("a#10.0.0.1 10.0.0.1:80 0, a#::1 [::1]:80 0");
  expect(starts(900, "10.0.0.1")).toBe("a#10.0.0.1 10.0.0.1:80 900");
});

it("an address that came later begins by itself, unless the peer began later still", () => {
  const addresses = ["10.0.0.1", "10.0.0.2@950.5", "::1@960"];
  expect(starts(undefined, ...addresses)).toBe(
    "a#10.0.0.1 10.0.0.1:80 0, a#10.0.0.2 10.0.0.2:80 950.5, a#::1 [::1]:80 960",
  );
  expect(starts(955, ...addresses)).toBe(
    "a#10.0.0.1 10.0.0.1:80 955, a#10.0.0.2 10.0.0.2:80 955, a#::1 [::1]:80 960",
  );
});
