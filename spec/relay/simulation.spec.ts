import { Simulation, type Chances } from "./simulation";

const TURNS = 120;
const SEEDS = 40;

/** @returns those of `expected` that are missing in `got`, which has no others, in the same order */
function missing(got: readonly string[], expected: readonly string[]): number {
  let place = 0;
  for (const name of expected) if (got[place] === name) place += 1;
  expect(got.slice(place)).toEqual([]);
  return expected.length - got.length;
}

function sentByClient(simulation: Simulation): string[] {
  const names: string[] = [];
  for (let number = 0; number < simulation.clientSent; number += 1) names.push(`c${number}`);
  return names;
}

function run(seed: number, chances: Chances): Simulation {
  const simulation = new Simulation(seed * 104729, chances);
  for (let turn = 0; turn < TURNS && !simulation.world.isAtEnd; turn += 1) simulation.turn();
  return simulation;
}

function checkEnd(simulation: Simulation): void {
  const { world } = simulation;
  if (!world.isAtEnd) simulation.finish();
  if (world.isDialling) world.dialled();
  expect(world.lines.map((line) => line.releases)).toEqual(world.lines.map(() => 1));
  simulation.clientGot();
}

describe("a session that is moved time and again", () => {
  it("loses nothing, and is never closed, where peers close as they should", () => {
    let moves = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const simulation = run(seed, { crash: 0, redirect: 0, peerClose: 0, refuse: 0 });
      simulation.calm();
      const { world } = simulation;
      expect(world.isAtEnd).toBe(false);
      expect(world.closesToClient()).toEqual([]);
      expect(simulation.got()).toEqual(sentByClient(simulation));
      moves += world.relay.moves;
      // Peers that never answer a Close are left with what they say later.
      missing(simulation.clientGot(), simulation.clientWasTold());
      checkEnd(simulation);
    }
    expect(moves).toBeGreaterThan(SEEDS);
  });

  it("loses no more than it counts where peers crash, refuse and send it on", () => {
    let crashes = 0;
    let moves = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const simulation = run(seed, { crash: 12, redirect: 30, peerClose: 0, refuse: 6 });
      if (!simulation.world.isAtEnd && simulation.world.relay.ending === undefined) {
        simulation.calm();
        const { relay } = simulation.world;
        const lost = missing(simulation.got(), sentByClient(simulation));
        if (relay.ending === undefined && !simulation.world.isAtEnd)
          expect(lost).toBeLessThanOrEqual(relay.unconfirmed);
        moves += relay.moves;
      }
      crashes += simulation.crashes;
      missing(simulation.got(), sentByClient(simulation));
      missing(simulation.clientGot(), simulation.clientWasTold());
      checkEnd(simulation);
    }
    expect(crashes).toBeGreaterThan(SEEDS / 2);
    expect(moves).toBeGreaterThan(SEEDS / 2);
  });

  it("ends in time whatever happens", () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const simulation = run(seed, {
        crash: 20,
        redirect: 40,
        peerClose: 20,
        refuse: 3,
        config: {
          pingIntervalMs: seed % 2 === 0 ? 0 : 5_000,
          maxAgeMs: seed % 3 === 0 ? 30_000 : 0,
          messagesPerSecond: seed % 5 === 0 ? 20 : 0,
        },
      });
      missing(simulation.got(), sentByClient(simulation));
      missing(simulation.clientGot(), simulation.clientWasTold());
      checkEnd(simulation);
    }
  });
});
