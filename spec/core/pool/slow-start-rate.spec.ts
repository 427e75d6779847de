import type { SlowStartConfig } from "../../../src/core/config/snapshot";
import type { Peer } from "../../../src/core/pool/peer";
import { SlowStart } from "../../../src/core/pool/slow-start";
import { seededRng } from "../support/seeded-rng";
import { MINUTE } from "../support/slow-start-scene";
import { aPeer } from "../support/upstream-fixture";

const nobody = (): void => undefined;

/** When a gateway's workers have seen a new peer come, in seconds. */
const JOINED_S = 1000;

/** When the next handshake comes, in seconds after the one before. */
type Gap = (this: void) => number;

function even(perSecond: number): Gap {
  return () => 1 / perSecond;
}

/** At random, whatever was before: each tenth of a millisecond brings one or none. Without a logarithm, which runtimes round differently. */
function poisson(perSecond: number, seed: number): Gap {
  const rng = seededRng(seed);
  const limit = STEPS_PER_S * PER_STEP;
  return () => {
    let steps = 1;
    while (rng.integer(limit) > perSecond * PER_STEP) steps += 1;
    return steps / STEPS_PER_S;
  };
}

const STEPS_PER_S = 10_000;
const PER_STEP = 100;

interface Handshake {
  readonly atS: number;
  /** What the new peer may have of it. */
  readonly due: number;
  readonly isNewPeers: boolean;
}

/** A worker in which every handshake would go to the new peer, which is the emptiest, if it only might. */
class GreedyWorker {
  readonly old: readonly Peer[];
  readonly young = aPeer({ key: "new", readySinceS: JOINED_S });
  readonly slowStart = new SlowStart();

  constructor(config: SlowStartConfig, oldPeers: number) {
    const old: Peer[] = [];
    for (const nth of $range(1, oldPeers)) old.push(aPeer({ key: `old${nth}` }));
    this.old = old;
    this.slowStart.use(config, [...old, this.young], JOINED_S);
  }

  handshake(nowS: number): boolean {
    const { slowStart, young } = this;
    if (!slowStart.isIdle) slowStart.advance(nowS, nobody);
    const isNewPeers = slowStart.isIdle || slowStart.admits(young);
    if (!slowStart.isIdle) slowStart.note(isNewPeers ? young : this.old[0]);
    return isNewPeers;
  }
}

/** All handshakes of some workers until a while after the new peer has come, one after another. */
function run(
  workers: readonly GreedyWorker[],
  gaps: readonly Gap[],
  due: (this: void, passedS: number) => number,
  lengthS = 59.9,
): Handshake[] {
  const next = gaps.map((gap) => JOINED_S + gap());
  const handshakes: Handshake[] = [];
  while (true) {
    let first = 0;
    for (const index of $range(0, next.length - 1)) if (next[index]! < next[first]!) first = index;
    const atS = next[first]!;
    if (atS >= JOINED_S + lengthS) return handshakes;
    const isNewPeers = workers[first]!.handshake(atS);
    handshakes.push({ atS, due: due(atS - JOINED_S), isNewPeers });
    next[first] = atS + gaps[first]!();
  }
}

/** The most that the new peer had beyond what it was due, over every window of a second. */
function worstSecond(handshakes: readonly Handshake[]): number {
  let worst = -1000;
  let had = 0;
  let due = 0;
  let from = 0;
  for (const { atS, due: part, isNewPeers } of handshakes) {
    // The window that ends just before this one, and the one that ends with it.
    while (handshakes[from]!.atS < atS - 1) {
      const left = handshakes[from]!;
      // One that begins with a handshake and ends just before this one.
      worst = Math.max(worst, had - due);
      if (left.isNewPeers) had -= 1;
      due -= left.due;
      from += 1;
    }
    worst = Math.max(worst, had - due);
    if (isNewPeers) had += 1;
    due += part;
    worst = Math.max(worst, had - due);
  }
  return worst;
}

