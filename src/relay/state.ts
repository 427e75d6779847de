import type { RelayConfig, RouteConfig } from "../core/config/snapshot";
import type { Clock } from "../core/ports";
import type { MoveReason } from "../core/session/relayed";
import type { FlightRecorder } from "./flight-recorder";
import type { Limits } from "./limits";
import type { Host, Line } from "./line";
import type { Liveness } from "./liveness";
import type { Moving } from "./moving";
import type { Outlet } from "./outlet";
import type { Replay } from "./replay";
import type { ToPeer } from "./to-peer";

/** What a session's route says of it. */
export interface Plan {
  readonly route: RouteConfig;
  readonly config: RelayConfig;
  readonly clock: Clock;
}

export function allowsMove({ route, config }: Plan, why: MoveReason): boolean {
  if (why === "redirected") return config.acceptRedirect;
  return (why === "crashed" || why === "down" ? route.onCrash : route.onDrain) === "move";
}

/** A session whose end has begun. */
export interface Ending {
  deadlineS: number;
  /** It has sent a Close, or is gone. */
  clientDone: boolean;
  peerDone: boolean;
}

/** A Close to both sides that waits for the end of a message. */
export interface CloseWish {
  readonly code: number;
  readonly reason: string;
  readonly deadlineS: number;
}

/** After a move that came to nothing the session is not asked for one again before then, unless it must leave. */
export interface Rest {
  readonly untilS: number;
  readonly lengthS: number;
}

/** What there is of a session in relay mode. Few fields, as there are many sessions: what most never have is absent. */
export interface RelayState {
  readonly plan: Plan;
  readonly host: Host;
  readonly toPeer: ToPeer;
  readonly client: Outlet;
  readonly liveness?: Liveness;
  readonly replay?: Replay;
  readonly recorder?: FlightRecorder;
  readonly limits?: Limits;
  line: Line;
  /** The next peer's, until the session is there. */
  next?: Line;
  moving?: Moving;
  rest?: Rest;
  ending?: Ending;
  closeWish?: CloseWish;
  isSendingToPeer: boolean;
  /** In how many seconds the client may be read again. */
  readonly delayS: number;
  isOver: boolean;
  /** Who ended it and how, `who:how`, if it was not the gateway; `""` while it is open. */
  outcome: string;
  moves: number;
  movedAtS: number;
  /** Crashes of peers since one has said something. */
  crashes: number;
  /** Messages handed to peers that broke off before they confirmed them. */
  unconfirmed: number;
}

export function isEnding(state: RelayState): boolean {
  return state.isOver || state.ending !== undefined || state.closeWish !== undefined;
}
