import type { AnswerCode } from "../answer";
import type { RetryKind } from "../config/snapshot";
import type { Side } from "../session/relay-teller";
import {
  ABORTED,
  CLOSES,
  FAILURES,
  FRAME_FAULTS,
  HTTP_2XX,
  MOVE_REASONS,
  OTHER_CLOSE,
  OTHER_OUTCOME,
  OUTCOMES,
  ROUTE_CLOSES,
  ROUTE_FRAME_FAULTS,
  ROUTE_RELAY_CLOSES,
  TRY_REFUSALS,
} from "./layout";
import { relayClosePlace } from "./relay-closes";

/** Where what happens is counted, in the layouts. */

const OUTCOME_PLACES = placesOf(OUTCOMES);
const CLOSE_PLACES = placesOf(CLOSES);
export const FAILURE_PLACES = placesOf(FAILURES);
export const TRY_REFUSAL_PLACES = placesOf(TRY_REFUSALS);
export const MOVE_PLACES = placesOf(MOVE_REASONS);

function placesOf(names: readonly string[]): LuaMap<string, number> {
  const places = new LuaMap<string, number>();
  for (const place of $range(0, names.length - 1)) places.set(names[place]!, place);
  return places;
}

/** Of what the gateway answered a request that had no session, among `OUTCOMES`. */
export function refusalPlace(code: AnswerCode): number {
  return OUTCOME_PLACES.get(code) ?? OTHER_OUTCOME;
}

/** Of the end of an open session, in the layout of its route. */
export function closePlace(outcome: string): number {
  const place = CLOSE_PLACES.get(outcome);
  if (place !== undefined) return ROUTE_CLOSES + place;
  const ofRelay = relayClosePlace(outcome);
  return ofRelay === undefined ? ROUTE_CLOSES + OTHER_CLOSE : ROUTE_RELAY_CLOSES + ofRelay;
}

/** Of a frame that was refused, in the layout of its route. */
export function framePlace(side: Side, code: number): number {
  return (
    (side === "client" ? ROUTE_FRAME_FAULTS : ROUTE_FRAME_FAULTS + FRAME_FAULTS.length) + faultPlace(code)
  );
}

/** The place among `FRAME_FAULTS`. */
function faultPlace(code: number): number {
  if (code === 1002) return 0;
  if (code === 1007) return 1;
  if (code === 1008) return 2;
  return code === 1009 ? 3 : 4;
}

const GATEWAY = "gateway:";

/** Of what became of a request that had a session, among `OUTCOMES`. */
export function outcomePlace(status: number, outcome: string): number {
  if (outcome.startsWith(GATEWAY)) {
    return OUTCOME_PLACES.get(outcome.substring(GATEWAY.length)) ?? OTHER_OUTCOME;
  }
  if (outcome === "client:aborted") return ABORTED;
  return status >= 200 && status < 600 ? HTTP_2XX + Math.floor(status / 100) - 2 : OTHER_OUTCOME;
}

/** How the last attempt failed, where nginx did not ask for another. */
export function lastFailure(outcome: string): RetryKind | undefined {
  if (outcome === "gateway:handshake_timeout") return "timeout";
  if (outcome === "gateway:bad_upstream") return "error";
  if (outcome === "upstream:http_502") return "http_502";
  if (outcome === "upstream:http_503") return "http_503";
  return outcome === "upstream:http_504" ? "http_504" : undefined;
}
