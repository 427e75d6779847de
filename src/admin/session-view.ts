import type { ListedSession } from "../core/listing/page";
import { toRfc3339 } from "../core/rfc3339";
import { opcodeName } from "../core/session/frame-words";
import type { RecordedFrame, Relayed } from "../core/session/relayed";
import { listText, withField } from "./json-text";

type Encode = (this: void, value: unknown) => string;

/** What the flight recorder holds at most: an answer of the API has an end. */
const MAX_FRAMES = 64;

/** A session for whoever asks for it by its id. @param relayed absent: it is a tunnel, of which nobody knows more */
export function sessionText(listed: ListedSession, relayed: Relayed | undefined, encode: Encode): string {
  if (relayed === undefined) return encode({ ...listed, mode: "tunnel" });
  const view = relayed.describe();
  const text = encode({
    ...listed,
    mode: "relay",
    moves: view.moves,
    moved_at: view.moves > 0 ? toRfc3339(relayed.movedAtS) : undefined,
    moving: relayed.isMoving(),
    messages_from_client: view.messagesFromClient,
    messages_from_peer: view.messagesFromPeer,
    bytes_from_client: view.bytesFromClient,
    bytes_from_peer: view.bytesFromPeer,
    unconfirmed_messages: view.unconfirmedMessages,
    client_rtt_ms: view.clientRttMs,
    peer_rtt_ms: view.peerRttMs,
  });
  const { frames } = view;
  if (frames === undefined) return text;
  return withField(
    text,
    "frames",
    listText(frames.slice(-MAX_FRAMES).map((frame) => frameText(frame, encode))),
  );
}

function frameText({ atS, from, opcode, isFinal, length, code }: RecordedFrame, encode: Encode): string {
  return encode({ time: toRfc3339(atS), from, opcode: opcodeName(opcode), final: isFinal, length, code });
}
