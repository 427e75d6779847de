import { answer, type Answer } from "../answer";
import type { VariableSource } from "../affinity/cookie";
import { UNTIMED } from "../balance/untimed";
import type { RetryKind, UpstreamConfig } from "../config/snapshot";
import { findHandshakeFault, isWebSocketUpgrade, type HandshakeHeaders } from "../handshake/handshake";
import { Attempts } from "../health/attempts";
import { Metrics } from "../metrics/metrics";
import type { Pause } from "../pause";
import type { Peer } from "../pool/peer";
import type { Lookup } from "../pool/peers";
import { Pool } from "../pool/pool";
import type { PoolDeps } from "../pool/pool-deps";
import type { RouteRequest } from "../route/request";
import { renderKey, type KeySource } from "../route/route-key";
import { Router } from "../route/router";
import { pickSplit } from "../route/split";
import type { ClosingPools } from "../session/closer";
import { isLate, markTried, type Session } from "../session/session";
import type { SessionTable } from "../session/session-table";
import { boundPeer } from "./bound-peer";
import type { CompiledRoute } from "./compiled-route";
import { leftMs, refusalOf } from "./further-try";
import { HandshakeWatch } from "./handshake-watch";

/** A request as the gateway sees it. One object serves every request of a worker. */
export interface IncomingRequest extends RouteRequest, KeySource {
  readonly headers: HandshakeHeaders;
  method(): string;
  /** `HTTP/1.1` and the like. */
  protocol(): string;
  /** Which request it is, as long as it lasts. */
  handle: number;
}

/** A session that may go on to its peer; or what to answer instead, and how far the request got before. */
export type Admission = LuaMultiReturn<
  | [session: Session, route: CompiledRoute, refusal?: undefined]
  | [session: undefined, route: CompiledRoute | undefined, refusal: Answer, upstream?: string]
>;

const MS_PER_S = 1000;

/**
 * What one worker knows and decides: the routes and pools of the current generation, and the sessions on them. The
 * phases ask it and do what it says.
 */
export class Gateway implements ClosingPools {
  readonly metrics = new Metrics();
  readonly attempts = new Attempts();
  readonly watch: HandshakeWatch;
  private readonly pools = new LuaMap<string, Pool>();
  private sortedPools: readonly Pool[] | undefined;
  private router = new Router<CompiledRoute>();
  readonly closingPools = new LuaSet<Pool>();
  closingChanges = 0;
  private readonly sample = { kind: "handshake" as const, latencyMs: 0, isFailed: false };

  constructor(
    readonly sessions: SessionTable,
    private readonly deps: PoolDeps,
  ) {
    this.watch = new HandshakeWatch(this.attempts, deps.clock);
  }

  /** Routes the request and takes a slot on a peer for it. */
  admit(request: IncomingRequest): Admission {
    const { headers, handle } = request;
    // A backend's X-Accel-Redirect brings a request here a second time, when its first session is over.
    const earlier = this.sessions.find(handle);
    if (earlier !== undefined) this.close(earlier);
    const isUpgrade = isWebSocketUpgrade(headers);
    if (isUpgrade) {
      const fault = findHandshakeFault(headers, request.method(), request.protocol());
      if (fault !== undefined) {
        this.metrics.refused("", "bad_handshake", true);
        return $multi(undefined, undefined, answer("bad_handshake", fault));
      }
    }
    const route = this.router.match(request);
    if (route === undefined) {
      this.metrics.refused("", "no_route", isUpgrade);
      return $multi(undefined, undefined, answer("no_route", "no route matches this host and path"));
    }
    if (!isUpgrade && !route.config.isHttpAllowed) {
      this.metrics.refused(route.config.id, "upgrade_required", false);
      return $multi(undefined, route, answer("upgrade_required", "this route takes WebSockets only"));
    }
    const upstream = this.chooseUpstream(route);
    const pool = this.pools.get(upstream);
    const session = this.sessions.open(handle);
    session.route = route.config.id;
    session.isUpgrade = isUpgrade;
    session.pool = pool;
    if (pool === undefined || this.pickFirst(session, pool, route, request) === undefined) {
      this.sessions.close(session);
      this.metrics.refused(route.config.id, "no_live_peer", isUpgrade);
      return $multi(undefined, route, answer("no_live_peer", "no backend can take this now"), upstream);
    }
    pool.retryBudget.begin(session);
    this.metrics.admitted(route.config.id);
    return $multi(session, route);
  }

