import type { Peer } from "../core/pool/peer";
import type { MoveReason } from "../core/session/relayed";

/** It was asked for. */
export const WISHED = 0;
/** A peer is looked for, and its handshake made. */
export const DIALLING = 1;
/** The next peer is there; both directions are to come to an end of a message. */
export const PAUSING = 2;
/** The old peer was told to close, and says its last. */
export const DRAINING = 3;
/** The old peer is done with. */
export const SWITCHING = 4;

/** A session on its way to another peer. */
export interface Moving {
  why: MoveReason;
  phase: number;
  /** It cannot stay. */
  mustLeave: boolean;
  /** Its peer is gone. */
  isOrphan: boolean;
  /** Where it is to go; absent: wherever the balancer puts it. */
  to: Peer | undefined;
  /** The id of the peer that its old one has named; `""`: none. */
  redirect: string;
  /** When the wait for an end of a message is over, in seconds of the `Clock`. */
  deadlineS: number;
  /** Since when nothing of the client's has gone on; 0: it does. */
  pausedAtS: number;
}

export function newMove(why: MoveReason, mustLeave: boolean, to?: Peer): Moving {
  return {
    why,
    phase: WISHED,
    mustLeave,
    isOrphan: false,
    to,
    redirect: "",
    deadlineS: 0,
    pausedAtS: 0,
  };
}
