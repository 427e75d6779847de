import type { VariableSource } from "../affinity/cookie";
import type { Peer } from "../pool/peer";
import type { Pool } from "../pool/pool";

/** The peer that the client's cookie names, or that the key belongs to. */
export function boundPeer(
  { affinity, keyHome }: Pool,
  key: string,
  request: VariableSource,
): Peer | undefined {
  if (keyHome !== undefined) return keyHome.home(key);
  return affinity === undefined ? undefined : affinity.find(affinity.cookieOf(request));
}
