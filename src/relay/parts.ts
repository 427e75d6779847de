import type { FlightRecorder } from "./flight-recorder";
import type { Limits } from "./limits";
import type { Host, Line } from "./line";
import type { Liveness } from "./liveness";
import type { Outlet } from "./outlet";
import type { Replay } from "./replay";
import type { Plan } from "./state";
import type { ToPeer } from "./to-peer";

/** What a session in relay mode is made of. */
export interface RelayParts {
  readonly plan: Plan;
  readonly host: Host;
  readonly toPeer: ToPeer;
  readonly client: Outlet;
  readonly line: Line;
  readonly liveness: Liveness | undefined;
  readonly replay: Replay | undefined;
  readonly recorder: FlightRecorder | undefined;
  readonly limits: Limits | undefined;
}
