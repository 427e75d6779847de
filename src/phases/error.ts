import { answer, type Answer } from "../core/answer";
import { isLate, type Session } from "../core/session/session";
import { send } from "../ngx/answer";
import { sessionOfRequest } from "../ngx/request";
import { gatewayInUse } from "../ngx/worker";

/** The named location's content: nginx has ended the request with an error of its own, and this gives it its name. */
export function reportError(): void {
  const session = sessionOfRequest();
  const refusal = explain(session, ngx.status);
  if (session !== undefined) {
    // There is no connection to end any more, however slowly the client reads what it is told.
    gatewayInUse().sessions.endHandshake(session);
    session.pool?.release(session);
    session.verdict = refusal.code;
  } else {
    gatewayInUse().metrics.refused("", refusal.code, false);
  }
  ngx.var["switchboard_outcome"] = `gateway:${refusal.code}`;
  send(refusal);
}

function explain(session: Session | undefined, status: number): Answer {
  if (session === undefined || status === 500)
    return answer("internal_error", "the gateway failed; its error log says why");
  const { failure } = session;
  if (isLate(session) || status === 504 || failure === "timeout") {
    return answer("handshake_timeout", "the backend did not answer the handshake in time");
  }
  if (failure.startsWith("http_")) {
    return answer("bad_upstream", `the backend answered ${failure.substring(5)}`);
  }
  return answer("bad_upstream", "no backend could be reached that answers a handshake");
}
