import type { Pause } from "../pause";
import type { Relayed } from "../session/relayed";
import type { Session } from "../session/session";
import type { SessionTable } from "../session/session-table";

/**
 * Whether a session may be moved for the sake of balance: its route moves sessions, it is on no other way already, and it was
 * not moved within the window, whatever for.
 */
export function isMovable(
  session: Session,
  relayed: Relayed | undefined,
  windowS: number,
  nowS: number,
): relayed is Relayed {
  if (relayed === undefined || !session.isOpen || session.verdict !== "") return false;
  if (relayed.isMoving() || !relayed.canMove("rebalanced")) return false;
  const sinceS = nowS - relayed.movedAtS;
  // A time to come: the clock was set back.
  return relayed.moves === 0 || sinceS >= windowS || sinceS < 0;
}

/** How many sessions of a worker may be moved, by the key of their peer. */
export function countMovable(
  sessions: SessionTable,
  upstream: string,
  windowS: number,
  nowS: number,
  pause: Pause,
): LuaMap<string, number> {
  const counts = new LuaMap<string, number>();
  let place = 0;
  while (place < sessions.openHighWater()) {
    const session = sessions.openAt(place);
    const peer = session?.peer;
    if (session !== undefined && peer !== undefined && peer.upstream === upstream && !peer.isRemoved) {
      if (isMovable(session, sessions.relayed.get(session), windowS, nowS))
        counts.set(peer.key, (counts.get(peer.key) ?? 0) + 1);
    }
    place += 1;
    pause();
  }
  return counts;
}
