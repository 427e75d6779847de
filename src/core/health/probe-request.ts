import type { ActiveHealthConfig } from "../config/snapshot";

const AGENT = "User-Agent: switchboard-probe\r\n";
const UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";

/** The text a probe begins with: for `websocket` up to the key, for `tcp` nothing. */
export function requestOf(config: ActiveHealthConfig, hostHeader: string): string {
  if (config.type === "tcp") return "";
  const head = `GET ${config.path} HTTP/1.1\r\nHost: ${hostHeader}\r\n${fieldsOf(config.headers)}`;
  if (config.type === "http") return `${head}Connection: close\r\n\r\n`;
  return `${head}${UPGRADE}Sec-WebSocket-Key: `;
}

/** In the order of their names, so that the same config gives the same text in every process. */
function fieldsOf(headers: Readonly<Record<string, string>>): string {
  const names = Object.keys(headers).sort();
  let text = headers["user-agent"] === undefined ? AGENT : "";
  for (const name of names) text += `${name}: ${headers[name]!}\r\n`;
  return text;
}

/** What ends the request of a `websocket` probe. */
export function upgradeRequest(request: string, key: string): string {
  return `${request}${key}\r\n\r\n`;
}
