import type { AnswerCode } from "../answer";
import type { RetryKind } from "../config/snapshot";
import type { TryRefusal } from "../gateway/further-try";
import type { HealthEvent } from "../health/record";
import type { Peer } from "../pool/peer";
import type { Pool } from "../pool/pool";
import type { Side } from "../session/relay-teller";
import type { MoveReason, RelayView } from "../session/relayed";
import type { Session } from "../session/session";
import { handshakeBucket, pauseBucket, roundTripBucket, sessionBucket } from "./buckets";
import { Counters, RouteCounters } from "./counters";
import {
  OPENED,
  PEER_BYTES_TO_CLIENT,
  PEER_BYTES_TO_PEER,
  PEER_EJECTIONS,
  PEER_FAILURES,
  PEER_LAYOUT,
  PEER_OPENED,
  PEER_PROBES_FAILED,
  PEER_PROBES_PASSED,
  PEER_RETRIES,
  PEER_WENT_DOWN,
  PEER_WENT_UP,
  ROUTE_BYTES_TO_CLIENT,
  ROUTE_BYTES_TO_PEER,
  ROUTE_EMPTY_KEYS,
  ROUTE_HANDSHAKES,
  ROUTE_LAYOUT,
  ROUTE_MESSAGES_FROM_CLIENT,
  ROUTE_MESSAGES_FROM_PEER,
  ROUTE_PAYLOAD_FROM_CLIENT,
  ROUTE_PAYLOAD_FROM_PEER,
  ROUTE_REQUESTS,
  ROUTE_RETRIES,
  UPSTREAM_CLIENT_ROUND_TRIPS,
  UPSTREAM_FAILED_MOVES,
  UPSTREAM_HANDSHAKES,
  UPSTREAM_LAYOUT,
  UPSTREAM_MOVES,
  UPSTREAM_PAUSES,
  UPSTREAM_PEER_ROUND_TRIPS,
  UPSTREAM_REFUSED_TRIES,
  UPSTREAM_SESSIONS,
  UPSTREAM_UNCONFIRMED,
} from "./layout";
import { peerName, routeName, upstreamName } from "./names";
import {
  closePlace,
  FAILURE_PLACES,
  framePlace,
  lastFailure,
  MOVE_PLACES,
  outcomePlace,
  refusalPlace,
  TRY_REFUSAL_PLACES,
} from "./places";

/**
 * What one worker has counted and not passed on yet. The request path only adds to numbers here; objects are made at the first
 * session of a route, upstream or peer.
 */
export class Metrics {
  /** Those with something to pass on. */
  dirty: Counters[] = [];
  private readonly routes = new LuaMap<string, RouteCounters>();

  /** A session of the route has its slot. */
  admitted(route: string): void {
    const found = this.route(route);
    found.open += 1;
    this.mark(found.counters);
  }

  /** A session that was admitted ends. */
  left(route: string): void {
    const found = this.route(route);
    found.open -= 1;
    this.mark(found.counters);
  }

  /** The gateway answered a request that had no session. @param route `""` if it had none either */
  refused(route: string, code: AnswerCode, isUpgrade: boolean): void {
    this.countOutcome(this.route(route).counters, isUpgrade, refusalPlace(code));
  }

  /** The peer has answered 101. @param seconds since the request began */
  opened(session: Session, seconds: number): void {
    const { peer, pool } = session;
    this.countOutcome(this.route(session.route).counters, true, OPENED);
    if (peer === undefined || pool === undefined) return;
    this.add(this.ofPeer(peer), PEER_OPENED, 1);
    const upstream = this.ofUpstream(pool);
    this.add(upstream, UPSTREAM_HANDSHAKES, seconds);
    this.add(upstream, UPSTREAM_HANDSHAKES + 1 + handshakeBucket(seconds), 1);
  }

  /** An attempt at the peer has failed. */
  failed(peer: Peer, kind: RetryKind): void {
    const place = FAILURE_PLACES.get(kind);
    if (place !== undefined) this.add(this.ofPeer(peer), PEER_FAILURES + place, 1);
  }

  /** After a failed attempt the session goes on to another peer. */
  retried(route: string, from: Peer): void {
    this.add(this.ofPeer(from), PEER_RETRIES, 1);
    this.add(this.route(route).counters, ROUTE_RETRIES, 1);
  }

  /** A probe of the peer has ended. */
  probed(peer: Peer, isGood: boolean): void {
    this.add(this.ofPeer(peer), isGood ? PEER_PROBES_PASSED : PEER_PROBES_FAILED, 1);
  }

  /** The peer went up or down, or failed its trial; nothing else is counted. */
  healthChanged(peer: Peer, { to, source }: HealthEvent): void {
    if (to === "up") this.add(this.ofPeer(peer), PEER_WENT_UP, 1);
    if (to !== "down") return;
    this.add(this.ofPeer(peer), PEER_WENT_DOWN, 1);
    if (source === "handshakes") this.add(this.ofPeer(peer), PEER_EJECTIONS, 1);
  }

  /** After a failed attempt the session would go on to another peer, and may not. */
  tryRefused(pool: Pool, why: TryRefusal): void {
    this.add(this.ofUpstream(pool), UPSTREAM_REFUSED_TRIES + TRY_REFUSAL_PLACES.get(why)!, 1);
  }

