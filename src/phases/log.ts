import { outcomeOf } from "../core/gateway/outcome";
import { clientHandle, endOf, learnSentField, sentBefore, sentOn } from "../ngx/connection";
import { sessionOfRequest } from "../ngx/request";
import { endOfClient } from "../ngx/tcp-timeout";
import { gatewayInUse } from "../ngx/worker";

/**
 * `log_by_lua`: the end of the session. It gives the slot back and fills the variables of the access log, which may fail
 * where they are not declared: that comes last, or the session would stay for good.
 */
export function log(): void {
  const session = sessionOfRequest();
  if (session === undefined) return;
  const { peer, pool, route, upstreamHandle } = session;
  const client = clientHandle(session.requestHandle);
  const outcome = outcomeOf(session, ngx.status, endOfClient(client), endOf(upstreamHandle));
  const { metrics } = gatewayInUse();
  learnSentField(session.requestHandle);
  if (session.isOpen) {
    metrics.ended(
      session,
      ngx.now() - session.openedAt,
      outcome,
      sentOn(client) ?? 0,
      sentBefore(upstreamHandle),
    );
  } else {
    gatewayInUse().endUnopened(session, ngx.status, outcome);
  }
  gatewayInUse().close(session);
  ngx.var["switchboard_route"] = route;
  if (pool !== undefined) ngx.var["switchboard_upstream"] = pool.config.name;
  if (peer !== undefined) ngx.var["switchboard_peer"] = peer.key;
  ngx.var["switchboard_outcome"] = outcome;
}
