import { answerRefusal, answerStream, type AdminAnswer } from "../admin/answer";
import { refusal } from "../admin/errors";
import type { Output } from "../admin/output";
import type { AdminWorld } from "../admin/world";
import { EventReader } from "../core/events/event-reader";
import { EVENT_TYPES } from "../core/events/event";
import type { Fallible } from "../core/fallible";
import { EventDict } from "./events";
import { protect } from "./protect";
import { clock, sharedDict } from "./world";

const POLL_S = 0.1;
/** What keeps a stream alive through proxies, and finds out that its client is gone. */
const HEARTBEAT_S = 15;
/** Of events, in one piece. */
const PIECE_BYTES = 8 * 1024;
/** Of one worker. */
const MAX_STREAMS = 64;
/** When a browser's EventSource comes back after the end. */
const RETRY_MS = 1000;

/** As they stand in the query, decoded. */
export interface EventQuery {
  /** The id of the event that was read last; 0: begin with the oldest there is. */
  readonly after?: string;
  /** Types, with commas between. */
  readonly type?: string;
}

const HEADERS = {
  "Content-Type": "text/event-stream",
  // nginx and others in front would keep events back until they have enough of them.
  "X-Accel-Buffering": "no",
};

let openStreams = 0;

/**
 * A stream of server-sent events that ends when the client leaves, when it is too slow, or when the worker exits.
 * @param lastEventId of the header `Last-Event-ID`, which goes before `after`; `""` if there is none
 */
export function eventStream(query: EventQuery, lastEventId: string, world: AdminWorld): AdminAnswer {
  if (openStreams >= MAX_STREAMS) {
    const message = `this worker has ${MAX_STREAMS} readers of events`;
    return answerRefusal(refusal("too_many_readers", message), world);
  }
  const [reader, err] = createReader(lastEventId === "" ? query.after : lastEventId, query.type);
  if (reader === undefined) return answerRefusal(refusal("bad_request", err), world);
  return answerStream((out) => {
    openStreams += 1;
    protect("a stream of events", () => stream(reader, out));
    openStreams -= 1;
  }, HEADERS);
}

function createReader(after: string | undefined, types: string | undefined): Fallible<EventReader> {
  const store = new EventDict(sharedDict());
  const [wanted, err] = parseTypes(types ?? "");
  if (wanted === undefined) return $multi(undefined, err);
  const filter = types === undefined || types === "" ? undefined : wanted;
  if (after === undefined || after === "") return $multi(EventReader.fromNow(store, clock, filter));
  const [digits] = string.match(after, "^%d+$");
  const position = tonumber(digits);
  if (position === undefined) return $multi(undefined, "after: not the id of an event");
  if (position === 0) return $multi(EventReader.fromOldest(store, clock, filter));
  return $multi(new EventReader(store, clock, position, filter));
}

function parseTypes(text: string): Fallible<LuaSet<string>> {
  const wanted = new LuaSet<string>();
  if (text === "") return $multi(wanted);
  for (const type of text.split(",")) {
    if (!(EVENT_TYPES as readonly string[]).includes(type)) {
      return $multi(undefined, `type: there is no "${type}"; there are ${EVENT_TYPES.join(", ")}`);
    }
    wanted.add(type);
  }
  return $multi(wanted);
}

function stream(reader: EventReader, out: Output): void {
  let isGone = false;
  // Only where `lua_check_client_abort` is on; elsewhere a write finds it out.
  ngx.on_abort(() => {
    isGone = true;
  });
  let saidAt = clock.now();
  if (!say(out, `retry: ${RETRY_MS}\n${reader.heartbeat("events")}`)) return;
  while (!isGone) {
    let piece = reader.read(PIECE_BYTES);
    const note = piece === "" ? reader.dropNote() : undefined;
    const isEnding = ngx.worker.exiting();
    if (note !== undefined) piece = note;
    else if (isEnding) piece += reader.heartbeat("this worker exits");
    // The clock may be set back.
    else if (piece === "" && Math.abs(clock.now() - saidAt) >= HEARTBEAT_S) {
      piece = reader.heartbeat("still here");
    }
    if (piece === "") ngx.sleep(POLL_S);
    else if (!say(out, piece) || note !== undefined || isEnding) return;
    else saidAt = clock.now();
  }
}

/** Waits until the client has taken it. */
function say(out: Output, text: string): boolean {
  out.write(text);
  return out.flush();
}
