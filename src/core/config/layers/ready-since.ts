import type { PeerConfig, UpstreamConfig } from "../snapshot";

/**
 * When a peer began to take sessions at run time; `undefined`: with the gateway or its upstream, or its upstream knows no slow start.
 * It is kept when the window is over, so that time alone makes no other config; but what was over stays over where the window
 * is made longer.
 * @param known the peer as it was published last
 * @param before its upstream as it was published last
 */
export function readySince(
  peer: PeerConfig,
  known: PeerConfig | undefined,
  config: UpstreamConfig,
  before: UpstreamConfig | undefined,
  nowS: number,
): number | undefined {
  const { windowMs } = config.slowStart;
  if (windowMs === 0 || before === undefined || !takesSessions(peer)) return undefined;
  if (known === undefined || isNewcomer(peer, known)) return nowS;
  const { readySinceS } = known;
  if (readySinceS === undefined) return undefined;
  const windowBeforeMs = before.slowStart.windowMs;
  const isOver = windowMs !== windowBeforeMs && nowS >= readySinceS + windowBeforeMs / 1000;
  return isOver ? undefined : readySinceS;
}

function takesSessions({ state, weight }: PeerConfig): boolean {
  return state === "ready" && weight > 0;
}

/** A backup that becomes one of the others gets its first sessions, too. */
function isNewcomer(peer: PeerConfig, known: PeerConfig): boolean {
  return !takesSessions(known) || known.address !== peer.address || (known.isBackup && !peer.isBackup);
}
