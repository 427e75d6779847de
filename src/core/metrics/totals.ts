import {
  FAILURES,
  PEER_BYTES_TO_CLIENT,
  PEER_BYTES_TO_PEER,
  PEER_FAILURES,
  PEER_LAYOUT,
  PEER_OPENED,
  PEER_RETRIES,
} from "./layout";

/** What was counted of a peer, by all workers together. */
export interface PeerTotals {
  readonly opened: number;
  /** Attempts, of any kind. */
  readonly failed: number;
  readonly retries: number;
  readonly bytesToClient: number;
  readonly bytesToPeer: number;
}

/** @param read one of the peer's numbers, by its code */
export function peerTotals(read: (this: void, code: string) => number): PeerTotals {
  const { codes } = PEER_LAYOUT;
  let failed = 0;
  for (const index of $range(0, FAILURES.length - 1)) failed += read(codes[PEER_FAILURES + index]!);
  return {
    opened: read(codes[PEER_OPENED]!),
    failed,
    retries: read(codes[PEER_RETRIES]!),
    bytesToClient: read(codes[PEER_BYTES_TO_CLIENT]!),
    bytesToPeer: read(codes[PEER_BYTES_TO_PEER]!),
  };
}
