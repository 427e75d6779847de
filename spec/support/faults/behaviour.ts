import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import net from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";

/** What becomes of a request once its whole head has arrived. */
export type Behaviour =
  | { readonly kind: "healthy" }
  /** Says nothing, and does not close. */
  | { readonly kind: "silent" }
  /** What it says is no HTTP. */
  | { readonly kind: "garbage" }
  /** A good 101, and then the connection is reset. */
  | { readonly kind: "reset" }
  /** A good 101, and then nothing: neither echo nor pong nor close. Open sockets are no longer read. */
  | { readonly kind: "mute" }
  /** Healthy, after so long. */
  | { readonly kind: "slow"; readonly delayMs: number }
  | { readonly kind: "status"; readonly status: number };

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const GARBAGE = "\x16\x03\x01 this is no HTTP at all\r\n\r\n";
/** So that the 101 is read before the reset is: what waits to be sent is lost with it. */
const RESET_AFTER_MS = 10;

/**
 * Answers a handshake as a broken backend does.
 * @returns whether it is to be answered as a healthy one does after all
 */
export async function misbehave(
  behaviour: Behaviour,
  request: IncomingMessage,
  socket: Duplex,
): Promise<boolean> {
  switch (behaviour.kind) {
    case "healthy":
      return true;
    case "silent":
      break;
    case "garbage":
      socket.write(Buffer.from(GARBAGE, "latin1"));
      break;
    case "mute":
      socket.write(switching(request));
      break;
    case "reset":
      socket.write(switching(request));
      await sleep(RESET_AFTER_MS);
      reset(socket);
      break;
    case "slow":
      await sleep(behaviour.delayMs);
      return !socket.destroyed;
    case "status":
      socket.end(`HTTP/1.1 ${behaviour.status} Status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      break;
  }
  return false;
}

/** Through TLS there is no way to it: there the connection is only cut. */
function reset(socket: Duplex): void {
  if (socket instanceof net.Socket && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  else socket.destroy();
}

function switching(request: IncomingMessage): string {
  const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${GUID}`).digest("base64");
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    "\r\n",
  ].join("\r\n");
}
