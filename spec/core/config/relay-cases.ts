import { NULL, withRoute } from "./documents";
import { at, BOOLEANS, durations, integers } from "./field-case";
import type { FieldCase } from "./field-case";

const MAX_BYTES = 64 * 1024 ** 4;

function inRelay(name: string): Pick<FieldCase, "place" | "document"> {
  return at("/routes/0/relay", name, (fields) => withRoute({ mode: "relay", relay: fields }));
}

export const RELAY_CASES: readonly FieldCase[] = [
  {
    ...at("/routes/0", "relay", (fields) => withRoute({ mode: "relay", ...fields })),
    accepted: [{}, { replay: 1 }],
    refused: [true, false, "relay", NULL, { replays: 1 }],
  },
  { ...inRelay("max_message_bytes"), ...integers(0, MAX_BYTES) },
  { ...inRelay("max_frame_bytes"), ...integers(0, MAX_BYTES) },
  { ...inRelay("max_fragments"), ...integers(0, 1_000_000_000) },
  {
    ...inRelay("messages_per_second"),
    accepted: [0, 0.5, 1_000_000_000],
    refused: [-1, 1_000_000_001, "10", NULL, true],
  },
  { ...inRelay("bytes_per_second"), ...integers(0, MAX_BYTES) },
  { ...inRelay("on_excess"), accepted: ["close", "delay"], refused: ["drop", "", true, NULL] },
  { ...inRelay("message_timeout"), ...durations(["0s", "576h"], ["577h"]) },
  { ...inRelay("max_age"), ...durations(["0s", "576h"], ["577h"]) },
  { ...inRelay("ping_interval"), ...durations(["0s", "24h"], ["25h"]) },
  { ...inRelay("pong_timeout"), ...durations(["1ms", "1h"], ["0s", "61m"]) },
  { ...inRelay("move_timeout"), ...durations(["1ms", "1h"], ["0s", "61m"]) },
  { ...inRelay("close_timeout"), ...durations(["1ms", "1h"], ["0s", "61m"]) },
  { ...inRelay("replay"), ...integers(0, 100) },
  { ...inRelay("replay_bytes"), ...integers(1, 16_777_216) },
  { ...inRelay("accept_redirect"), ...BOOLEANS },
  { ...inRelay("hold_bytes"), ...integers(4096, 16_777_216) },
  { ...inRelay("on_exit"), accepted: ["stay", "close"], refused: ["move", true, NULL] },
  { ...inRelay("exit_spread"), ...durations(["0s", "24h"], ["25h"]) },
  { ...inRelay("flight_recorder"), ...BOOLEANS },
];
