import { set_current_peer, set_more_tries, set_timeouts } from "ngx.balancer";
import { DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_IDLE_TIMEOUT_MS } from "../core/config/defaults";
import type { Peer } from "../core/pool/peer";
import type { Pool } from "../core/pool/pool";
import type { Session } from "../core/session/session";
import { ageOf, connectTimeoutMs, hasSent, lastFailure, warnOfBudget } from "../ngx/attempt";
import { sessionOfRequest } from "../ngx/request";
import { variables } from "../ngx/variables";
import { gatewayInUse } from "../ngx/worker";
import { log } from "../ngx/world";

/** NGX_BUSY: nginx then ends the request with 502 and tries nothing further. */
const NO_PEER = -3;
const MS_PER_S = 1000;

/** `balancer_by_lua`: nginx calls it for each connect, the first and those after a failure. */
export function balance(): void {
  const session = sessionOfRequest();
  if (session?.pool === undefined) {
    log.write(
      "error",
      "a request without a session reached the balancer: does its location call access(), or is it a subrequest?",
    );
    ngx.exit(NO_PEER);
    return;
  }
  const { pool } = session;
  const ageS = ageOf(pool);
  const peer = session.attempts === 0 ? session.peer : nextPeer(session, pool, ageS);
  if (peer === undefined) {
    ngx.exit(NO_PEER);
    return;
  }
  if (session.attempts === 0) allowRetries(pool);
  gatewayInUse().beginAttempt(session, ageS);
  connect(peer, pool, connectTimeoutMs(session, pool, ageS));
}

function nextPeer(session: Session, pool: Pool, ageS: number): Peer | undefined {
  const kind = lastFailure(session);
  const peer = gatewayInUse().retry(session, kind, variables, ageS, hasSent(session, kind));
  if (peer === undefined) warnOfBudget(pool);
  return peer;
}

/** The last possible peer's own 502 to 504 then reaches the client: nginx drops one only if a try is left. */
function allowRetries(pool: Pool): void {
  const retries = Math.min(pool.config.retries, pool.peers.length - 1);
  if (retries > 0) set_more_tries(retries);
}

function connect(peer: Peer, pool: Pool, timeoutMs: number): void {
  const [isSet, reason] = set_current_peer(peer.host, peer.port);
  if (isSet !== true) {
    log.write("error", `peer "${peer.key}" of upstream "${peer.upstream}" at ${peer.address}: ${reason}`);
    ngx.exit(NO_PEER);
    return;
  }
  const { idleTimeoutMs } = pool.config;
  // location-base.conf has the defaults, and a request that keeps them spares nginx a copy of its upstream's settings.
  if (timeoutMs === DEFAULT_CONNECT_TIMEOUT_MS && idleTimeoutMs === DEFAULT_IDLE_TIMEOUT_MS) return;
  const idleS = idleTimeoutMs / MS_PER_S;
  set_timeouts(timeoutMs / MS_PER_S, idleS, idleS);
}
