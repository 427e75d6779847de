import { goOn, type Pause } from "../pause";
import type { PeerConfig, UpstreamConfig } from "../config/snapshot";

/** What a change of the config means for one peer, as it is told. */
export interface PeerChange {
  readonly upstream: string;
  readonly peer: string;
  readonly change: "added" | "removed" | "state" | "address" | "weight";
  readonly from?: string | number;
  readonly to?: string | number;
}

const PEERS_PER_PAUSE = 64;

/**
 * What is told of the difference between two configs of an upstream; `undefined` stands for none. Of weights only those from
 * and to 0: no other decides whether a peer gets sessions at all.
 */
export function peerChanges(
  before: UpstreamConfig | undefined,
  after: UpstreamConfig | undefined,
  pause: Pause = goOn,
): readonly PeerChange[] {
  const changes: PeerChange[] = [];
  const upstream = after?.name ?? before?.name ?? "";
  const known = new LuaMap<string, PeerConfig>();
  let count = 0;
  const step = (): void => {
    count += 1;
    if (count % PEERS_PER_PAUSE === 0) pause();
  };
  for (const peer of before?.peers ?? []) {
    known.set(peer.id, peer);
    step();
  }
  for (const peer of after?.peers ?? []) {
    step();
    const old = known.get(peer.id);
    known.delete(peer.id);
    if (old === undefined) changes.push({ upstream, peer: peer.id, change: "added", to: peer.state });
    else compare(upstream, old, peer, changes);
  }
  for (const { id } of before?.peers ?? []) {
    if (known.has(id)) changes.push({ upstream, peer: id, change: "removed" });
  }
  return changes;
}

function compare(upstream: string, old: PeerConfig, now: PeerConfig, changes: PeerChange[]): void {
  const peer = now.id;
  if (old.state !== now.state)
    changes.push({ upstream, peer, change: "state", from: old.state, to: now.state });
  if (old.address !== now.address)
    changes.push({ upstream, peer, change: "address", from: old.address, to: now.address });
  if ((old.weight === 0) !== (now.weight === 0))
    changes.push({ upstream, peer, change: "weight", from: old.weight, to: now.weight });
}
