import type { Series } from "./recorder";

/** What was counted on the way. */
export interface Tally {
  arrivals: number;
  /** Sessions whose time was over. */
  ended: number;
  /** Handshakes that no peer could take. */
  refused: number;
  /** Clients that gave up after a refusal. */
  lost: number;
  /** Connects that a dead peer did not answer. */
  failed: number;
  /** Of clients that lost their session; those that came to another peer than before. */
  reconnects: number;
  moves: number;
  /** Sessions after the warm-up that went to another peer than the one before of the same key. */
  keyMoves: number;
}

export function noTally(): Tally {
  return { arrivals: 0, ended: 0, refused: 0, lost: 0, failed: 0, reconnects: 0, moves: 0, keyMoves: 0 };
}

/** How a variant of a scenario went. */
export interface Outcome {
  readonly label: string;
  readonly peerIds: readonly string[];
  readonly initialPeers: number;
  /** When the last event of the scenario took place; absent: there was none. */
  readonly lastEventS: number | undefined;
  readonly series: Series;
  readonly tally: Readonly<Tally>;
  /** At the end, clients with a session, and those on their way back to one. */
  readonly open: number;
  readonly away: number;
  /** At the end, open sessions as the gateways count them. */
  readonly counted: number;
  /** Of the loads of all peers at all instants after the warm-up, in means. */
  readonly p99: number;
  readonly floodPerS: number;
  /** After the warm-up, as is the next. */
  readonly meanHandshakeMs: number;
  readonly slowestHandshakeMs: number;
  readonly tookMs: number;
}
