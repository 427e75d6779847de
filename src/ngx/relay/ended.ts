import { flightLine, isAbnormal } from "../../core/session/flight-line";
import type { Relayed } from "../../core/session/relayed";
import type { Session } from "../../core/session/session";
import { encodeJson } from "../json";
import { workerInUse } from "../worker";
import { log } from "../world";

/** In the log phase of a session in relay mode, which may be over without its threads' having ended it. */
export function endRelayed(session: Session, relayed: Relayed, outcome: string): void {
  relayed.abandon();
  const view = relayed.describe();
  workerInUse().relayTelling.relayEnded(session, view);
  if (view.frames !== undefined && isAbnormal(outcome))
    log.write("notice", flightLine(session, view, outcome, encodeJson));
}
