import { outcomeOf } from "../core/gateway/outcome";
import { clientHandle, endOf, learnSentField, sentBefore, sentOn } from "../ngx/connection";
import { endRelayed } from "../ngx/relay/ended";
import { sessionOfRequest } from "../ngx/request";
import { endOfClient } from "../ngx/tcp-timeout";
import { variables } from "../ngx/variables";
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
  const { metrics, watch, sessions } = gatewayInUse();
  const relayed = sessions.relayed.get(session);
  const outcome =
    relayed === undefined || relayed.outcome === ""
      ? outcomeOf(session, ngx.status, endOfClient(client), endOf(upstreamHandle))
      : relayed.outcome;
  learnSentField(session.requestHandle);
  if (relayed !== undefined) endRelayed(session, relayed, outcome);
  if (session.isOpen) {
    const seconds = ngx.now() - session.openedAt;
    metrics.ended(session, seconds, outcome, sentOn(client) ?? 0, sentBefore(upstreamHandle));
    watch.broke(session, seconds, outcome, variables);
  } else {
    gatewayInUse().endUnopened(session, ngx.status, outcome, variables);
  }
  gatewayInUse().close(session);
  ngx.var["switchboard_route"] = route;
  if (pool !== undefined) ngx.var["switchboard_upstream"] = pool.config.name;
  if (peer !== undefined) ngx.var["switchboard_peer"] = peer.key;
  ngx.var["switchboard_outcome"] = outcome;
}
