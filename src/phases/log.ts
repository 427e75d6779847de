import { outcomeOf } from "../core/gateway/outcome";
import { clientHandle, endOf } from "../ngx/connection";
import { sessionOfRequest } from "../ngx/request";
import { gatewayInUse } from "../ngx/worker";

/** `log_by_lua`: the end of the session. It fills the variables of the access log and gives the slot back. */
export function log(): void {
  const session = sessionOfRequest();
  if (session === undefined) return;
  const { peer, pool } = session;
  ngx.var["switchboard_route"] = session.route;
  if (pool !== undefined) ngx.var["switchboard_upstream"] = pool.config.name;
  if (peer !== undefined) ngx.var["switchboard_peer"] = peer.key;
  const client = endOf(clientHandle(session.requestHandle));
  ngx.var["switchboard_outcome"] = outcomeOf(session, ngx.status, client, endOf(session.upstreamHandle));
  gatewayInUse().close(session);
}
