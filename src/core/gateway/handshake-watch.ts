import type { VariableSource } from "../affinity/cookie";
import type { RetryKind, UpstreamConfig } from "../config/snapshot";
import type { Attempts } from "../health/attempts";
import type { Peer } from "../pool/peer";
import type { Pool } from "../pool/pool";
import type { Clock } from "../ports";
import { isLate, type Session } from "../session/session";
import { valueOfAttempt } from "./attempt-values";

const MS_PER_S = 1000;
const PEERS_OWN = "upstream:http_5";

/**
 * Tells what requests say of the health of their peers, where an upstream learns from them. Of handshakes every failure before the
 * 101 does, and every answer of 500 to 599; of plain requests only those that got no answer. A client that leaves says nothing.
 */
export class HandshakeWatch {
  constructor(
    private readonly attempts: Attempts,
    private readonly clock: Clock,
  ) {}

  /** @param request tells what nginx knows of each attempt */
  failed(session: Session, pool: Pool, peer: Peer, kind: RetryKind, request: VariableSource): void {
    if (pool.config.health.passive === undefined) return;
    const hasAnswer = kind !== "error" && kind !== "timeout";
    if (hasAnswer && !session.isUpgrade) return;
    if (hasAnswer) this.attempts.failed(peer, `answered ${kind.substring("http_".length)}`, session.id);
    else this.failedUnanswered(session, pool, peer, kind, request);
  }

  /** The peer has sent the head of an answer. @param isOpen it is a 101 */
  answered(session: Session, pool: Pool, peer: Peer, isOpen: boolean): void {
    const { passive } = pool.config.health;
    // What the gateway answers itself says nothing.
    if (passive === undefined || session.isOpen || session.attempts === 0 || session.verdict !== "") return;
    this.attempts.opened(peer, session.id, isOpen ? passive.earlyCloseMs : 0, this.clock.now());
  }

  /**
   * A request that was never open is over.
   * @param status what the client got
   * @param outcome as in the access log
   * @param kind how its last attempt failed, if it did so without a further one and is not told yet
   */
  ended(
    session: Session,
    pool: Pool,
    peer: Peer,
    status: number,
    outcome: string,
    kind: RetryKind | undefined,
    request: VariableSource,
  ): void {
    if (pool.config.health.passive === undefined) return;
    if (kind !== undefined) this.failed(session, pool, peer, kind, request);
    else if (isOwnError(session, outcome))
      this.attempts.failed(peer, `answered ${status.toString()}`, session.id);
  }

  /**
   * An open session is over. It counts if that is soon, and its peer broke it off: by a reset, or by closing it without a word.
   * @param seconds how long it was open
   * @param outcome as in the access log
   */
  broke(session: Session, seconds: number, outcome: string, request: VariableSource): void {
    const { pool, peer } = session;
    const earlyCloseMs = pool?.config.health.passive?.earlyCloseMs ?? 0;
    if (peer === undefined || seconds * MS_PER_S >= earlyCloseMs) return;
    if (outcome === "upstream:reset") this.attempts.closedEarly(peer, "reset after its 101", session.id);
    else if (outcome === "upstream:closed" && request.variable("body_bytes_sent") === "0")
      this.attempts.closedEarly(peer, "closed after its 101", session.id);
  }

  private failedUnanswered(
    session: Session,
    pool: Pool,
    peer: Peer,
    kind: RetryKind,
    request: VariableSource,
  ): void {
    const { config } = pool;
    const hasSent = isAboveZero(request.variable("upstream_bytes_sent"), session.attempts);
    if (kind === "timeout") {
      if (this.wasCutShort(session, config, hasSent)) return;
      const reason = hasSent || isLate(session) ? "handshake timeout" : "connect timeout";
      this.attempts.failed(peer, reason, session.id);
    } else if (!hasSent) {
      const reason = config.tls === undefined ? "connect failed" : "connect or TLS failed";
      this.attempts.failed(peer, reason, session.id);
    } else {
      const hasReceived = isAboveZero(request.variable("upstream_bytes_received"), session.attempts);
      const reason = hasReceived ? "malformed answer" : "closed before it answered";
      this.attempts.failed(peer, reason, session.id);
    }
  }

  /** The whole handshake was over its time before this peer had its own. */
  private wasCutShort(session: Session, config: UpstreamConfig, hasSent: boolean): boolean {
    if (config.totalTimeoutMs === 0 || !session.isUpgrade) return false;
    const ownMs =
      hasSent || isLate(session)
        ? config.handshakeTimeoutMs
        : Math.min(config.connectTimeoutMs, config.handshakeTimeoutMs);
    const tookMs = (this.clock.now() - session.openedAt) * MS_PER_S;
    // The clock of the event loop is up to a few milliseconds late when an attempt begins.
    return tookMs >= 0 && tookMs < ownMs * 0.95;
  }
}

/** The peer's own answer of 500 to 599 to a handshake, which nginx passed on and did not take for a failure. */
function isOwnError({ isUpgrade, attempts, failure }: Session, outcome: string): boolean {
  return isUpgrade && attempts > 0 && failure === "" && outcome.startsWith(PEERS_OWN);
}

function isAboveZero(list: string | undefined, attempt: number): boolean {
  const value = valueOfAttempt(list ?? "", attempt) ?? "0";
  return value !== "0" && value !== "-";
}
