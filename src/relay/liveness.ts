import type { Clock, Rng } from "../core/ports";
import { DEAD, Heartbeat } from "./heartbeat";
import type { Outlet } from "./outlet";

export interface LivenessParts {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly intervalS: number;
  readonly timeoutS: number;
  /** Bytes sent to a side that it has not acknowledged. */
  queuedToClient(this: void): number;
  queuedToPeer(this: void): number;
  /** A ping was answered. */
  roundTrip(this: void, side: "client" | "peer", ms: number): void;
}

const NAME_RANGE = 1_000_000_000;

/** The gateway's own pings to both sides of a session. */
export class Liveness {
  readonly client: Heartbeat;
  peer: Heartbeat;
  private readonly name: string;

  constructor(private readonly parts: LivenessParts) {
    const { rng, clock, intervalS, timeoutS, queuedToClient } = parts;
    this.name = `gw${rng.integer(NAME_RANGE).toString()}.`;
    // Sessions that began together are not pinged together.
    const beginS = clock.now() - (intervalS * rng.integer(1000)) / 2000;
    this.client = new Heartbeat(this.name, intervalS, timeoutS, beginS, queuedToClient);
    this.peer = this.newPeer(beginS);
  }

  /** There is another peer. */
  restart(): void {
    this.peer = this.newPeer(this.parts.clock.now());
  }

  nextAtS(): number {
    return Math.min(this.client.nextAtS, this.peer.nextAtS);
  }

  /** @returns whether a pong of the client's is one of these, and not for the peer */
  takeClientPong(payload: string): boolean {
    return this.take("client", this.client, payload);
  }

  takePeerPong(payload: string): boolean {
    return this.take("peer", this.peer, payload);
  }

  /** Pings the client if it is time to. @returns whether it is dead */
  isClientDead(outlet: Outlet, nowS: number): boolean {
    return this.client.nextAtS <= nowS && this.client.beat(outlet, nowS, 0) === DEAD;
  }

  /** The same of the peer. @param sent messages it was given so far. @param mask of the frame */
  isPeerDead(outlet: Outlet, nowS: number, sent: number, mask: number): boolean {
    return this.peer.nextAtS <= nowS && this.peer.beat(outlet, nowS, sent, mask) === DEAD;
  }

  private take(side: "client" | "peer", heartbeat: Heartbeat, payload: string): boolean {
    const wasWaiting = heartbeat.isWaiting();
    if (!heartbeat.take(payload, this.parts.clock.now())) return false;
    if (wasWaiting && !heartbeat.isWaiting()) this.parts.roundTrip(side, heartbeat.roundTripMs);
    return true;
  }

  private newPeer(beginS: number): Heartbeat {
    const { intervalS, timeoutS, queuedToPeer } = this.parts;
    return new Heartbeat(this.name, intervalS, timeoutS, beginS, queuedToPeer);
  }
}
