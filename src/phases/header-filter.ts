import { undoHttp09, upstreamHandle } from "../ngx/connection";
import { sessionOfRequest } from "../ngx/request";
import { gatewayInUse } from "../ngx/worker";

/** `header_filter_by_lua`: the peer has answered, so the handshake is no longer watched. */
export function headerFilter(): void {
  const session = sessionOfRequest();
  if (session === undefined) return;
  if (undoHttp09(session.requestHandle)) {
    ngx.exit(502);
    return;
  }
  const isOpen = ngx.status === 101;
  gatewayInUse().endHandshake(session, isOpen);
  if (isOpen) session.upstreamHandle = upstreamHandle(session.requestHandle);
}
