import type { Session } from "./session";

/** Which sessions are meant; what is absent does not matter. */
export interface SessionFilter {
  readonly upstream?: string;
  /** An id, also of a peer with several addresses, or one address of it: `id#ip`. */
  readonly peer?: string;
  readonly route?: string;
}

export function matchesSession(filter: SessionFilter, session: Session): boolean {
  if (filter.route !== undefined && filter.route !== session.route) return false;
  const { peer } = session;
  return peer !== undefined && matchesPeer(filter, peer.upstream, peer.key);
}

/** @param key the id of a peer, or `id#ip` */
export function matchesPeer(filter: SessionFilter, upstream: string, key: string): boolean {
  if (filter.upstream !== undefined && filter.upstream !== upstream) return false;
  return filter.peer === undefined || filter.peer === key || key.startsWith(`${filter.peer}#`);
}
