import { Findings } from "../findings";
import type { RelayConfig } from "../snapshot";
import { boolean, choice, durationMs, integer, number, object } from "../specification";
import { walk } from "../walker";
import { DAY_MS, HOUR_MS, LONGEST_TIMER_MS } from "./spans";

/** 64 TiB: Lua's JSON keeps 14 digits of a number, so that larger ones would not come out as they went in. */
const MAX_BYTES = 70_368_744_177_664;
const MAX_COUNT = 1_000_000_000;
const MAX_REPLAY = 100;
/** What one session may have in memory. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;
const MIN_HOLD_BYTES = 4096;

export const relay = object<RelayConfig>([
  {
    name: "max_message_bytes",
    into: "maxMessageBytes",
    is: integer(0, MAX_BYTES),
    default: 0,
    about: "The longest message a client may send, as it is on the wire; 0: any.",
  },
  {
    name: "max_frame_bytes",
    into: "maxFrameBytes",
    is: integer(0, MAX_BYTES),
    default: 0,
    about: "The longest frame a client may send; 0: any.",
  },
  {
    name: "max_fragments",
    into: "maxFragments",
    is: integer(0, MAX_COUNT),
    default: 0,
    about: "The most frames a client may make of one message; 0: any number.",
  },
  {
    name: "messages_per_second",
    into: "messagesPerSecond",
    is: number(0, MAX_COUNT),
    default: 0,
    about: "How many messages a client may send, as many at once as in a second; 0: any number.",
  },
  {
    name: "bytes_per_second",
    into: "bytesPerSecond",
    is: integer(0, MAX_BYTES),
    default: 0,
    about: "How many bytes a client may send, as many at once as in a second; 0: any number.",
  },
  {
    name: "on_excess",
    into: "onExcess",
    is: choice("close", "delay"),
    default: "close",
    about: "What is more per second: close ends the session with 1008; delay reads it later.",
  },
  {
    name: "message_timeout",
    into: "messageTimeoutMs",
    is: durationMs(0, LONGEST_TIMER_MS),
    default: "0s",
    about: "A session without a message of either side for so long is closed with 1001; 0s: never.",
  },
  {
    name: "max_age",
    into: "maxAgeMs",
    is: durationMs(0, LONGEST_TIMER_MS),
    default: "0s",
    about: "A session is closed with 1001 when it is so old, less up to a tenth by chance; 0s: never.",
  },
  {
    name: "ping_interval",
    into: "pingIntervalMs",
    is: durationMs(0, DAY_MS),
    default: "0s",
    about: "How often the gateway itself pings client and peer; 0s: never.",
  },
  {
    name: "pong_timeout",
    into: "pongTimeoutMs",
    is: durationMs(1, HOUR_MS),
    default: "10s",
    about: "A side that has not answered such a ping for so long is gone.",
  },
  {
    name: "move_timeout",
    into: "moveTimeoutMs",
    is: durationMs(1, HOUR_MS),
    default: "10s",
    about: "How long a move may wait for the end of a message.",
  },
  {
    name: "close_timeout",
    into: "closeTimeoutMs",
    is: durationMs(1, HOUR_MS),
    default: "5s",
    about: "How long a peer that was told to close may be silent before it is left.",
  },
  {
    name: "replay",
    into: "replay",
    is: integer(0, MAX_REPLAY),
    default: 0,
    about: "So many of a client's first messages are kept, and sent again to each peer it is moved to.",
  },
  {
    name: "replay_bytes",
    into: "replayBytes",
    is: integer(1, MAX_KEPT_BYTES),
    default: 65_536,
    about: "The most bytes kept of them; a session with more is moved without.",
  },
  {
    name: "accept_redirect",
    into: "acceptRedirect",
    is: boolean(),
    default: false,
    about: "Whether a peer may send its client to another one, by a Close 4300.",
  },
  {
    name: "hold_bytes",
    into: "holdBytes",
    is: integer(MIN_HOLD_BYTES, MAX_KEPT_BYTES),
    default: 65_536,
    about: "Frames towards the client up to so long go on whole; of longer ones a client may get but a part.",
  },
  {
    name: "on_exit",
    into: "onExit",
    is: choice("stay", "close"),
    default: "stay",
    about: "In a worker that exits, as after a reload: stay until they end, or be closed with 1012.",
  },
  {
    name: "exit_spread",
    into: "exitSpreadMs",
    is: durationMs(0, DAY_MS),
    default: "10s",
    about: "Over how long they are closed then.",
  },
  {
    name: "flight_recorder",
    into: "hasFlightRecorder",
    is: boolean(),
    default: false,
    about:
      "Keeps the heads of each session's last 64 frames, for the log when it ends badly and for the API.",
  },
]);

let defaults: RelayConfig | undefined;

/** What a route in relay mode has that says nothing of it. Routes share it, as nobody changes it. */
export function defaultRelay(): RelayConfig {
  defaults ??= walk(relay, {}, new Findings())!;
  return defaults;
}