/** The least part of what it was due that it had over ten seconds. */
function worstTenSeconds(handshakes: readonly Handshake[]): number {
  const had: number[] = [];
  const due: number[] = [];
  for (const _ of $range(0, 59)) {
    had.push(0);
    due.push(0);
  }
  for (const handshake of handshakes) {
    const second = Math.floor(handshake.atS - JOINED_S);
    if (handshake.isNewPeers) had[second]! += 1;
    due[second]! += handshake.due;
  }
  let worst = 1;
  for (const begin of $range(0, 50)) worst = Math.min(worst, sumOfTen(had, begin) / sumOfTen(due, begin));
  return worst;
}

function sumOfTen(numbers: readonly number[], begin: number): number {
  let sum = 0;
  for (const index of $range(begin, begin + 9)) sum += numbers[index]!;
  return sum;
}

function ofAll(handshakes: readonly Handshake[]): number {
  let had = 0;
  let due = 0;
  for (const handshake of handshakes) {
    if (handshake.isNewPeers) had += 1;
    due += handshake.due;
  }
  return had / due;
}

/** Of which handshakes went to the new peer. */
function digest(handshakes: readonly Handshake[]): number {
  let sum = 0;
  for (const index of $range(0, handshakes.length - 1))
    if (handshakes[index]!.isNewPeers) sum = (sum * 31 + index) % 1_000_003;
  return sum;
}

/** Sums of fractions. */
const EXACT = 1e-9;

describe("an eleventh peer that joins ten full ones", () => {
  const due = (passedS: number): number => Math.max(0.1, passedS / 60) / 11;

  it("never has more than its share of any second, and little less", () => {
    const handshakes = run([new GreedyWorker(MINUTE, 10)], [even(500)], due);
    expect(worstSecond(handshakes)).toBeLessThanOrEqual(EXACT);
    expect(worstTenSeconds(handshakes)).toBeGreaterThan(0.75);
    expect(ofAll(handshakes)).toBeGreaterThan(0.85);
  });

  it("never does where handshakes come at random", () => {
    for (const seed of [1, 2, 3]) {
      const handshakes = run([new GreedyWorker(MINUTE, 10)], [poisson(500, seed)], due);
      expect(worstSecond(handshakes)).toBeLessThanOrEqual(EXACT);
      expect(worstTenSeconds(handshakes)).toBeGreaterThan(0.75);
      expect(ofAll(handshakes)).toBeGreaterThan(0.85);
    }
  });

  it("never does with four workers, each of which counts for itself", () => {
    const workers = (): GreedyWorker[] => [1, 2, 3, 4].map(() => new GreedyWorker(MINUTE, 10));
    const evenly = run(
      workers(),
      [1, 2, 3, 4].map(() => even(125)),
      due,
    );
    expect(worstSecond(evenly)).toBeLessThanOrEqual(EXACT);
    const atRandom = run(
      workers(),
      [1, 2, 3, 4].map((seed) => poisson(125, seed)),
      due,
    );
    // Of about one a second for each worker there is no part to hold back.
    expect(worstSecond(atRandom)).toBeLessThan(0.5);
    expect(ofAll(evenly)).toBeGreaterThan(0.75);
    expect(ofAll(atRandom)).toBeGreaterThan(0.75);
  });

  it("has the right share on average where a second brings less than one", () => {
    const worker = new GreedyWorker({ ...MINUTE, windowMs: 6_000_000 }, 10);
    const slowly = (passedS: number): number => Math.max(0.1, passedS / 6000) / 11;
    const handshakes = run([worker], [even(1)], slowly, 5990);
    expect(ofAll(handshakes)).toBeGreaterThan(0.85);
    expect(ofAll(handshakes)).toBeLessThanOrEqual(1);
  });

  it("has grown sooner with more aggression, and begins with its least share", () => {
    const config: SlowStartConfig = { windowMs: 60_000, minPercent: 25, aggression: 2 };
    const faster = (passedS: number): number => Math.max(0.25, (passedS / 60) ** 0.5) / 11;
    const handshakes = run([new GreedyWorker(config, 10)], [poisson(500, 7)], faster);
    expect(worstSecond(handshakes)).toBeLessThanOrEqual(EXACT);
    expect(worstTenSeconds(handshakes)).toBeGreaterThan(0.75);
    // The same in both runtimes.
    expect(digest(handshakes)).toBe(258851);
  });
});