  /**
   * After a failed attempt: gives the slot back, as `fail` does, and picks a peer that was not tried yet.
   * @param ageS how long ago the request began
   * @param hasSent whether the peer may have got anything of it
   * @returns `undefined` if the upstream does not retry after that kind, or no more, or no peer is left
   */
  retry(
    session: Session,
    kind: RetryKind,
    request: VariableSource,
    ageS = 0,
    hasSent = true,
  ): Peer | undefined {
    const { pool, peer } = session;
    this.fail(session, kind, request);
    if (pool === undefined || peer === undefined) return undefined;
    if (!pool.config.retryOn.includes(kind) || this.refusesTry(session, pool, ageS, hasSent))
      return undefined;
    // Where it was bound, it may be refused any other peer.
    const bound = pool.isStrict ? boundPeer(pool, session.key, request) : undefined;
    const next = pool.pick(session, session.key, bound);
    if (next === undefined) return undefined;
    this.metrics.retried(session.route, peer);
    if (!session.isUpgrade && pool.isObserving()) pool.observe(next, UNTIMED);
    return next;
  }

  /** An attempt has failed: gives the slot back, and tells whoever wants to know. @param kind what failed */
  fail(session: Session, kind: RetryKind, request: VariableSource): void {
    const { pool, peer } = session;
    session.failure = kind;
    if (pool === undefined || peer === undefined) return;
    pool.release(session);
    markTried(session, peer);
    this.metrics.failed(peer, kind);
    this.watch.failed(session, pool, peer, kind, request);
    // Nothing was told of its trial, as with a plain request that got an answer.
    if (peer.trialSession !== undefined) pool.dropTrial(session, peer);
    this.observe(session, pool, peer, true);
  }

  /**
   * The connect to the session's peer begins, and what the attempt before came to is past. Only handshakes have a deadline:
   * a plain answer may be a long poll.
   * @param ageS how long ago the request began
   */
  beginAttempt(session: Session, ageS = 0): void {
    session.attempts += 1;
    session.failure = "";
    const { pool } = session;
    if (pool === undefined) return;
    if (session.attempts === 2) pool.retryBudget.beginTries(session);
    if (!session.isUpgrade) return;
    const { config } = pool;
    const timeoutMs = Math.min(config.handshakeTimeoutMs, leftMs(session, config, ageS));
    session.openedAt = this.deps.clock.now();
    this.sessions.beginHandshake(session, session.openedAt + timeoutMs / MS_PER_S);
  }

  /**
   * The peer has answered. A refusal stays watched to its last byte, or a body that drips would hold the client for hours.
   * @param isFailed as a fault of the peer, which `endUnopened` will tell more of
   */
  endHandshake(session: Session, isOpen: boolean, isFailed: boolean): void {
    const { peer, pool } = session;
    if (pool !== undefined && peer !== undefined && !isFailed) {
      this.observe(session, pool, peer, false);
      this.watch.answered(session, pool, peer, isOpen);
    }
    if (!isOpen || session.isOpen) return;
    pool?.retryBudget.end(session);
    this.sessions.markOpen(session, this.deps.clock.now());
  }

  /** A request that had a session and was never open is over. @param outcome as in the access log */
  endUnopened(session: Session, status: number, outcome: string, request: VariableSource): void {
    const kind = this.metrics.endedUnopened(session, status, outcome);
    const { peer, pool } = session;
    if (pool === undefined || peer === undefined) return;
    this.watch.ended(session, pool, peer, status, outcome, kind, request);
    if (kind !== undefined) this.observe(session, pool, peer, true);
    else if (session.isUpgrade && pool.isObserving()) pool.observe(peer, UNTIMED);
  }

  /** The end of a session: its slot is given back. */
  close(session: Session): void {
    const { pool, peer } = session;
    pool?.release(session);
    if (peer?.trialSession !== undefined) pool?.dropTrial(session, peer);
    if (!session.isOpen) pool?.retryBudget.end(session);
    this.metrics.left(session.route);
    this.sessions.close(session);
  }

