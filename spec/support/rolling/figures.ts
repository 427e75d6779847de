import { readMetrics } from "../metrics";
import { UPSTREAM } from "./stage";
import type { Stage } from "./stage";

/** What the gateway has counted of a crowd, once its clients are gone. */
export interface Figures {
  readonly messages: number;
  readonly payloadBytes: number;
  readonly moves: number;
  readonly failedMoves: number;
  readonly unconfirmed: number;
  /** How many moves kept their client waiting for so many seconds at most. */
  readonly pausesS: Readonly<Record<string, number>>;
  /** How long they did on the average. */
  readonly meanPauseS: number;
}

export async function readFigures({ gateway }: Stage): Promise<Figures> {
  const page = await readMetrics(gateway);
  const { buckets, sum, count } = page.histogram("switchboard_move_pause_seconds", { upstream: UPSTREAM });
  return {
    messages: page.sum("switchboard_relay_messages_total"),
    payloadBytes: page.sum("switchboard_relay_payload_bytes_total"),
    moves: page.sum("switchboard_moves_total", { result: "done" }),
    failedMoves: page.sum("switchboard_moves_total", { result: "failed" }),
    unconfirmed: page.sum("switchboard_unconfirmed_messages_total"),
    pausesS: buckets,
    meanPauseS: count === 0 ? 0 : sum / count,
  };
}
