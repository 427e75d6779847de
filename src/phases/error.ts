import { explain } from "../core/gateway/explain";
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