  /** The route that a request would take. */
  match(request: RouteRequest): CompiledRoute | undefined {
    return this.router.match(request);
  }

  /** In the order of their names; sorted once for each set of upstreams. */
  allPools(): readonly Pool[] {
    if (this.sortedPools === undefined) {
      const pools: Pool[] = [];
      for (const [, pool] of this.pools) pools.push(pool);
      this.sortedPools = pools.sort((a, b) => (a.config.name < b.config.name ? -1 : 1));
    }
    return this.sortedPools;
  }

  pool(name: string): Pool | undefined {
    return this.pools.get(name);
  }

  /** Slow path: adds or changes an upstream, at once when everything is ready. */
  applyUpstream(config: UpstreamConfig, lookup: Lookup, pause?: Pause): void {
    const pool = this.pools.get(config.name) ?? new Pool(config, this.deps);
    pool.apply(config, lookup, pause);
    if (!this.pools.has(config.name)) this.sortedPools = undefined;
    this.pools.set(config.name, pool);
    this.noteClosing(pool);
  }

  /** Slow path, to be called when some of the pool's peers were told of their health. */
  settleHealth(pool: Pool, pause?: Pause): void {
    pool.settleHealth(pause);
    this.noteClosing(pool);
  }

  removeUpstream(name: string, pause?: Pause): void {
    const pool = this.pools.get(name);
    if (pool === undefined) return;
    this.pools.delete(name);
    this.sortedPools = undefined;
    pool.dispose(pause);
    this.noteClosing(pool);
  }

  /** The worker ends, and no session is left. */
  leave(): void {
    for (const [, pool] of this.pools) pool.leave();
  }

  useRouter(router: Router<CompiledRoute>): void {
    this.router = router;
  }

  private pickFirst(
    session: Session,
    pool: Pool,
    route: CompiledRoute,
    request: IncomingRequest,
  ): Peer | undefined {
    if (pool.needsKey) {
      if (route.key !== undefined) session.key = renderKey(route.key, request);
      if (session.key === "") this.metrics.hadNoKey(session.route);
    }
    const peer = pool.pick(session, session.key, boundPeer(pool, session.key, request));
    if (peer !== undefined && !session.isUpgrade && pool.isObserving()) pool.observe(peer, UNTIMED);
    return peer;
  }

  /** Only handshakes are timed, and an answered one is once: a plain request may take its time. */
  private observe(session: Session, pool: Pool, peer: Peer, isFailed: boolean): void {
    if (!session.isUpgrade || !pool.isObserving() || (session.deadline === 0 && !isFailed)) return;
    const { handshakeTimeoutMs } = pool.config;
    const { sample } = this;
    sample.isFailed = isFailed;
    const elapsedMs = Math.max(0, (this.deps.clock.now() - session.openedAt) * MS_PER_S);
    if (session.deadline === 0) sample.latencyMs = 0;
    else sample.latencyMs = isLate(session) ? Math.min(elapsedMs, handshakeTimeoutMs) : elapsedMs;
    pool.observe(peer, sample);
  }

  private refusesTry(session: Session, pool: Pool, ageS: number, hasSent: boolean): boolean {
    const why = refusalOf(session, pool, ageS, hasSent);
    if (why === undefined) return false;
    this.metrics.tryRefused(pool, why);
    if (why === "budget") pool.retryBudget.refuse();
    // That is what the client is told, whatever the last attempt ended with.
    else session.failure = "timeout";
    return true;
  }

  private noteClosing(pool: Pool): void {
    const isClosing = pool.closing.length > 0 || pool.leaving.length > 0;
    if (!isClosing && !this.closingPools.has(pool)) return;
    if (isClosing) this.closingPools.add(pool);
    else this.closingPools.delete(pool);
    this.closingChanges += 1;
  }

  private chooseUpstream(route: CompiledRoute): string {
    const { split } = route.config;
    if (split.length === 1) return split[0]!.upstream;
    return pickSplit(split, this.deps.rng.integer(route.splitTotal));
  }
}
