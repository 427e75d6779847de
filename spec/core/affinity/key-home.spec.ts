import { KeyHome } from "../../../src/core/affinity/key-home";
import type { Peer } from "../../../src/core/pool/peer";
import { aPeer } from "../support/upstream-fixture";

const KEYS = 2000;

function goOn(this: void): void {
  // Nothing else is to be done.
}

function homesIn(peers: readonly Peer[]): KeyHome {
  const homes = new KeyHome();
  homes.update(peers, goOn);
  return homes;
}

function peersOf(...keys: string[]): Peer[] {
  return keys.map((key) => aPeer({ key }));
}

/** The home of each of many keys. */
function allHomes(homes: KeyHome): string[] {
  const names: string[] = [];
  for (const number of $range(1, KEYS)) names.push(homes.home(`room ${number.toString()}`)!.key);
  return names;
}

function count(names: readonly string[], name: string): number {
  return names.filter((other) => other === name).length;
}

describe("the home of a key", () => {
  it("is the same whatever the order of the peers, and the peer as it is now", () => {
    const [a, b, c] = peersOf("a", "b", "c");
    const homes = homesIn([a!, b!, c!]);
    expect(allHomes(homesIn([c!, a!, b!]))).toEqual(allHomes(homes));
    expect([a, b, c].includes(homes.home("room 1"))).toBe(true);
  });

  it("stays with a peer that drains, is in maintenance or is down", () => {
    const peers = peersOf("a", "b", "c");
    const homes = homesIn(peers);
    const before = allHomes(homes);
    peers[0]!.state = "drain";
    peers[1]!.state = "maint";
    peers[2]!.isUp = false;
    homes.update(peers, goOn);
    expect(allHomes(homes)).toEqual(before);
  });

  it("is shared out by weight, and none is a peer without one", () => {
    const peers = [
      aPeer({ key: "a", weight: 3 }),
      aPeer({ key: "b", weight: 1 }),
      aPeer({ key: "z", weight: 0 }),
    ];
    const homes = allHomes(homesIn(peers));
    expect(count(homes, "z")).toBe(0);
    expect(count(homes, "a") > KEYS * 0.7 && count(homes, "a") < KEYS * 0.8).toBe(true);
  });

  it("moves to one that joins, and hardly elsewhere", () => {
    const before = allHomes(homesIn(peersOf("a", "b", "c", "d")));
    const after = allHomes(homesIn(peersOf("a", "b", "c", "d", "e")));
    let elsewhere = 0;
    for (const index of $range(0, KEYS - 1))
      if (after[index] !== before[index] && after[index] !== "e") elsewhere += 1;
    expect(count(after, "e") > KEYS * 0.15 && count(after, "e") < KEYS * 0.25).toBe(true);
    expect(elsewhere < KEYS * 0.03).toBe(true);
  });

  it("is the new peer when one moves to another address, without another table", () => {
    const peers = peersOf("a", "b");
    const homes = homesIn(peers);
    const before = allHomes(homes);
    let pauses = 0;
    const moved = peersOf("a", "b");
    homes.update(moved, () => {
      pauses += 1;
    });
    expect(pauses).toBe(0);
    expect(allHomes(homes)).toEqual(before);
    expect(moved.includes(homes.home("room 1")!)).toBe(true);
  });

  it("is nowhere when its peer is gone and the table still has it", () => {
    const [a, b] = peersOf("a", "b");
    const homes = homesIn([a!, b!]);
    a!.isRemoved = true;
    const left = new LuaSet<string>();
    for (const number of $range(1, 50)) left.add(homes.home(`room ${number.toString()}`)?.key ?? "nowhere");
    expect([left.has("a"), left.has("b"), left.has("nowhere")]).toEqual([false, true, true]);
  });

  it("is nowhere without a key, and without a peer", () => {
    expect(homesIn(peersOf("a", "b")).home("")).toBeUndefined();
    expect(homesIn([]).home("room 1")).toBeUndefined();
    expect(homesIn(peersOf("a")).home("room 1")!.key).toBe("a");
  });
});
