import type { RouteConfig } from "../../core/config/snapshot";
import type { CompiledRoute } from "../../core/gateway/compiled-route";
import { explain } from "../../core/gateway/explain";
import { withoutClientContext } from "../../core/handshake/extensions";
import type { Peer } from "../../core/pool/peer";
import type { Pool } from "../../core/pool/pool";
import type { Session } from "../../core/session/session";
import { send } from "../answer";
import { ageOf, warnOfBudget } from "../attempt";
import { gatewayInUse } from "../worker";
import { clock, log } from "../world";
import { passFields } from "./answer-fields";
import { isClientGone } from "./client-gone";
import { dial, type Dialled, type DialFailure } from "./dial";
import { lastAttempt, noteFailure } from "./last-attempt";
import { passAnswer } from "./pass-answer";
import { relay } from "./begin";

const MS_PER_S = 1000;
/** What failures without an answer are known under. */
const BAD_GATEWAY = 502;
/** nginx's own name for a client that has left. */
const CLIENT_CLOSED = 499;

/**
 * Opens a session in relay mode: dials its peer, and others where that fails, gives the client the 101, and relays until the end. To
 * be called in the access phase, for a session that was admitted; the request ends in here.
 */
export function openRelay(session: Session, pool: Pool, route: CompiledRoute): void {
  const line = dialAny(session, pool);
  if (line === undefined) return;
  session.upstreamHandle = line.handle;
  passUpgrade(route, line);
  ngx.send_headers();
  // nginx keeps so short a head until there is more to send, and a raw socket does not wait for it.
  ngx.flush(true);
  return relay(session, route, line);
}

function passUpgrade({ config }: CompiledRoute, line: Dialled): void {
  ngx.status = 101;
  if (line.head === undefined) return;
  passFields(line.head, mayMove(config) ? withoutClientContext(line.extensions) : undefined);
  line.head = undefined;
}

/** The line to the first peer that takes the session; where none does, the client is answered. */
function dialAny(session: Session, pool: Pool): Dialled | undefined {
  // As in tunnel mode, the last possible peer's own 502 to 504 reaches the client.
  const tries = 1 + Math.max(0, Math.min(pool.config.retries, pool.peers.length - 1));
  let { peer } = session;
  while (peer !== undefined) {
    gatewayInUse().beginAttempt(session, ageOf(pool));
    const endS = session.deadline;
    const timeoutMs = (endS - clock.now()) * MS_PER_S;
    const [line, failure] = dial(peer, pool, { timeoutMs, wantsAnswer: true });
    if (isClientGone(session.requestHandle)) {
      (line ?? failure?.answer)?.socket.close();
      ngx.exit(CLIENT_CLOSED);
      return undefined;
    }
    if (line !== undefined) return line;
    const isLast = session.attempts >= tries;
    const { answer } = failure;
    if (answer !== undefined) {
      if (isLast || !isRetried(pool, failure)) {
        session.upstreamHandle = answer.handle;
        passAnswer(answer, endS);
        return undefined;
      }
      answer.socket.close();
    }
    peer = endAttempt(session, pool, peer, failure, isLast);
  }
  refuse(session, pool);
  return undefined;
}

/** Whether an answer that is no 101 is one of those that a further try may follow. */
function isRetried({ config }: Pool, { kind }: DialFailure): boolean {
  return kind !== "error" && config.retryOn.includes(kind);
}

/** @returns the peer to try next */
function endAttempt(
  session: Session,
  pool: Pool,
  peer: Peer,
  failure: DialFailure,
  isLast: boolean,
): Peer | undefined {
  const { kind, reason } = failure;
  log.write(
    "warn",
    `session ${session.id}: peer "${peer.key}" of upstream "${peer.upstream}" at ${peer.address}: ${reason}`,
  );
  noteFailure(session.attempts, failure);
  if (isLast) {
    gatewayInUse().fail(session, kind, lastAttempt);
    return undefined;
  }
  const hasSent = kind !== "error" || failure.hasSent;
  const next = gatewayInUse().retry(session, kind, lastAttempt, ageOf(pool), hasSent);
  if (next === undefined) warnOfBudget(pool);
  return next;
}

/** As where nginx has ended a request with an error of its own. */
function refuse(session: Session, pool: Pool): void {
  const refusal = explain(session, BAD_GATEWAY);
  gatewayInUse().sessions.endHandshake(session);
  pool.release(session);
  session.verdict = refusal.code;
  ngx.var["switchboard_outcome"] = `gateway:${refusal.code}`;
  send(refusal);
}

/** Whether its client must be able to go on with another peer. */
function mayMove({ onDrain, onCrash, relay: config }: RouteConfig): boolean {
  return onDrain === "move" || onCrash === "move" || config?.acceptRedirect === true;
}
