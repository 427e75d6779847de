/**
 * What a request is routed by. One object serves every request of a worker: the methods are asked only when a route
 * that fits by host and path has such a condition.
 */
export interface RouteRequest {
  /** Lower case, no port, no trailing dot, as nginx's `$host`. */
  host: string;
  /** Decoded and normalised, as nginx's `$uri`. */
  path: string;
  /** By lower-case name. */
  header(name: string): string | undefined;
  query(name: string): string | undefined;
  /** The Sec-WebSocket-Protocol header as it came; `""` if there is none. */
  subprotocols(): string;
}
