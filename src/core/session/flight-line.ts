import { printable } from "../config/show";
import { toRfc3339 } from "../rfc3339";
import { opcodeName } from "./frame-words";
import type { RecordedFrame, RelayView } from "./relayed";
import type { Session } from "./session";

/** nginx cuts lines of its error log at 2,048 bytes (NGX_MAX_ERROR_STR), and begins each with time, process and place. */
export const FLIGHT_LINE_LIMIT_BYTES = 1850;
const MAX_NAME = 64;
const MS_PER_S = 1000;
const SEPARATOR = "; ";

/** Ends that somebody wanted, or that the config foresees: no line tells of their frames. */
const NORMAL = new LuaSet<string>();
for (const outcome of [
  "client:close_1000",
  "client:close_1001",
  "upstream:close_1000",
  "upstream:close_1001",
  "gateway:killed",
  "gateway:drained",
  "gateway:maint",
  "gateway:removed",
  "gateway:exiting",
  "gateway:max_age",
]) {
  NORMAL.add(outcome);
}

/** Whether a session that ended so is worth a line. @param outcome as in the access log */
export function isAbnormal(outcome: string): boolean {
  return !NORMAL.has(outcome);
}

/**
 * One line of JSON for the error log about a session that has ended. Its frames are one text, `0 c>text 12; 31 p>close 1000`: of each the
 * milliseconds since the one before, who sent it (`c`lient, `p`eer, `g`ateway), its kind (`+`: more of the message follows), and the length
 * of its payload, or the code of a Close. Where there is no room for all, the oldest are left out.
 */
export function flightLine(
  session: Session,
  view: RelayView,
  outcome: string,
  encode: (this: void, value: string) => string,
): string {
  const { peer } = session;
  const frames = view.frames ?? [];
  const name = (text: string): string => encode(printable(text, MAX_NAME));
  const head = [
    `{"session":${name(session.id)}`,
    `"outcome":${name(outcome)}`,
    `"route":${name(session.route)}`,
    `"upstream":${name(peer?.upstream ?? "")}`,
    `"peer":${name(peer?.key ?? "")}`,
    `"moves":${view.moves}`,
    `"messages_from_client":${view.messagesFromClient}`,
    `"messages_from_peer":${view.messagesFromPeer}`,
    `"bytes_from_client":${view.bytesFromClient}`,
    `"bytes_from_peer":${view.bytesFromPeer}`,
    `"unconfirmed_messages":${view.unconfirmedMessages}`,
  ].join(",");
  // With what stands around the frames, and the time of the first.
  let room = FLIGHT_LINE_LIMIT_BYTES - head.length - 70;
  let first = frames.length;
  const shown: string[] = [];
  while (first > 0) {
    const text = describe(frames[first - 1]!, frames[first - 2]);
    room -= text.length + SEPARATOR.length;
    if (room < 0) break;
    shown.push(text);
    first -= 1;
  }
  if (shown.length === 0) return `${head}}`;
  const since = `"since":"${toRfc3339(frames[first]!.atS)}"`;
  return `${head},${since},"left_out":${first},"frames":"${shown.reverse().join(SEPARATOR)}"}`;
}

function describe(frame: RecordedFrame, before: RecordedFrame | undefined): string {
  const { atS, from, opcode, isFinal, length, code } = frame;
  // The clock may be set back.
  const ms = before === undefined ? 0 : Math.max(0, Math.floor((atS - before.atS) * MS_PER_S + 0.5));
  const more = isFinal ? "" : "+";
  return `${ms} ${from.charAt(0)}>${opcodeName(opcode)}${more} ${code ?? length}`;
}
