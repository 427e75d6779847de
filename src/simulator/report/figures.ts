import type { Outcome } from "../run/outcome";
import type { Scenario } from "../scenario/scenario";

/** What a run comes to; `--json` prints it as it is. Loads are in means over the peers that take sessions. */
export interface Figures {
  readonly label: string;
  readonly sessions: number;
  readonly open: number;
  readonly ended: number;
  readonly lost: number;
  readonly away: number;
  readonly max_mean_end: number | null;
  /** After the warm-up, as is the next. */
  readonly max_mean_worst: number | null;
  readonly p99_mean: number | null;
  readonly refused: number;
  readonly failed_connects: number;
  readonly reconnects: number;
  readonly moves: number;
  readonly key_moves: number;
  readonly flood_per_s: number;
  readonly mean_handshake_ms: number | null;
  readonly slowest_handshake_ms: number;
  /** From the last event until the load is balanced for good; `null`: it is not at the end, or there was no event. */
  readonly balanced_after_s: number | null;
  readonly took_s: number;
}

export function figuresOf(scenario: Scenario, outcome: Outcome): Figures {
  const { tally, series } = outcome;
  let worst = NaN;
  for (let index = 0; index < series.count; index++) {
    const ratio = series.ratio[index]!;
    if (series.timesS[index]! >= scenario.warmup_s && !(ratio <= worst))
      worst = Number.isNaN(ratio) ? worst : ratio;
  }
  return {
    label: outcome.label,
    sessions: tally.arrivals,
    open: outcome.open,
    ended: tally.ended,
    lost: tally.lost,
    away: outcome.away,
    max_mean_end: rounded(series.ratio[series.count - 1]!),
    max_mean_worst: rounded(worst),
    p99_mean: rounded(outcome.p99),
    refused: tally.refused,
    failed_connects: tally.failed,
    reconnects: tally.reconnects,
    moves: tally.moves,
    key_moves: tally.keyMoves,
    flood_per_s: outcome.floodPerS,
    mean_handshake_ms: rounded(outcome.meanHandshakeMs),
    slowest_handshake_ms: Math.round(outcome.slowestHandshakeMs),
    balanced_after_s: balancedAfterS(scenario, outcome),
    took_s: outcome.tookMs / 1000,
  };
}

function balancedAfterS(scenario: Scenario, { series, lastEventS }: Outcome): number | null {
  if (lastEventS === undefined) return null;
  let sinceS: number | null = null;
  for (let index = 0; index < series.count; index++) {
    const atS = series.timesS[index]!;
    if (atS < lastEventS) continue;
    if (!(series.ratio[index]! <= scenario.balanced_at)) sinceS = null;
    else sinceS ??= atS - lastEventS;
  }
  return sinceS === null ? null : Math.round(sinceS * 1000) / 1000;
}

function rounded(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 1000) / 1000;
}