  /** The route's key had nothing in it. */
  hadNoKey(route: string): void {
    this.add(this.route(route).counters, ROUTE_EMPTY_KEYS, 1);
  }

  /**
   * A request with a session that was never open is over.
   * @param outcome as in the access log
   * @returns how the last attempt failed, if nginx did not ask for another
   */
  endedUnopened(session: Session, status: number, outcome: string): RetryKind | undefined {
    this.countOutcome(this.route(session.route).counters, session.isUpgrade, outcomePlace(status, outcome));
    const { peer } = session;
    // What had a failure and no attempt after it is counted already.
    if (peer === undefined || session.attempts === 0 || session.failure !== "") return undefined;
    const kind = lastFailure(outcome);
    if (kind !== undefined) this.failed(peer, kind);
    return kind;
  }

  /**
   * An open session is over.
   * @param outcome as in the access log
   * @param toClient bytes, with those of the handshake
   */
  ended(session: Session, seconds: number, outcome: string, toClient: number, toPeer: number): void {
    const { peer, pool } = session;
    const route = this.route(session.route).counters;
    this.add(route, closePlace(outcome), 1);
    this.add(route, ROUTE_BYTES_TO_CLIENT, toClient);
    this.add(route, ROUTE_BYTES_TO_PEER, toPeer);
    if (peer === undefined || pool === undefined) return;
    const ofPeer = this.ofPeer(peer);
    this.add(ofPeer, PEER_BYTES_TO_CLIENT, toClient);
    this.add(ofPeer, PEER_BYTES_TO_PEER, toPeer);
    const upstream = this.ofUpstream(pool);
    this.add(upstream, UPSTREAM_SESSIONS, seconds);
    this.add(upstream, UPSTREAM_SESSIONS + 1 + sessionBucket(seconds), 1);
  }

  /** A session of the upstream goes on with another peer; its client waited so long. */
  moved(pool: Pool, why: MoveReason, pausedS: number): void {
    const upstream = this.ofUpstream(pool);
    this.add(upstream, UPSTREAM_MOVES + MOVE_PLACES.get(why)!, 1);
    this.add(upstream, UPSTREAM_PAUSES, pausedS);
    this.add(upstream, UPSTREAM_PAUSES + 1 + pauseBucket(pausedS), 1);
  }

  moveFailed(pool: Pool, why: MoveReason): void {
    this.add(this.ofUpstream(pool), UPSTREAM_FAILED_MOVES + MOVE_PLACES.get(why)!, 1);
  }

  /** Messages were handed to a peer that broke off before it confirmed them. */
  unconfirmed(pool: Pool, messages: number): void {
    if (messages > 0) this.add(this.ofUpstream(pool), UPSTREAM_UNCONFIRMED, messages);
  }

  /** A side has answered a ping. */
  roundTrip(pool: Pool, side: Side, seconds: number): void {
    const first = side === "client" ? UPSTREAM_CLIENT_ROUND_TRIPS : UPSTREAM_PEER_ROUND_TRIPS;
    const upstream = this.ofUpstream(pool);
    this.add(upstream, first, seconds);
    this.add(upstream, first + 1 + roundTripBucket(seconds), 1);
  }

  /** @param code of the Close that the side gets for what it has sent */
  frameRefused(route: string, side: Side, code: number): void {
    this.add(this.route(route).counters, framePlace(side, code), 1);
  }

  /** What a session whose frames were relayed has come to, beside what `ended` counts of every session. */
  relayEnded(route: string, view: RelayView): void {
    const { counters } = this.route(route);
    this.add(counters, ROUTE_MESSAGES_FROM_CLIENT, view.messagesFromClient);
    this.add(counters, ROUTE_MESSAGES_FROM_PEER, view.messagesFromPeer);
    this.add(counters, ROUTE_PAYLOAD_FROM_CLIENT, view.bytesFromClient);
    this.add(counters, ROUTE_PAYLOAD_FROM_PEER, view.bytesFromPeer);
  }

  /** Puts back what could not be passed on. */
  mark(counters: Counters): void {
    if (counters.isDirty) return;
    counters.isDirty = true;
    this.dirty.push(counters);
  }

  /** Calls `act` for each route that had a session or an answer here. `act` may not add any, but `forget` its own. */
  eachRoute(act: (this: void, id: string, route: RouteCounters) => void): void {
    for (const [id, route] of this.routes) act(id, route);
  }

  forget(route: string): void {
    this.routes.delete(route);
  }

  private countOutcome(route: Counters, isUpgrade: boolean, place: number): void {
    this.add(route, (isUpgrade ? ROUTE_HANDSHAKES : ROUTE_REQUESTS) + place, 1);
  }

  private add(counters: Counters, place: number, delta: number): void {
    counters.values[place]! += delta;
    if (!counters.isDirty) this.mark(counters);
  }

  private route(id: string): RouteCounters {
    const known = this.routes.get(id);
    if (known !== undefined) return known;
    const route = new RouteCounters(id, routeName(id), ROUTE_LAYOUT);
    this.routes.set(id, route);
    return route;
  }

  private ofPeer(peer: Peer): Counters {
    peer.counters ??= new Counters(peerName(peer.upstream, peer.key), PEER_LAYOUT, peer);
    return peer.counters;
  }

  private ofUpstream(pool: Pool): Counters {
    pool.counters ??= new Counters(upstreamName(pool.config.name), UPSTREAM_LAYOUT, pool);
    return pool.counters;
  }
}
