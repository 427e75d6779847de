import type { Peer } from "../pool/peer";
import type { PickInput } from "./contract";

/** Asks every peer, and changes nothing. Slow path. @param turns of the peers, in their order; the earliest of equals wins */
export function leastLoaded(
  peers: readonly Peer[],
  turns: readonly number[],
  input: PickInput,
): Peer | undefined {
  let best: Peer | undefined;
  let bestLoad = 0;
  let bestTurn = 0;
  for (let slot = 0; slot < peers.length; slot++) {
    const peer = peers[slot]!;
    if (peer.weight > 0 && input.eligible(peer)) {
      const load = (input.active(peer) + 1) / peer.weight;
      const turn = turns[slot]!;
      if (best === undefined || load < bestLoad || (load === bestLoad && turn < bestTurn)) {
        best = peer;
        bestLoad = load;
        bestTurn = turn;
      }
    }
  }
  return best;
}
