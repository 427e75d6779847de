import type { PlannedMoves } from "./plan";

/** To all processes: move sessions of an upstream. */
export interface RebalanceOrder {
  readonly upstream: string;
  readonly moves: readonly PlannedMoves[];
  /** So many a second, over all processes. */
  readonly rate: number;
  /** A session that went to another peer since so long ago stays where it is. */
  readonly windowS: number;
  /** When it was given, in seconds of the `Clock`. */
  readonly atS: number;
  /** What is left of it then is dropped. */
  readonly untilS: number;
}

/** It takes longer where processes are busy, or sessions are found late; but it does not go on for ever. */
const PATIENCE_S = 60;

/** How long an order of so many moves takes at a rate. */
export function secondsFor(moves: number, rate: number): number {
  return moves === 0 ? 0 : Math.ceil(moves / rate);
}

/** How long it may take. */
export function patienceFor(moves: number, rate: number): number {
  return 2 * secondsFor(moves, rate) + PATIENCE_S;
}
