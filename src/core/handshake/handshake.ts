import { hasToken } from "./tokens";

/** The header fields a handshake is judged by, as they came; `""` for one that is not there. One object serves all requests. */
export interface HandshakeHeaders {
  host: string;
  upgrade: string;
  /** All Connection fields, joined with commas. */
  connection: string;
  /** How many bytes Sec-WebSocket-Key stands for; 0 if it is not the base64 of any. */
  keyBytes: number;
  version: string;
  upgradeCount: number;
  keyCount: number;
  versionCount: number;
  /** There are more fields than were looked at. */
  isTruncated: boolean;
}

/** RFC 6455 section 4.1: the key is a nonce of 16 bytes. */
const KEY_BYTES = 16;

/** A request with more fields than were looked at is judged as a handshake: an Upgrade may be among the rest. */
export function isWebSocketUpgrade(headers: HandshakeHeaders): boolean {
  return headers.isTruncated || isWebSocket(headers.upgrade);
}

/** Whether an Upgrade field asks for a WebSocket. */
export function isWebSocket(upgrade: string): boolean {
  return upgrade === "websocket" || (upgrade !== "" && upgrade.toLowerCase() === "websocket");
}

/**
 * Says what is wrong with a WebSocket handshake (RFC 6455 section 4.2.1), `undefined` if nothing is.
 * @param protocol of the request line, such as `HTTP/1.1`
 */
export function findHandshakeFault(
  headers: HandshakeHeaders,
  method: string,
  protocol: string,
): string | undefined {
  if (headers.isTruncated) return "too many header fields";
  if (protocol !== "HTTP/1.1") return "a WebSocket handshake takes HTTP/1.1";
  if (method !== "GET") return "a WebSocket handshake is a GET";
  if (headers.upgradeCount !== 1) return "Upgrade must be there once";
  if (!hasToken(headers.connection, "upgrade")) return "Connection must name upgrade";
  if (headers.versionCount !== 1 || headers.version !== "13") return "Sec-WebSocket-Version must be 13";
  if (headers.keyCount !== 1) return "Sec-WebSocket-Key must be there once";
  if (headers.keyBytes !== KEY_BYTES) return "Sec-WebSocket-Key must be 16 bytes in base64";
  return undefined;
}
