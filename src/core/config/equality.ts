import type { Pause } from "../pause";
import type { UpstreamConfig } from "./snapshot";

/** Structural equality of plain data: what JSON can say. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  for (const key in left) if (!isEqual(left[key], right[key])) return false;
  for (const key in right) if (left[key] === undefined && right[key] !== undefined) return false;
  return true;
}

const PEERS_PER_PAUSE = 32;

/** The same of upstreams, which may have thousands of peers. */
export function isSameUpstream(a: UpstreamConfig, b: UpstreamConfig, pause: Pause): boolean {
  if (a.peers.length !== b.peers.length) return false;
  if (!isEqual({ ...a, peers: [] }, { ...b, peers: [] })) return false;
  for (const index of $range(0, a.peers.length - 1)) {
    if (!isEqual(a.peers[index], b.peers[index])) return false;
    if (index % PEERS_PER_PAUSE === 0) pause();
  }
  return true;
}
