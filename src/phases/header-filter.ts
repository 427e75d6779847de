import { bindClient } from "../ngx/affinity";
import { clientHandle, undoHttp09, upstreamHandle } from "../ngx/connection";
import { takeAgentHeader } from "../ngx/health/agent-header";
import { sessionOfRequest } from "../ngx/request";
import { learnAddressField } from "../ngx/socket-view";
import { limitSilence } from "../ngx/tcp-timeout";
import { gatewayInUse } from "../ngx/worker";
import { requestAge } from "../ngx/request-age";

/** `header_filter_by_lua`: the peer has answered. */
export function headerFilter(): void {
  const session = sessionOfRequest();
  if (session === undefined) return;
  const isOpen = ngx.status === 101 && session.isUpgrade;
  if (undoHttp09(session.requestHandle) || (ngx.status < 200 && !isOpen)) {
    // nginx would take an interim answer, or an upgrade that nobody asked for, for the final one and wait for its body.
    ngx.exit(502);
    return;
  }
  if (isOpen && !session.isOpen) gatewayInUse().metrics.opened(session, requestAge());
  gatewayInUse().endHandshake(session, isOpen, ngx.status >= 500);
  bindClient(session);
  takeAgentHeader(session, isOpen);
  if (!isOpen) return;
  // 0 in relay mode, where the dial has seen to the peer's side.
  const upstream = upstreamHandle(session.requestHandle);
  if (upstream !== 0) session.upstreamHandle = upstream;
  if (session.pool !== undefined) {
    limitSilence(clientHandle(session.requestHandle), upstream, session.pool.config.tcpTimeoutMs);
  }
  learnAddressField(session.requestHandle);
}
