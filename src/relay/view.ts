import type { RelayView } from "../core/session/relayed";
import { roundTripOf } from "./heartbeat";
import type { Line } from "./line";
import type { RelayState } from "./state";

/** What came from the peers of a session. */
export interface Amount {
  readonly messages: number;
  readonly bytes: number;
}

/** @param earlier from the peers before */
export function fromPeers({ toClient }: Line, earlier: Amount | undefined): Amount {
  return {
    messages: (earlier?.messages ?? 0) + toClient.messages(),
    bytes: (earlier?.bytes ?? 0) + toClient.payloadBytes(),
  };
}

/** @param earlier what came from the peers before */
export function viewOf(state: RelayState, earlier: Amount | undefined): RelayView {
  const { line, toPeer, liveness, recorder, moves, unconfirmed } = state;
  const { messages, bytes } = fromPeers(line, earlier);
  return {
    moves,
    messagesFromClient: toPeer.messages(),
    messagesFromPeer: messages,
    bytesFromClient: toPeer.scanner.payloadBytes,
    bytesFromPeer: bytes,
    unconfirmedMessages: unconfirmed,
    clientRttMs: roundTripOf(liveness?.client),
    peerRttMs: roundTripOf(liveness?.peer),
    frames: recorder?.frames(),
  };
}
