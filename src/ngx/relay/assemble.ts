import { FrameScanner, type FrameObserver, type ScannerOptions } from "../../core/frame/scanner";
import { parseExtensions, type Agreement } from "../../core/handshake/extensions";
import type { Side } from "../../core/session/relay-teller";
import type { Session } from "../../core/session/session";
import { FlightRecorder } from "../../relay/flight-recorder";
import { Limits } from "../../relay/limits";
import { Liveness } from "../../relay/liveness";
import { ToClient, type OwnPong } from "../../relay/to-client";
import { ToPeer } from "../../relay/to-peer";
import { clientHandle } from "../connection";
import { unacknowledged } from "../send-queue";
import { clock, rng } from "../world";
import type { RoutePlan } from "./plan";

const MS_PER_S = 1000;
const DEFLATE = "permessage-deflate";

/** What scans the frames of a client. */
export function newToPeer(
  plan: RoutePlan,
  agreement: Agreement,
  recorder: FlightRecorder | undefined,
  liveness: Liveness | undefined,
): ToPeer {
  const options = isCompressed(agreement) ? plan.fromClientCompressed : plan.fromClient;
  const isOwnPong = liveness === undefined ? undefined : clientPong(liveness);
  return new ToPeer(new FrameScanner(observed(options, recorder?.observer("client"))), isOwnPong);
}

/** What scans the frames of a peer. */
export function newToClient(
  plan: RoutePlan,
  agreement: Agreement,
  recorder: FlightRecorder | undefined,
  liveness: Liveness | undefined,
): ToClient {
  const options = isCompressed(agreement) ? plan.fromPeerCompressed : plan.fromPeer;
  const isOwnPong = liveness === undefined ? undefined : peerPong(liveness);
  const scanner = new FrameScanner(observed(options, recorder?.observer("peer")));
  return new ToClient(scanner, plan.config.holdBytes, isOwnPong);
}

/** Apart: LuaJIT compiles no function that makes another. */
function clientPong(this: void, liveness: Liveness): OwnPong {
  return (payload) => liveness.takeClientPong(payload);
}

function peerPong(this: void, liveness: Liveness): OwnPong {
  return (payload) => liveness.takePeerPong(payload);
}

/** Who is told that a ping was answered. */
export interface RoundTrips {
  tellRoundTrip(side: Side, ms: number): void;
}

/** For a route with pings. */
export function newLiveness({ config }: RoutePlan, session: Session, trips: RoundTrips): Liveness {
  return new Liveness({
    clock,
    rng,
    intervalS: config.pingIntervalMs / MS_PER_S,
    timeoutS: config.pongTimeoutMs / MS_PER_S,
    queuedToClient: () => unacknowledged(clientHandle(session.requestHandle)),
    queuedToPeer: () => unacknowledged(session.upstreamHandle),
    roundTrip: (side, ms) => trips.tellRoundTrip(side, ms),
  });
}

export function newRecorder({ config }: RoutePlan): FlightRecorder | undefined {
  return config.hasFlightRecorder ? new FlightRecorder(clock) : undefined;
}

export function newLimits({ config }: RoutePlan): Limits | undefined {
  return Limits.are(config) ? new Limits(config, clock.now(), rng) : undefined;
}

function isCompressed({ extensions }: Agreement): boolean {
  if (extensions === "") return false;
  for (const { name } of parseExtensions(extensions) ?? []) if (name === DEFLATE) return true;
  return false;
}

function observed(options: ScannerOptions, observer: FrameObserver | undefined): ScannerOptions {
  return observer === undefined ? options : { ...options, observer };
}
