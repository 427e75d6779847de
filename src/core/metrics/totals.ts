import {
  FAILURES,
  PEER_BYTES_TO_CLIENT,
  PEER_BYTES_TO_PEER,
  PEER_FAILURES,
  PEER_LAYOUT,
  PEER_OPENED,
  PEER_RETRIES,
  PEER_TROUBLE,
} from "./layout";

/**
 * What was counted of a peer by all workers together, in the names of the admin API.
 * @param read one of the peer's numbers, by its code
 */
export function peerTotals(read: (this: void, code: string) => number): Readonly<Record<string, number>> {
  const { codes } = PEER_LAYOUT;
  const totals: Record<string, number> = {
    opened: read(codes[PEER_OPENED]!),
    failed: 0,
    retries: 0,
    bytes_to_client: read(codes[PEER_BYTES_TO_CLIENT]!),
    bytes_to_peer: read(codes[PEER_BYTES_TO_PEER]!),
  };
  if (read(PEER_TROUBLE) === 0) return totals;
  totals["retries"] = read(codes[PEER_RETRIES]!);
  let failed = 0;
  for (const index of $range(0, FAILURES.length - 1)) failed += read(codes[PEER_FAILURES + index]!);
  totals["failed"] = failed;
  return totals;
}
